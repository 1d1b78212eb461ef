"""The bench in Icarus Verilog: it passes what is right, and finds every kind of thing that is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from spikec.targets.machines.crossbar_events import Protocol
from spikec.targets.odin import spi as event_spi, vectors as event_vectors
from spikec.targets.odin.files import spi_list

from ..shipped import revision
from . import event_machines as machines
from .icarus import MODELS, simulate

MODEL, DEAF = MODELS / "tinyodin_model.sv", MODELS / "deaf_model.sv"
BENCH, EXPECTED, LOAD = event_vectors.bench_file(0), event_vectors.expected_file(0), spi_list(0)


def files(seed: int = 1, *, closed: bool = False, protocol: Protocol = "wait") -> dict[str, bytes]:
    loaded = machines.machine("tinyodin", seed, closed=closed, protocol=protocol)
    events = (np.random.default_rng(seed).random((6, 20)) < 0.5).astype(np.uint8)
    return machines.all_files(loaded, revision("tinyodin"), events)


def lines(text: bytes) -> list[bytes]:
    return text.splitlines(keepends=True)


@pytest.mark.parametrize(
    ("seed", "closed", "protocol"),
    [(1, False, "wait"), (2, True, "wait"), (3, True, "eager"), (4, False, "burst")],
)
def test_a_core_that_is_right(tmp_path: Path, seed: int, closed: bool, protocol: Protocol) -> None:
    made = files(seed, closed=closed, protocol=protocol)
    assert len(lines(made[EXPECTED])) > 5
    run = simulate(tmp_path, made, [BENCH, MODEL])
    assert run.stdout.startswith("PASS: ")
    assert run.returncode == 0


def test_a_chip_that_is_fed_by_another(tmp_path: Path) -> None:
    loaded = machines.machine("tinyodin", 5, chips=2)
    events = (np.random.default_rng(5).random((5, 20)) < 0.5).astype(np.uint8)
    made = machines.all_files(loaded, revision("tinyodin"), events)
    for chip in (0, 1):
        assert lines(made[event_vectors.expected_file(chip)])
        run = simulate(tmp_path, made, [event_vectors.bench_file(chip), MODEL])
        assert run.stdout.startswith("PASS: ")


def changed(made: dict[str, bytes], what: str) -> dict[str, bytes]:
    expected, load = lines(made[EXPECTED]), lines(made[LOAD])
    if what == "address":
        expected[3] = expected[3][:-3] + (b"00\n" if expected[3][-3:] != b"00\n" else b"01\n")
    if what == "time":
        expected[0] = b"%08x" % (int(expected[0][:8], 16) + 1) + expected[0][8:]
    if what == "order":
        at = next(k for k in range(len(expected) - 1) if expected[k] != expected[k + 1])
        expected[at : at + 2] = expected[at + 1], expected[at]
    if what == "weight":  # every synapse that is written is -1
        start = load.index(b"// synapses\n")
        load[start:-3] = [line if line.startswith(b"//") else line[:9] + b"ff\n" for line in load[start:-3]]
    return {**made, EXPECTED: b"".join(expected), LOAD: b"".join(load)}


@pytest.mark.parametrize("what", ["address", "time", "order", "weight"])
def test_differences_are_found(tmp_path: Path, what: str) -> None:
    made = changed(files(), what)
    assert made != files()
    run = simulate(tmp_path, made, [BENCH, MODEL])
    assert run.stdout.startswith("FAIL: ")
    assert "expected" in run.stdout
    assert run.returncode != 0


@pytest.mark.parametrize("more", [-1, 1])
def test_outputs_too_many_or_too_few(tmp_path: Path, more: int) -> None:
    made = files()
    outputs = len(lines(made[EXPECTED]))
    made[EXPECTED] = b"".join([*lines(made[EXPECTED]), b"000000ff 00000000\n"][: outputs + more])
    run = simulate(tmp_path, made, [BENCH, MODEL], f"-Ptestbench.OUTPUTS={outputs + more}")
    assert run.stdout.startswith("FAIL: ")
    assert "no more were expected" in run.stdout if more < 0 else f"{outputs} outputs" in run.stdout
    assert run.returncode != 0


def test_a_loop_that_is_closed_before_the_neurons_are_written(tmp_path: Path) -> None:
    """The order of the writes is what keeps spikes of what was in the memory before out of the queue."""
    made = files(2, closed=True)
    writes = event_spi.read_text(made[LOAD], LOAD)
    assert writes[1].tolist() == [1, 1]
    writes[1, 1] = 0
    made[LOAD] = event_spi.text(writes)
    run = simulate(tmp_path, made, [BENCH, MODEL])
    assert run.stdout.startswith("FAIL: ")


@pytest.mark.parametrize("learning", [True, False])
def test_odin_bench_elaborates_and_misses_the_spikes(tmp_path: Path, learning: bool) -> None:
    """Loading a core that learns takes all its synapses, so only the other is loaded to the end."""
    loaded = machines.machine("odin", 1, learning=learning)
    events = (np.random.default_rng(1).random((2, 20)) < 0.5).astype(np.uint8)
    made = machines.all_files(loaded, revision("odin"), events)
    outputs = len(lines(made[event_vectors.expected_file(0)]))
    options = [] if not learning else ["-Ptestbench.WRITES=10"]
    run = simulate(tmp_path, made, [event_vectors.bench_file(0), DEAF], *options)
    assert outputs
    assert f"FAIL: 0 outputs; expected {outputs}" in run.stdout
    assert run.returncode != 0


def test_another_device_under_test(tmp_path: Path) -> None:
    made = files()
    made["mine.sv"] = MODEL.read_bytes().replace(b"module tinyODIN (", b"module my_core #(parameter N = 1) (")
    run = simulate(tmp_path, made, [BENCH, "mine.sv"], "-DDUT=my_core", "-DDUT_PARAMETERS=#(.N(256))")
    assert run.stdout.startswith("PASS: ")
