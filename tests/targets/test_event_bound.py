"""What bounds a step, against steps that were run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from spikec.sim.engines.crossbar_events import simulate_events
from spikec.targets.machines.crossbar_events import EventMachine
from spikec.targets.odin.arithmetics import modules_of
from spikec.targets.odin.bound import most_step_clocks
from spikec.targets.odin.model import OdinChip
from spikec.targets.odin.timing import step_clocks

from ..shipped import revision
from .event_machines import machine

NAMES = ("odin", "tinyodin")


def longest(made: EventMachine, chip: OdinChip, events: np.ndarray) -> int:
    run = simulate_events(made, modules_of(chip).neuron, events)
    w = run.work
    found = step_clocks(made, chip, w.input_events, w.row_events, w.leak_events, w.single_events, run.spikes)
    return int(found.max())


def upwards(name: str, seed: int) -> EventMachine:
    """A closed loop in which every neuron excites higher ones only."""
    made = machine(name, seed, closed=True, learning=False)
    core = made.cores[0]
    n = core.n_neurons
    weights = core.weights.copy()
    weights[:n] = np.where(np.arange(n) > np.arange(n)[:, None], weights[:n], np.minimum(weights[:n], 0))
    threshold = np.where(np.arange(n) % 7 == 3, core.params["threshold"], core.params["threshold"] // 40 + 4)
    return replace(
        made, cores=(replace(core, weights=weights, params={**core.params, "threshold": threshold}),)
    )


@pytest.mark.parametrize("name", NAMES)
def test_worst_case(name: str) -> None:
    """Nothing comes back: bounded, and reached by a core whose every event makes every neuron fire."""
    chip, made = revision(name), machine(name, 3, learning=False)
    core = made.cores[0]
    n = core.last_neuron + 1
    params = {key: np.zeros(256, dtype=np.int64) for key in core.params}
    eager = replace(core, params=params, initial={key: np.zeros(256, dtype=np.int64) for key in core.initial},
                    weights=np.ones_like(core.weights), inhibitory=np.zeros(256, dtype=bool))  # fmt: skip
    routes = replace(made.routes, delay=np.zeros_like(made.routes.delay))
    busy = replace(made, cores=(eager,), routes=routes)
    events = np.ones((2, 1, 20), dtype=np.uint8)
    run = simulate_events(busy, modules_of(chip).neuron, events)
    assert (run.spikes.sum(axis=2) == (20 + made.leaks) * n).all()
    most, twice = most_step_clocks(busy, chip), most_step_clocks(busy, chip, 2)
    assert most is not None
    assert twice is not None
    assert longest(busy, chip, events) == most < twice


@pytest.mark.parametrize("chips", [1, 2])
def test_no_worst_case_where_spikes_come_back(chips: int) -> None:
    chip = revision("tinyodin")
    assert most_step_clocks(machine("tinyodin", 3, chips=chips, closed=chips == 1), chip) is None
    made = machine("tinyodin", 3, chips=2)
    forward = made.routes.delay == 0
    kept = {name: getattr(made.routes, name)[forward] for name in ("source", "core", "row", "delay")}
    assert most_step_clocks(replace(made, routes=replace(made.routes, **kept)), chip) is not None


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", range(6))
def test_no_step_takes_more(name: str, seed: int) -> None:
    chip, made = revision(name), upwards(name, seed)
    most = most_step_clocks(made, chip)
    assert most is not None
    events = (np.random.default_rng(seed).random((12, 2, 20)) < 0.8).astype(np.uint8)
    found = longest(made, chip, events)
    assert 0 < found <= most


def test_a_chain_is_bounded_to_the_spike() -> None:
    """One input of weight 4 on a threshold of 2, whose spikes add 3 to a threshold of 3: twice, then twice."""
    chip, made = revision("tinyodin"), machine("tinyodin", 1, closed=True)
    core = made.cores[0]
    weights = np.zeros_like(core.weights)
    weights[200, 0], weights[0, 1] = 4, 3
    threshold = np.full(256, 2000)
    threshold[:2] = 2, 3
    params = {**core.params, "threshold": threshold, "leak": np.zeros(256, dtype=np.int64),
              "disable": np.zeros(256, dtype=np.int64)}  # fmt: skip
    zero = {"v": np.zeros(256, dtype=np.int64)}
    one = replace(core, weights=weights, params=params, initial=zero, last_neuron=1)
    routes = replace(made.routes, delay=np.zeros_like(made.routes.delay))
    bounded = replace(made, cores=(one,), routes=routes, leaks=1)
    # 20 inputs; neuron 0 holds at most 1 and gains 4: 2 spikes; neuron 1 holds at most 2 and gains 6: 2 spikes.
    c = chip.cycles
    scans = 20 + 2 + 2
    assert (
        most_step_clocks(bounded, chip)
        == 20 * c.input + scans * (c.spike + 2 * c.neuron) + c.leak + 2 * c.neuron + 4 * c.output
    )


def test_a_ring_has_no_bound() -> None:
    made = upwards("tinyodin", 0)
    core = made.cores[0]
    weights = core.weights.copy()
    weights[5, 2], weights[2, 5] = 7, 7
    params = {**core.params, "disable": np.zeros(256, dtype=np.int64), "threshold": np.full(256, 9)}
    ring = replace(made, cores=(replace(core, weights=weights, params=params),))
    assert most_step_clocks(ring, revision("tinyodin")) is None
