"""Grids against an oracle that knows no arrays: random networks, values that wrap, axons that are shared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from spikec.sim.engines import grid_in_jax
from spikec.sim.engines.crossbar_grid import simulate_grid
from spikec.targets.ranc.neuron import Arithmetic

from . import grid_networks as networks
from .grid_oracle import run


def drive(rng: np.random.Generator, elements: int, steps: int = 14, batch: int = 2) -> np.ndarray:
    return (rng.random((steps, batch, elements)) < 0.6).astype(np.uint8)


@pytest.mark.parametrize("name", ["ranc", "truenorth"])
@pytest.mark.parametrize("extreme", [False, True], ids=["plain", "extreme"])
@pytest.mark.parametrize("seed", range(8))
def test_random_grids(seed: int, extreme: bool, name: str) -> None:
    rng, chip = np.random.default_rng(seed), networks.small(name)
    machine = networks.grid(rng, chip, extreme=extreme)
    events = drive(rng, machine.n_inputs)
    found = simulate_grid(machine, Arithmetic(chip.bits.potential), events, states=True)
    counts = dict.fromkeys(found.counters, 0)
    for sample in range(events.shape[1]):
        wanted = run(machine, events[:, sample].tolist(), chip.bits.potential)
        np.testing.assert_array_equal(found.spikes[:, sample], wanted.spikes)
        np.testing.assert_array_equal(found.states["v"][:, sample], wanted.potentials)
        counts = {key: counts[key] + wanted.counts[key] for key in counts}
    # What arrives after the last tick is counted by the oracle alone, when it is sent.
    assert {k: int(v.sum()) for k, v in found.counters.items() if k != "merged_arrivals"} == {
        k: v for k, v in counts.items() if k != "merged_arrivals"
    }
    assert int(found.counters["merged_arrivals"].sum()) <= counts["merged_arrivals"]


def test_the_random_grids_wrap_merge_and_pass_the_floor() -> None:
    total: dict[str, int] = {}
    for seed in range(8):
        rng, chip = np.random.default_rng(seed), networks.small()
        machine = networks.grid(rng, chip, extreme=True)
        found = simulate_grid(machine, Arithmetic(9), drive(rng, machine.n_inputs))
        for name, values in found.counters.items():
            total[name] = total.get(name, 0) + int(values.sum())
    assert min(total.values()) > 50, total


def test_merged_arrivals_are_all_counted_once_they_are_read() -> None:
    """Silence after the drive lets every spike on its way arrive; neurons that spike by themselves are kept silent."""
    rng, chip = np.random.default_rng(5), networks.small()
    machine = networks.grid(rng, chip)
    quiet = tuple(
        replace(c, params={**c.params, "leak": -np.abs(c.params["leak"]), "reset_mode": np.zeros_like(c.dx)})
        for c in machine.cores
    )
    quiet = tuple(replace(c, params={**c.params, "reset_potential": np.zeros_like(c.dx)}) for c in quiet)
    machine = replace(machine, cores=quiet)
    events = np.concatenate([drive(rng, machine.n_inputs), np.zeros((300, 2, machine.n_inputs), np.uint8)])
    found = simulate_grid(machine, Arithmetic(9), events)
    wanted = [run(machine, events[:, b].tolist(), 9) for b in range(2)]
    assert not found.spikes[-20:].any()
    merged = sum(w.counts["merged_arrivals"] for w in wanted)
    assert int(found.counters["merged_arrivals"].sum()) == merged > 0


def test_a_long_run_in_chunks_is_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    rng, chip = np.random.default_rng(2), networks.small()
    machine = networks.grid(rng, chip)
    events = drive(rng, machine.n_inputs, steps=23, batch=3)
    whole = simulate_grid(machine, Arithmetic(9), events, states=True, engine="jax")
    monkeypatch.setattr(grid_in_jax, "CHUNK_BYTES", 5000)
    parts = simulate_grid(machine, Arithmetic(9), events, states=True, engine="jax")
    np.testing.assert_array_equal(whole.spikes, parts.spikes)
    np.testing.assert_array_equal(whole.states["v"], parts.states["v"])
    for name, values in whole.counters.items():
        np.testing.assert_array_equal(values, parts.counters[name])


def test_other_events_are_refused() -> None:
    rng, chip = np.random.default_rng(0), networks.small()
    machine = networks.grid(rng, chip)
    for wrong in (
        np.zeros((3, 1, machine.n_inputs + 1), np.uint8),
        np.full((3, 1, machine.n_inputs), 2, np.uint8),
    ):
        with pytest.raises(ValueError, match="events must be"):
            simulate_grid(machine, Arithmetic(9), wrong)
