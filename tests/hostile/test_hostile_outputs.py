"""Every reader of OUT, on outputs of which one file is changed and vouched for: a coded answer, no internal error.

SPIKEC_EXAMPLES sets how many changes are tried in each family: each one file of one output, and a verb that reads it.
"""

from __future__ import annotations

import hashlib
import io
import json
import resource
import time
import zipfile
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from spikec.compiler.output.manifest import MANIFEST, manifest_bytes
from spikec.compiler.output.page import page_files
from spikec.compiler.pipeline import compile_graph
from spikec.sim.nir.file import graph_in
from spikec.sim.nir.write import image_of

from ..compiler.commandline import Said, spikec
from ..compiler.test_exports import options, stimulus, two_layers
from ..effort import EXAMPLES, THOROUGH, thinned
from .out_mutations import mutated

FAMILIES = ("loihi1", "odin", "paicore25", "ranc", "speck2f", "tinyodin", "xylo_audio3")
TRIED = EXAMPLES if THOROUGH else 3
VERBS = ("check", "simulate", "check", "export", "compare", "diff")
SLOWEST_SECONDS = 30.0
MORE_MEMORY_KIB = 512 * 1024
CODED = (0, 1, 4)


@cache
def output(target: str, first: str) -> Mapping[str, bytes]:
    """All files of an output of two layers, of which one is called `first`, but for the manifest."""
    image = image_of(two_layers(target, first))
    made = compile_graph(graph_in(image)[0], options(target), stimulus=stimulus(target), source=image)
    return {**made.files, **page_files(made.report)}


def written(out: Path, files: Mapping[str, bytes]) -> Path:
    """An output with a manifest that vouches for all of it."""
    out.mkdir(exist_ok=True)
    for old in out.iterdir():
        old.unlink()
    for name, data in {**files, MANIFEST: manifest_bytes(files)}.items():
        (out / name).write_bytes(data)
    return out


def vouched(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The same, with a report that names the toml that is there."""
    report, toml = files.get("report.json", b""), files.get("target.toml", b"")
    right = hashlib.sha256(toml).hexdigest().encode()
    known = {hashlib.sha256(output(target, "a")["target.toml"]).hexdigest().encode() for target in FAMILIES}
    for digest in known:
        report = report.replace(digest, right)
    return {**files, **({"report.json": report} if report else {})}


def asked(verb: str, out: Path, good: Path, folder: Path) -> Said:
    words = {
        "check": (),
        "simulate": ("--states", "-o", folder / "trace.npz"),
        "export": ("-o", folder / "effective.nir"),
        "compare": ("--trace", good / "stimulus.npz"),
    }
    if verb == "diff":
        return spikec("diff", out, good)
    return spikec(verb, out, "-q", *words[verb])


def same_content(one: bytes, other: bytes) -> bool:
    """Whether archives hold the same numbers, however they are packed: a stimulus may be of any type of integers."""
    try:
        first, second = (dict(np.load(io.BytesIO(data))) for data in (one, other))
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error):
        return False
    return first.keys() == second.keys() and all(np.array_equal(first[k], second[k]) for k in first)


@pytest.mark.parametrize("target", FAMILIES)
def test_any_file_of_an_output_may_be_anything(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spikec.compiler.output.finished.graph_in", cache(graph_in))
    files = output(target, "a")
    good = written(tmp_path / "good", files)
    assert asked("check", good, good, tmp_path).returncode == 0
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answers: dict[int, int] = {}
    for k in range(TRIED):
        seed = int.from_bytes(hashlib.sha256(f"{target} {k}".encode()).digest()[:4], "big")
        what, changed = mutated(files, output(target, "c"), seed)
        out = written(tmp_path / "out", vouched(changed))
        start, verb = time.monotonic(), VERBS[k % len(VERBS)]
        said = asked(verb, out, good, tmp_path)
        told = f"{verb} of {target}, seed {seed}, {what}: exit {said.returncode}\n{said.stderr[:2000]}"
        assert said.returncode in CODED, told
        assert "SPK9001" not in said.stderr, told
        assert said.returncode != 1 or "error[SPK" in said.stderr, told
        assert time.monotonic() - start < SLOWEST_SECONDS, told
        if verb == "check" and said.returncode == 0:
            # A toml of the same chip in other words, which the report vouches for, is an output like any other; how
            # long stages took cannot be derived.
            free = {"target.toml", "seconds.json"}
            different = [n for n in {**files, **changed} if files.get(n) != changed.get(n) and n not in free]
            assert all(same_content(files.get(n, b""), changed.get(n, b"")) for n in different), told
        answers[said.returncode] = answers.get(said.returncode, 0) + 1
    more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base
    assert more < MORE_MEMORY_KIB
    print(f"{target}: {TRIED} changes, answers {answers}, {more >> 10} MiB more at most")


@pytest.mark.parametrize("target", thinned(FAMILIES, 2))
def test_a_text_that_is_no_utf8(target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spikec.compiler.output.finished.graph_in", cache(graph_in))
    files = output(target, "a")
    documents = [name for name, data in files.items() if data[:1] == b"{"]
    assert len(documents) >= 3
    for name in documents:
        at = files[name].index(b'"', 1) + 1
        data = files[name][:at] + b"\xf2" + files[name][at + 1 :]
        said = asked("check", written(tmp_path / "out", {**files, name: data}), tmp_path, tmp_path)
        assert said.returncode in (1, 4), f"{name}: {said.stderr}"


@pytest.mark.parametrize("name", ["report.json", "stimulus.npz", "symbols.npz", "placement.lock.json"])
def test_a_file_that_is_not_listed(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spikec.compiler.output.finished.graph_in", cache(graph_in))
    files = {n: data for n, data in output("loihi1", "a").items() if n != name}
    good = written(tmp_path / "good", output("loihi1", "a"))
    out = written(tmp_path / "out", files)
    for verb in ("check", "simulate", "export", "compare"):
        said = asked(verb, out, good, tmp_path)
        assert (said.returncode, "SPK4102" in said.stderr or "SPK4103" in said.stderr) == (4, True), (
            said.stderr
        )


@pytest.mark.parametrize("dt", [float("inf"), 1e308, 1e-308])
def test_a_time_step_that_no_number_survives(dt: float, tmp_path: Path) -> None:
    report = json.loads(output("loihi1", "a")["report.json"])
    report["dialect"]["dt_seconds"] = dt
    out = written(tmp_path / "out", {**output("loihi1", "a"), "report.json": json.dumps(report).encode()})
    assert asked("check", out, out, tmp_path).returncode in (1, 4)
