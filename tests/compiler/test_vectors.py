"""`spikec vectors`: what a chip is sent for other samples, played by the bench on models of the chips' pins."""

from __future__ import annotations

import json
from pathlib import Path

import nir
import numpy as np
import pytest
from spikec.compiler.verbs.vectors import sample_numbers

from ..targets.icarus import MODELS, needed, simulate
from .commandline import spikec

MODEL = {"tinyodin": MODELS / "tinyodin_model.sv"}


def network(path: Path) -> Path:
    random = np.random.default_rng(0)
    ones, weight = np.ones(5), random.integers(-2, 4, (5, 6)) * 1.0
    nodes = {
        "input": nir.Input(np.array([6])), "w": nir.Affine(weight, 0.5 * ones),
        "n": nir.IF(r=ones, v_threshold=3 * ones, v_reset=0 * ones), "output": nir.Output(np.array([5])),
    }  # fmt: skip
    edges = [("input", "w"), ("w", "n"), ("n", "output")]
    nir.write(path, nir.NIRGraph(nodes=nodes, edges=edges))
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Outputs of small networks, and another stimulus."""
    made = tmp_path_factory.mktemp("vectors")
    net = network(made / "net.nir")
    words = ("--dialect", "nir.euler", "--dt", "1", "--allow-approximation", "-q")
    for target in ("loihi1", "ranc", "tinyodin"):
        random = ("--poisson", "0.4", "--steps", "6", "--batch", "3", "--target", target)
        done = spikec("compile", net, *words, *random, "-o", made / target)
        assert done.returncode == 0, done.stderr
    spikes = (np.random.default_rng(7).random((5, 4, 6)) < 0.5).astype(np.float32)
    np.savez(made / "other.npz", input=spikes)
    return made


def samples_of(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("// sample")]


def test_the_samples_of_the_compile(folder: Path, tmp_path: Path) -> None:
    """The first of them is what lies in OUT, the same bytes; so is all else that a bench reads."""
    out = folder / "tinyodin"
    done = spikec("vectors", out, "--samples", "0", "-o", tmp_path / "one")
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) == {p.name for p in (tmp_path / "one").iterdir()} - {"manifest.json"}
    for file in sorted((tmp_path / "one").glob("chip00*")):
        assert file.read_bytes() == (out / file.name).read_bytes()
    done = spikec("vectors", out, "-o", tmp_path / "all", "--json")
    record = json.loads(done.stdout)
    assert record["samples"] == [0, 1, 2]
    assert record == json.loads((tmp_path / "all" / "vectors.json").read_text())
    text = (tmp_path / "all" / "chip00_stimulus.txt").read_text()
    assert samples_of(text) == ["// sample 0", "// sample 1", "// sample 2"]
    assert text.startswith((out / "chip00_stimulus.txt").read_text())


@pytest.mark.parametrize("target", ["ranc", "tinyodin"])
def test_another_stimulus_is_played_by_the_bench(folder: Path, tmp_path: Path, target: str) -> None:
    """What is expected is what `spikec simulate` says of the same samples, in their order."""
    words = ("--stimulus", folder / "other.npz", "--samples", "2-3,0", "-q")
    done = spikec("vectors", folder / target, *words, "-o", tmp_path / "out", "--json")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["samples"] == [2, 3, 0]
    assert record["stimulus"]["name"] == "other.npz"
    trace = tmp_path / "trace.npz"
    spikec("simulate", folder / target, "--stimulus", folder / "other.npz", "-q", "-o", trace)
    spikes = np.load(trace)["output"].sum(axis=(0, 2)).astype(int)
    files = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}
    name = "expected.txt" if target == "ranc" else "chip00_expected.txt"
    parts = files[name].decode().split("// sample ")[1:]
    assert [(int(part.split("\n")[0]), part.count("\n") - 1) for part in parts] == [
        (k, spikes[k]) for k in (2, 3, 0)
    ]
    needed()
    if target == "tinyodin":
        run = simulate(tmp_path, files, ["testbench.sv", MODEL[target]], "-DNO_READ_BACK")
        assert run.stdout.startswith("PASS: 1 chips, 3 samples, "), run.stdout


def test_an_output_is_never_exchanged_for_vectors(folder: Path, tmp_path: Path) -> None:
    out = folder / "tinyodin"
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    for place in (out, folder / "ranc"):
        done = spikec("vectors", out, "-o", place)
        assert done.returncode == 2
        assert "SPK0503" in done.stderr
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    again = tmp_path / "again"
    assert spikec("vectors", out, "-o", again, "-q").returncode == 0
    assert spikec("vectors", out, "--samples", "1", "-o", again, "-q").returncode == 0
    assert json.loads((again / "vectors.json").read_text())["samples"] == [1]


def test_a_chip_without_vectors(folder: Path, tmp_path: Path) -> None:
    done = spikec("vectors", folder / "loihi1", "-o", tmp_path / "out")
    assert done.returncode == 1
    assert "SPK3013" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "numbers"), [(None, [0, 1, 2, 3, 4]), ("0-2", [0, 1, 2]), ("4,0-1", [4, 0, 1]), ("3", [3])]
)
def test_samples_that_are_chosen(text: str | None, numbers: list[int]) -> None:
    assert sample_numbers(text, 5) == numbers


@pytest.mark.parametrize("text", ["", "5", "2-1", "1-9", "1,1", "0-2,2", "a", "-1", "1-", "1 2", "٣"])
def test_samples_that_there_are_not(folder: Path, tmp_path: Path, text: str) -> None:
    done = spikec(
        "vectors",
        folder / "tinyodin",
        "--stimulus",
        folder / "other.npz",
        f"--samples={text}",
        "-o",
        tmp_path,
    )
    assert done.returncode == 2
    assert "--samples" in done.stderr
