"""The bench in Icarus Verilog: it passes what is right, and finds every kind of thing that is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from spikec.sim.event_bench import bench_files
from spikec.targets.machines.crossbar_events import Protocol
from spikec.targets.odin import spi as event_spi, vectors as event_vectors
from spikec.targets.odin.files import spi_list
from spikec.targets.verilog_bench import BENCH

from ..effort import thinned
from ..shipped import revision
from . import event_machines as machines
from .icarus import MODELS, simulate

MODEL, DEAF = MODELS / "tinyodin_model.sv", MODELS / "deaf_model.sv"
EXPECTED, LOAD = event_vectors.expected_file(0), spi_list(0)


def files(seed: int = 1, *, closed: bool = False, protocol: Protocol = "wait") -> dict[str, bytes]:
    loaded = machines.machine("tinyodin", seed, closed=closed, protocol=protocol)
    events = (np.random.default_rng(seed).random((6, 20)) < 0.5).astype(np.uint8)
    return machines.all_files(loaded, revision("tinyodin"), events)


def lines(text: bytes) -> list[bytes]:
    return text.splitlines(keepends=True)


@pytest.mark.parametrize(
    ("seed", "closed", "protocol"),
    thinned([(1, False, "wait"), (3, True, "eager"), (2, True, "wait"), (4, False, "burst")], 2),
)
def test_a_core_that_is_right(tmp_path: Path, seed: int, closed: bool, protocol: Protocol) -> None:
    made = files(seed, closed=closed, protocol=protocol)
    assert len(lines(made[EXPECTED])) > 6
    run = simulate(tmp_path, made, [BENCH, MODEL])
    assert run.stdout.startswith("PASS: ")
    assert run.returncode == 0


@pytest.mark.parametrize(("seed", "chips", "closed"), thinned([(5, 2, False), (2, 1, True)], 2))
def test_all_samples_of_all_chips(tmp_path: Path, seed: int, chips: int, closed: bool) -> None:
    """Each sample begins as the chips are loaded, whatever the one before has left."""
    loaded, chip = machines.machine("tinyodin", seed, chips=chips, closed=closed), revision("tinyodin")
    events = (np.random.default_rng(seed).random((5, 3, 20)) < 0.5).astype(np.uint8)
    made = bench_files(loaded, chip, events[:, :2], [4, 7])
    assert all(b"// sample 7\n" in made[event_vectors.expected_file(number)] for number in range(chips))
    run = simulate(tmp_path, made, [BENCH, MODEL], language="2005")
    assert run.stdout.startswith(f"PASS: {chips} chips, 2 samples, "), run.stdout
    writes = [event_spi.read_text(made[spi_list(number)], "load")[:, 0] for number in range(chips)]
    memory = sum(int((addresses >> 16 & 3 != 0).sum()) for addresses in writes)
    assert f", {memory} bytes read back, " in run.stdout
    other = bench_files(loaded, chip, events[:, [0, 2]], [4, 7])
    made[EXPECTED] = other[EXPECTED]
    run = simulate(tmp_path, made, [BENCH, MODEL], "-DNO_READ_BACK")
    assert run.stdout.startswith("FAIL: chip00: ")
    assert "in sample number 2" in run.stdout


def test_a_byte_that_is_not_kept(tmp_path: Path) -> None:
    made = files()
    broken = MODEL.read_bytes().replace(
        b"if (address[18]) synapses", b"if (address[18] && value != 8'h1f) synapses"
    )
    weights = [line for line in lines(made[LOAD]) if line.endswith(b" 0001f\n")]
    assert weights
    made["mine.sv"] = broken
    assert broken != MODEL.read_bytes()
    run = simulate(tmp_path, made, [BENCH, "mine.sv"])
    assert run.stdout.startswith("FAIL: chip00: byte at ")
    assert "1f was written" in run.stdout
    assert run.returncode != 0


def test_a_bench_without_its_files_or_samples(tmp_path: Path) -> None:
    made = files()
    run = simulate(tmp_path, {BENCH: made[BENCH]}, [BENCH, MODEL])
    assert run.stdout.startswith("FAIL: chip00: its files are not in the folder")
    made[event_vectors.stimulus_file(0)] = b""
    run = simulate(tmp_path, made, [BENCH, MODEL])
    assert run.stdout.startswith("FAIL: chip00: there is no sample")
    assert run.returncode != 0


def changed(made: dict[str, bytes], what: str) -> dict[str, bytes]:
    expected, load = lines(made[EXPECTED]), lines(made[LOAD])
    if what == "address":
        expected[4] = expected[4][:-3] + (b"00\n" if expected[4][-3:] != b"00\n" else b"01\n")
    if what == "time":
        expected[1] = b"%08x" % (int(expected[1][:8], 16) + 1) + expected[1][8:]
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
    run = simulate(tmp_path, made, [BENCH, MODEL], "-DNO_READ_BACK")
    assert run.stdout.startswith("FAIL: ")
    assert "expected" in run.stdout
    assert run.returncode != 0


@pytest.mark.parametrize("more", [-1, 1])
def test_outputs_too_many_or_too_few(tmp_path: Path, more: int) -> None:
    made = files()
    outputs = len(lines(made[EXPECTED])) - 1
    made[EXPECTED] = b"".join([*lines(made[EXPECTED]), b"000000ff 00000000\n"][: 1 + outputs + more])
    run = simulate(tmp_path, made, [BENCH, MODEL], "-DNO_READ_BACK")
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
    run = simulate(tmp_path, made, [BENCH, MODEL], "-DNO_READ_BACK")
    assert run.stdout.startswith("FAIL: ")


def test_odin_bench_elaborates_and_misses_the_spikes(tmp_path: Path) -> None:
    loaded = machines.machine("odin", 1, learning=False)
    events = (np.random.default_rng(1).random((2, 20)) < 0.5).astype(np.uint8)
    made = machines.all_files(loaded, revision("odin"), events)
    assert len(lines(made[EXPECTED])) > 1
    run = simulate(tmp_path, made, [BENCH, DEAF], "-DNO_READ_BACK", language="2005")
    assert "FAIL: chip00: 0 outputs; expected one more in sample number 1" in run.stdout
    assert run.returncode != 0
    assert b".LEARNS(0)" in made[BENCH]
    assert b".LEARNS(1)" in event_vectors.bench(revision("odin"), [True])


def test_another_device_under_test(tmp_path: Path) -> None:
    made = files()
    made["mine.sv"] = MODEL.read_bytes().replace(b"module tinyODIN (", b"module my_core #(parameter N = 1) (")
    run = simulate(
        tmp_path, made, [BENCH, "mine.sv"], "-DNO_READ_BACK", "-DDUT=my_core", "-DDUT_PARAMETERS=#(.N(256))"
    )
    assert run.stdout.startswith("PASS: ")
