"""The bench of a grid in Icarus Verilog: it passes what is right, and finds what is not."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from spikec.sim.engines.crossbar_grid import simulate_grid
from spikec.targets.ranc.vectors import EXPECTED, PACKETS, vectors
from spikec.targets.verilog_bench import BENCH

from ..shipped import revision
from ..sim import grid_networks as networks
from .icarus import MODELS, simulate

MODEL = MODELS / "ranc_model.sv"
SAMPLES = (4, 0, 7)


def files(seed: int = 4, *, extreme: bool = True) -> dict[str, bytes]:
    rng, chip = np.random.default_rng(seed), networks.small()
    machine = networks.grid(rng, chip, extreme=extreme)
    events = (rng.random((9, len(SAMPLES), machine.n_inputs)) < 0.5).astype(np.uint8)
    spikes = simulate_grid(machine, chip.neuron, events).spikes
    return vectors(machine, chip, spikes, events, SAMPLES)


def lines(text: bytes) -> list[bytes]:
    return text.splitlines(keepends=True)


@pytest.mark.parametrize(("seed", "extreme"), [(2, False), (3, False), (4, True), (5, True)])
def test_grids_that_are_right(tmp_path: Path, seed: int, extreme: bool) -> None:
    made = files(seed, extreme=extreme)
    run = simulate(tmp_path, made, [BENCH, MODEL], language="2005")
    packets, outputs = (len(lines(made[name])) - len(SAMPLES) for name in (PACKETS, EXPECTED))
    assert outputs
    assert run.stdout.split("\n")[0] == f"PASS: 3 samples, {packets} packets in, {outputs} out"
    assert run.returncode == 0


def changed(made: dict[str, bytes], what: str) -> dict[str, bytes]:
    expected = lines(made[EXPECTED])
    if what == "line":
        tick, line = expected[2].split()
        expected[2] = b"%b %d\n" % (tick, int(line) ^ 1)
    if what == "missing":
        del expected[-1]
    if what == "more":
        expected.append(expected[-1])
    if what == "memory":
        name = next(name for name in sorted(made) if name.startswith("csram"))
        return {**made, name: b"\n".join(row[:16][::-1] + row[16:] for row in made[name].split(b"\n"))}
    return {**made, EXPECTED: b"".join(expected)}


@pytest.mark.parametrize("what", ["line", "missing", "more", "memory"])
def test_differences_are_found(tmp_path: Path, what: str) -> None:
    run = simulate(tmp_path, changed(files(), what), [BENCH, MODEL])
    assert run.stdout.startswith("FAIL: sample number "), run.stdout
    assert run.returncode != 0


def test_ticks_that_are_too_near(tmp_path: Path) -> None:
    made = files()
    for name in (b"SWEEP", b"DRAIN"):
        made[BENCH] = made[BENCH].replace(b"integer %b = " % name, b"integer %b = 5 + 0 * " % name)
    run = simulate(tmp_path, made, [BENCH, MODEL])
    assert "the grid reports an error" in run.stdout
    assert run.returncode != 0


def test_a_chip_that_the_sources_cannot_be_has_no_bench() -> None:
    chip, rng = networks.small("truenorth"), np.random.default_rng(2)
    machine = networks.grid(rng, chip)
    events = (rng.random((3, 1, machine.n_inputs)) < 0.5).astype(np.uint8)
    made = vectors(machine, chip, simulate_grid(machine, chip.neuron, events).spikes, events, [0])
    assert set(made) == {PACKETS, EXPECTED, "simulator.json", "simulator_config.json"}
    assert revision("truenorth").bits.reset_potential != revision("truenorth").bits.potential


def sources() -> Sequence[Path]:
    folder = os.environ.get("SPIKEC_RANC_SOURCES")
    return sorted(Path(folder).glob("*.v")) if folder else ()


@pytest.mark.skipif(
    not sources(), reason="SPIKEC_RANC_SOURCES does not name the folder of RANC's Verilog sources"
)
@pytest.mark.parametrize(("seed", "extreme"), [(2, False), (4, True)])
def test_the_public_sources(tmp_path: Path, seed: int, extreme: bool) -> None:
    run = simulate(tmp_path, files(seed, extreme=extreme), [BENCH, *sources()], strict=False)
    assert run.stdout.startswith("PASS: 3 samples, ")
