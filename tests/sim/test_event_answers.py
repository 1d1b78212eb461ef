"""A host that answers spikes: as if it sent each answer by itself, before its next event."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from spikec.sim.engines.crossbar_events import DROPPED_SPIKES, simulate_events, transcripts
from spikec.targets.machines.crossbar_events import EventMachine
from spikec.targets.odin import codes, neuron

from ..targets.event_machines import machine
from .event_networks import odin_chip

STEPS, INPUTS = 12, 20


def answering(seed: int, chips: int = 1) -> EventMachine:
    """Two neurons of three are answered with 1 to 7, less than their thresholds."""
    random = np.random.default_rng(seed)
    made = machine("odin", seed, chips=chips, learning=False)
    cores = tuple(
        replace(core, params={**core.params, "threshold": np.maximum(core.params["threshold"], 9)})
        for core in made.cores
    )
    answers = tuple(random.integers(1, 8, 256) * (random.random(256) < 2 / 3) for _ in cores)
    return replace(made, cores=cores, answers=answers)


def drawn(seed: int) -> np.ndarray:
    return (np.random.default_rng(seed).random((STEPS, 1, INPUTS)) < 0.3).astype(np.uint8)


@pytest.mark.parametrize("seed", range(4))
def test_answers_are_events_of_their_own_to_a_chip_that_knows_of_none(seed: int) -> None:
    """The scalar oracle is told event by event, each answer as soon as the spike is there."""
    made, events = answering(seed), drawn(seed)
    run = simulate_events(made, neuron, events, states=True)
    (said,) = transcripts(made, neuron, events[:, 0])
    told = codes.encode(said.operations.kind, said.operations.first, said.operations.second).tolist()
    chip, answers, step, pending = odin_chip(made.cores[0]), made.answers[0], 0, list[int]()
    spikes = np.zeros((STEPS, 256), dtype=np.int64)
    for k, code in enumerate(told):
        while step < STEPS and said.ends[step] <= k:
            step += 1
        if pending:
            expected = pending.pop(0)
            assert (said.operations.first[k], said.operations.second[k]) == (expected, answers[expected])
        found = [address for _, address in chip.run([code], [True], False)]
        pending += [address for address in found if answers[address]]
        np.add.at(spikes[step], found, 1)
    assert not pending
    np.testing.assert_array_equal(run.spikes[:, 0], spikes)
    np.testing.assert_array_equal(run.states["v"][-1, 0], [cell.v for cell in chip.cells])
    answered = (spikes * (answers > 0)).sum(axis=1)
    assert answered.sum() > 50
    np.testing.assert_array_equal(run.work.single_events[:, 0, 0], answered)
    sent = np.diff(said.ends, prepend=0) - made.leaks
    np.testing.assert_array_equal(run.work.input_events[:, 0, 0], sent)


def test_answers_change_something_and_nothing_is_lost() -> None:
    made, events = answering(3, chips=2), drawn(3)[:4]  # later steps bring a million spikes each
    run = simulate_events(made, neuron, events)
    without = simulate_events(replace(made, answers=()), neuron, events)
    assert (run.spikes != without.spikes).any()
    assert not run.counters[DROPPED_SPIKES].any()


@pytest.mark.parametrize("change", ["burst", "closed"])
def test_only_a_host_that_waits_answers_and_only_where_no_loop_is_closed(change: str) -> None:
    made = answering(1)
    cores = tuple(replace(core, closed_loop=True) for core in made.cores)
    wrong = replace(made, protocol="burst") if change == "burst" else replace(made, cores=cores)
    with pytest.raises(ValueError, match="answers"):
        simulate_events(wrong, neuron, drawn(1))
