"""Outputs that are run some steps at a time: the same trace to the byte, in the memory of one part."""

from __future__ import annotations

import io
import json
import tracemalloc
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import spikec
from click.testing import CliRunner
from spikec.compiler.ir.provenance import provenance_record
from spikec.compiler.ir.record import builtins_of
from spikec.compiler.output.reopen import Reopened
from spikec.compiler.output.trace_file import write_trace_file
from spikec.compiler.verbs import progress, simulate
from spikec.compiler.verdicts.chip_trace import trace_of
from spikec.sim import run_memory, stimulus_stream
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.engines.choice import Span
from spikec.sim.nir.raw_graph import RawGraph, RawNode
from spikec.sim.trace import Trace

from ..errors.outputs import compile_file, compile_small
from .exported import Case, cuba, fire, layers, picture, with_leak
from .graphs import affine, graph, leaky, port


def with_delays(*, late_output: bool = False) -> RawGraph:
    """12 inputs, 9 and 5 neurons with constants, a skip, delays between and behind them, an Output of both."""
    random = np.random.default_rng(5)
    nodes = {
        "input": port("Input", 12),
        "w": affine(random.normal(0.2, 0.4, (9, 12)), random.normal(0.1, 0.1, 9)),
        "middle": with_leak(9),
        "d": RawNode(kind="Delay", params={"delay": np.array([0, 1, 2, 3, 4, 0, 1, 2, 7]) * 1e-3}),
        "w2": affine(random.normal(0.2, 0.4, (5, 9)), random.normal(0.2, 0.1, 5)),
        "last": with_leak(5),
        "w3": affine(random.normal(0, 1, (4, 5)), np.full(4, 0.5)),
        "output": port("Output", 4),
    }
    names = ["input", "w", "middle", "d", "w2", "last", "w3"]
    if late_output:
        nodes["behind"] = RawNode(kind="Delay", params={"delay": np.array([0, 2, 3, 5]) * 1e-3})
        names.append("behind")
    return graph(nodes, [*pairwise([*names, "output"])])


CASES = {
    "loihi1, delays": Case("loihi1", with_delays()),
    "loihi1, delays behind": Case("loihi1", with_delays(late_output=True)),
    "loihi1, membranes": Case("loihi1", layers(with_leak(9), RawNode(
        kind="LI", params={"tau": np.full(5, 8e-3), "r": np.full(5, 8.0), "v_leak": np.zeros(5)}), 3)),
    "xylo_audio3": Case("xylo_audio3", layers(cuba(9, 1.0), cuba(5, 1.0), 4)),
    "ranc": Case("ranc", layers(fire(9), fire(5), 2)),
    "tinyodin": Case("tinyodin", layers(fire(9), fire(5), 1)),
    "odin": Case("odin", layers(fire(9), fire(5), 1)),
    "speck2f": Case("speck2f", picture(2)),
}  # fmt: skip


def in_parts(opened: Reopened, length: int) -> list[Trace]:
    inputs = opened.chip_inputs
    steps, batch = next(iter(inputs.values())).shape[:2]
    parts = (
        {name: values[first : first + length] for name, values in inputs.items()}
        for first in range(0, steps, length)
    )
    runs = opened.run_in_parts(parts, Span(steps=steps, batch=batch, at_once=length), states=True)
    return [trace_of(run, opened.symbols, opened.target, states=True) for run in runs]


@pytest.mark.parametrize("name", CASES)
def test_parts_are_the_whole(name: str, tmp_path: Path) -> None:
    """Of one step, of fewer steps than what is on its way, of many; and the file is that of numpy."""
    opened, _ = CASES[name].opened()
    whole = trace_of(opened.run(states=True), opened.symbols, opened.target, states=True)
    wanted = whole.arrays()
    assert wanted["output"].any()
    for length in (1, 3, 17, 40):
        found = [part.arrays() for part in in_parts(opened, length)]
        for array, values in wanted.items():
            joined = np.concatenate([part[array] for part in found])
            assert joined.dtype == values.dtype, array
            np.testing.assert_array_equal(joined, values, array)
    written = write_trace_file(tmp_path / "t.npz", in_parts(opened, 7))
    assert written.shapes == {array: wanted[array].shape for array in sorted(wanted)}
    assert (tmp_path / "t.npz").read_bytes() == as_numpy_writes(whole)


def as_numpy_writes(trace: Trace) -> bytes:
    buffer = io.BytesIO()
    assert trace.provenance is not None
    told = json.dumps(builtins_of(provenance_record(trace.provenance)), sort_keys=True)
    arrays = {**trace.arrays(), "provenance": np.array([told])}
    rows = {name: np.ascontiguousarray(arrays[name]) for name in sorted(arrays)}
    np.savez_compressed(buffer, **rows)  # pyright: ignore[reportArgumentType]
    return buffer.getvalue()


def ran(*words: str | Path) -> str:
    result = CliRunner().invoke(simulate.command, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_small(tmp_path_factory.mktemp("small"))


def drawn(path: Path, steps: int, *, kind: str = "C", dtype: type = np.uint8) -> np.ndarray:
    values = (np.random.default_rng(steps).random((steps, 2, 4)) < 0.5).astype(dtype)
    np.savez_compressed(path, input=np.asarray(values, order="F" if kind == "F" else "C"))
    return values.astype(np.uint8)


@pytest.mark.parametrize("words", [("--states",), ("--states", "--poisson", "0.3", "--steps", "50"), ()])
def test_the_trace_has_the_same_bytes_however_long_the_parts(
    words: tuple[str, ...], out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "--poisson" not in words:
        drawn(tmp_path / "s.npz", 50)
        words = (*words, "--stimulus", str(tmp_path / "s.npz"))
    ran(out, *words, "-o", tmp_path / "whole.npz")
    monkeypatch.setattr(run_memory, "STREAM_BYTES", 5000)
    monkeypatch.setattr(progress, "SECONDS", 0.0)
    said = ran(out, *words, "-o", tmp_path / "parts.npz")
    assert " of 50 steps" in said
    assert "simulate: 50 of 50 steps" in said
    assert (tmp_path / "parts.npz").read_bytes() == (tmp_path / "whole.npz").read_bytes()


@pytest.mark.parametrize("kind", ["C", "F", "bool", "float"])
def test_any_stimulus_that_numpy_writes(
    kind: str, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dtype = {"bool": np.bool_, "float": np.float64}.get(kind, np.uint8)
    values = drawn(tmp_path / "s.npz", 30, kind=kind, dtype=dtype)
    monkeypatch.setattr(run_memory, "STREAM_BYTES", 3000)
    ran(out, "--stimulus", tmp_path / "s.npz", "-q", "-o", tmp_path / "t.npz")
    assert (tmp_path / "t.npz").read_bytes() == as_numpy_writes(spikec.simulate(out, values))


def test_a_stimulus_is_looked_at_before_the_run(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong at its very end is said, and nothing is written."""
    monkeypatch.setattr(run_memory, "STREAM_BYTES", 3000)
    values = drawn(tmp_path / "s.npz", 300).astype(np.float32)
    changes: tuple[tuple[float, str], ...] = ((np.nan, "SPK0408"), (0.5, "SPK0420"), (2.0, "SPK0420"))
    for wrong, code in changes:
        values[299, 1, 3] = wrong
        np.savez(tmp_path / "s.npz", input=values)
        with pytest.raises(DiagnosticError) as found:
            ran(out, "--stimulus", tmp_path / "s.npz", "-q", "-o", tmp_path / "t.npz")
        assert [d.code for d in found.value.diagnostics] == [code]
        assert "(299, 1, 3)" in found.value.diagnostics[0].message or code == "SPK0420"
    damaged = bytearray((tmp_path / "s.npz").read_bytes())
    damaged[-400] ^= 1
    (tmp_path / "s.npz").write_bytes(damaged)
    with pytest.raises(DiagnosticError, match="SPK0403"):
        ran(out, "--stimulus", tmp_path / "s.npz", "-q", "-o", tmp_path / "t.npz")
    assert not (tmp_path / "t.npz").exists()


def test_a_trace_that_no_disk_holds_is_refused_before_the_run(out: Path, tmp_path: Path) -> None:
    for steps in ("999999999999999", "9999999999999999999"):
        with pytest.raises(DiagnosticError, match=r"SPK0405.*bytes at least"):
            ran(out, "--poisson", "0.5", "--steps", steps, "-q", "-o", tmp_path / "t.npz")
    assert not (tmp_path / "t.npz").exists()


def test_long_work_says_how_long_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    seconds = iter((0.0, 10.0, 10.0, 90.0, 90.0, 100.0, 100.0))
    monkeypatch.setattr("spikec.compiler.verbs.progress.time.monotonic", lambda: next(seconds))
    tell = progress.counted(said.append, "run: {done} of {total} steps")
    for done in (10, 90, 100):
        tell(done, 1000 if done == 10 else 100)
    assert said == [
        "run: 10 of 1,000 steps, about 16 min left",
        "run: 90 of 100 steps, about 10 s left",
        "run: 100 of 100 steps",
    ]


def test_what_is_stored_by_column_is_read_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn(tmp_path / "s.npz", 300, kind="F")
    monkeypatch.setattr("spikec.sim.npzguard.MAX_BYTES", 2000)
    with (tmp_path / "s.npz").open("rb") as file:
        stream = stimulus_stream.in_file(file, {"in_": (4,)})
        with pytest.raises(DiagnosticError, match="SPK0405"):
            list(stream.parts(10))


def test_populations_of_the_host_take_all_steps_at_once(tmp_path: Path) -> None:
    """They are run in float, and what a run may fill is asked for: with the number."""
    raw = graph(
        {"in_": port("Input", 4), "w": affine(np.full((3, 4), 0.3)), "a": leaky(3, 0.5, 4.0), "w2": affine(np.eye(3)),
         "b": leaky(3, 0.5, 4.0), "out": port("Output", 3)},
        [*pairwise(["in_", "w", "a", "w2", "b", "out"])],
    )  # fmt: skip
    (tmp_path / "net.nir").write_bytes(image(raw))
    made = compile_file(tmp_path / "net.nir", host_prefix=("a",))
    few, many = ("--poisson", "0.5", "--steps", "20"), ("--poisson", "0.5", "--steps", "50000000")
    ran(made, *few, "-q", "-o", tmp_path / "t.npz")
    with pytest.raises(DiagnosticError, match=r"SPK0412.*GiB"):
        ran(made, *many, "-q", "-o", tmp_path / "t.npz")


def image(raw: RawGraph) -> bytes:
    from spikec.sim.nir.write import image_of

    return image_of(raw)


def test_memory_does_not_grow_with_time(out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_memory, "STREAM_BYTES", 1 << 20)
    monkeypatch.setattr("spikec.compiler.output.trace_file.IN_MEMORY", 1 << 16)
    peaks: list[int] = []
    for steps in (5_000, 5_000, 40_000):
        drawn(tmp_path / "s.npz", steps)
        tracemalloc.start()
        ran(
            out,
            "--stimulus",
            tmp_path / "s.npz",
            "--states",
            "--engine",
            "events",
            "-q",
            "-o",
            tmp_path / "t.npz",
        )
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    _, few, many = peaks
    held = sum(values.nbytes for values in np.load(tmp_path / "t.npz").values())
    assert many - few < 1 << 20 < held, peaks


def test_a_step_that_fills_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_memory.steps_at_once(10**9, 1, 1000) == run_memory.STREAM_BYTES // 1000
    assert run_memory.steps_at_once(5, 1, 1000) == 5
    with pytest.raises(DiagnosticError, match="SPK0412"):
        run_memory.steps_at_once(10, 1 << 20, 1 << 20)
