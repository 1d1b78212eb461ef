"""The chip of examples/own_chip, installed beside spikec, does all that ours do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from ..errors.netfiles import lif, linear, port, write

SOURCE = Path(__file__).parents[2] / "examples" / "own_chip"
INSTALL = "import setuptools, sys; setuptools.setup(script_args=sys.argv[1:])"
VERBS = """
import json, sys
from spikec.compiler.shell.cli import _run
codes = []
for words in json.loads(sys.argv[1]):
    sys.argv = ["spikec", *words]
    print("$", *words, flush=True)
    codes.append(_run())
print(codes)
"""
Words = Sequence[str]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the example is installed, as from a copy elsewhere; nothing is fetched."""
    tree, site = tmp_path_factory.mktemp("tree") / "own_chip", tmp_path_factory.mktemp("site")
    shutil.copytree(SOURCE, tree, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build"))
    words = ["-q", "build_py", "--build-lib", str(site), "egg_info", "--egg-base", str(site)]
    done = subprocess.run(
        [sys.executable, "-c", INSTALL, *words], cwd=tree, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return site


def python(site: Path, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(filter(None, (str(site), os.environ.get("PYTHONPATH"))))
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, timeout=300, check=False, cwd=cwd,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip


def spikec(site: Path, *verbs: Words, cwd: Path) -> tuple[list[int], str]:
    """Exit codes of the verbs, one after the other, and all that they print."""
    done = python(site, "-c", VERBS, json.dumps(verbs), cwd=cwd)
    assert done.returncode == 0, done.stderr
    text, _, codes = done.stdout.rstrip().rpartition("\n")
    return json.loads(codes), text + done.stderr


def network(folder: Path) -> Path:
    """40 leaky neurons that hear 24 inputs, then 6: the first layer takes two cores."""
    random = np.random.default_rng(1)
    nodes = {
        "input": port("Input", 24),
        "w1": linear(random.uniform(-0.3, 0.7, (40, 24))),
        "a": lif(40, tau=8.0, r=8.0),
        "w2": linear(random.uniform(-0.3, 0.7, (6, 40))),
        "b": lif(6, tau=8.0, r=8.0),
        "output": port("Output", 6),
    }
    names = list(nodes)
    return write(folder / "net.nir", nodes, list(pairwise(names)))


def test_listed_and_found_only_where_it_is_installed(site: Path, tmp_path: Path) -> None:
    listed = "import spikec; print('mesh8' in spikec.targets())"
    assert python(site, "-c", listed, cwd=tmp_path).stdout == "True\n"
    assert python(tmp_path, "-c", listed, cwd=tmp_path).stdout == "False\n"


def test_compiled_checked_simulated(site: Path, tmp_path: Path) -> None:
    """From a toml of one's own, like the one that comes with the package."""
    network(tmp_path)
    reading = ("--dialect", "nir.euler", "--dt", "1", "--allow-approximation")
    codes, text = spikec(
        site,
        ("targets",),
        ("targets", "check", "mesh8", "-q"),
        ("targets", "registers", "mesh8", "--format", "schema", "-o", "schema.json"),
        ("targets", "new", "mine", "--like", "mesh8"),
        ("compile", "net.nir", "--target", "mine.toml", *reading, "--poisson", "0.5", "-q", "-o", "out"),
        ("check", "out", "-q"),
        ("simulate", "out", "-o", "trace.npz", "-q"),
        ("export", "out", "-o", "effective.nir", "-q"),
        cwd=tmp_path,
    )
    assert codes == [0] * 8, text
    assert "mesh8  Mesh 8 x 8" in text
    assert "the file carries its reading: --dialect nir.euler" in text
    assert (tmp_path / "effective.nir").exists()
    report = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    assert report["verdicts"]["placement"]["identical"]
    assert (report["target"], report["resources"]["cores"]) == ("mine", 2)
    assert np.load(tmp_path / "trace.npz")["output"].any()
    assert len(report["traffic"]) == 2
    assert "<svg" in (tmp_path / "out" / "report.html").read_text("utf-8")

    file = tmp_path / "out" / "mesh8.json"
    loaded = json.loads(file.read_bytes())
    loaded["cores"][1]["synapses"][5] ^= 1 << 12  # a bit of a weight
    file.write_text(json.dumps(loaded, separators=(",", ":")) + "\n", encoding="utf-8")
    codes, text = spikec(site, ("check", "out", "-q"), cwd=tmp_path)
    assert codes == [4], text
    assert "mesh8.json" in text
