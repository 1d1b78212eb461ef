"""The ordered engine against the scalar oracle, on random networks that saturate, alias and clip."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from spikec.sim.engines.ordered import simulate_ordered
from spikec.sim.engines.ordered_run import ACCUMULATOR_SATURATIONS, OrderedRun
from spikec.targets.xylo import neuron
from spikec.targets.xylo.configuration import XyloConfiguration, machine

from . import xylo_networks as networks
from .xylo_oracle import Recorded, run

SEEDS = st.integers(0, 2**63 - 1)


def check(found: OrderedRun, expected: Recorded, sample: int = 0) -> None:
    np.testing.assert_array_equal(found.spikes[:, sample], expected.spikes)
    i = np.stack([found.states["i_syn"][:, sample], found.states["i_syn2"][:, sample]], axis=-1)
    np.testing.assert_array_equal(i, expected.i)
    np.testing.assert_array_equal(found.states["v_mem"][:, sample], expected.v)


def expected(chip: XyloConfiguration, events: np.ndarray, *, decay_first: bool = False) -> Recorded:
    return run(
        networks.oracle_neurons(chip),
        networks.oracle_synapses(chip),
        events.tolist(),
        decay_first=decay_first,
    )


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.booleans())
def test_random_networks_equal_the_oracle(seed: int, fast: bool) -> None:
    random = np.random.default_rng(seed)
    chip = networks.configuration(random, largest=8)
    events = networks.events(random, len(chip.weights_in), 20)
    found = simulate_ordered(machine(chip), neuron, events[:, None], states=True, fast=fast)
    check(found, expected(chip, events))


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_the_first_generation_equals_the_oracle(seed: int) -> None:
    random = np.random.default_rng(seed)
    chip = networks.configuration(random, largest=8)
    chip = replace(
        chip,
        hidden={**chip.hidden, "bias": np.zeros(chip.n_hidden, dtype=np.int64)},
        output={**chip.output, "bias": np.zeros(chip.n_outputs, dtype=np.int64)},
    )
    events = networks.events(random, len(chip.weights_in), 20)
    found = simulate_ordered(machine(chip), neuron, events[:, None], states=True, decay_first=True)
    check(found, expected(chip, events, decay_first=True))


def test_samples_of_a_batch_are_independent() -> None:
    random = np.random.default_rng(7)
    chip = networks.configuration(random, largest=8)
    events = np.stack([networks.events(random, len(chip.weights_in), 15) for _ in range(5)], axis=1)
    found = simulate_ordered(machine(chip), neuron, events, states=True)
    for sample in range(5):
        check(found, expected(chip, events[:, sample]), sample)


def single(*, weight: int, threshold: int, aliases: tuple[int, ...], dash: int = 1) -> XyloConfiguration:
    """One input onto hidden neuron 0; every neuron alike."""
    n = len(aliases)
    weights = np.zeros((1, n, 1), dtype=np.int8)
    weights[0, 0, 0] = weight

    def same(value: int, size: int = n) -> np.ndarray:
        return np.full(size, value, dtype=np.int64)

    hidden = {"dash_syn": same(dash), "dash_syn2": same(0), "dash_mem": same(15), "bias": same(0)}
    output = {"dash_syn": same(1, 1), "dash_mem": same(15, 1), "bias": same(0, 1), "threshold": same(1, 1)}
    return XyloConfiguration(
        weights_in=weights,
        weights_rec=np.zeros((n, n, 1), dtype=np.int8),
        weights_out=np.ones((n, 1), dtype=np.int8),
        shift_in=7,
        shift_rec=0,
        shift_out=7,
        hidden={**hidden, "threshold": same(threshold)},
        output=output,
        alias_target=np.array(aliases, dtype=np.int64),
    )


def test_aliases_run_forward_in_the_step_and_stop_behind_it() -> None:
    """0 -> 2 -> 1: neuron 1 has had its turn when 2 copies, so it shows the copy but 1 -> 0 does not pass it on."""
    chip = single(weight=4, threshold=100, aliases=(2, 0, 1))
    run = simulate_ordered(machine(chip), neuron, np.array([[[1]]], dtype=np.uint8))
    assert run.spikes[0, 0].tolist() == [2, 2, 2, 0]


def test_what_is_cut_off_is_counted() -> None:
    chip = single(weight=127, threshold=1, aliases=(-1,), dash=3)
    run = simulate_ordered(machine(chip), neuron, np.array([[[16]], [[20]]], dtype=np.uint8), states=True)
    assert run.event_clips.tolist() == [2]
    assert run.counters[ACCUMULATOR_SATURATIONS].tolist() == [2, 0]
    assert run.counters["membrane_saturations"].tolist() == [1, 0]
    assert run.counters["spike_limits"].tolist() == [2, 1]
    assert run.spikes[:, 0].tolist() == [[31, 0], [31, 1]]


def test_no_steps_and_no_samples() -> None:
    chip = machine(single(weight=1, threshold=1, aliases=(-1,)))
    assert simulate_ordered(chip, neuron, np.zeros((0, 2, 1), np.uint8), states=True).spikes.shape == (
        0,
        2,
        2,
    )
    empty = simulate_ordered(chip, neuron, np.zeros((3, 0, 1), np.uint8), states=True)
    assert empty.states["v_mem"].shape == (3, 0, 2)


def test_other_events_and_delays_are_refused() -> None:
    chip = machine(single(weight=1, threshold=1, aliases=(-1,)))
    for events in (np.zeros((3, 1, 2), np.uint8), np.zeros((3, 1), np.uint8), np.zeros((3, 1, 1), np.int64)):
        with pytest.raises(ValueError, match="uint8"):
            simulate_ordered(chip, neuron, events)
    late = replace(chip, synapses=replace(chip.synapses, delay=chip.synapses.delay + 1))
    with pytest.raises(ValueError, match="delays"):
        simulate_ordered(late, neuron, np.zeros((3, 1, 1), np.uint8))
