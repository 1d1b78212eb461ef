"""The bound that allows sums without clips: it holds, and it is the smallest one."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from hypothesis import given, settings, strategies as st
from spikec.sim.engines.delivery.ordered import tables, without_saturation
from spikec.sim.engines.ordered import simulate_ordered
from spikec.sim.engines.ordered_run import ACCUMULATOR_SATURATIONS
from spikec.targets.machines.ordered import OrderedMachine
from spikec.targets.machines.synapse_rows import as_rows
from spikec.targets.xylo import neuron
from spikec.targets.xylo.configuration import machine

from . import xylo_networks as networks
from .xylo_oracle import decay


def summed(weights: list[int], events: int, bounds: tuple[int, int] = (-32768, 32767)) -> OrderedMachine:
    """Inputs with these weights onto one neuron."""
    k = len(weights)
    one = np.ones(1, dtype=np.int64)
    return OrderedMachine(
        n_inputs=k,
        core=0 * one,
        slot=0 * one,
        params={"max_spikes": 31 * one},
        synapses=as_rows(1 + np.arange(k), np.zeros(k, dtype=np.int64), np.array(weights, dtype=np.int64)),
        accumulator_range=bounds,
        max_events=events,
        syn_receptor=np.zeros(k, dtype=np.int64),
        alias_target=-one,
    )


def proven_safe(m: OrderedMachine, dash: np.ndarray, peaks: np.ndarray | None = None) -> np.ndarray:
    return without_saturation(m, partial(neuron.settled, dash), dash.shape[1], peaks)


def peak(added: int, dash: int) -> int:
    """The largest value ever, with `added` in every step until nothing grows any more."""
    value = largest = 0
    while True:
        value += added
        if abs(value) <= abs(largest):
            return largest
        largest = value
        value -= decay(value, dash)


@settings(max_examples=200, deadline=None)
@given(st.integers(-40, 40).filter(bool), st.integers(0, 7))
def test_the_bound_is_what_a_steady_stream_reaches(added: int, dash: int) -> None:
    reached = peak(added, dash)
    dashes = np.array([[dash]])
    for beyond, expected in ((0, True), (1, False)):
        bounds = (-32768, reached - beyond) if added > 0 else (reached + beyond, 32767)
        proven = proven_safe(summed([added], 1, bounds), dashes)
        assert bool(proven[0, 0]) == expected


def test_known_peaks_limit_the_inputs_only_as_far_as_the_machine_does() -> None:
    chip = summed([100, -50], 15)
    dash = np.array([[5]])
    assert not proven_safe(chip, dash)[0, 0]  # 100 * 15 << 5 = 48000
    assert proven_safe(chip, dash, np.array([10, 255]))[0, 0]  # 100 * 10 << 5 = 32000
    assert not proven_safe(chip, dash, np.array([11, 0]))[0, 0]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**63 - 1))
def test_proven_accumulators_never_saturate(seed: int) -> None:
    """Weights small enough that many are proven; under steady full inputs none of those is ever clipped."""
    random = np.random.default_rng(seed)
    chip = networks.configuration(random, largest=10)
    scale = int(random.integers(4, 7))
    small = replace(
        chip,
        **{name: getattr(chip, name) >> scale for name in ("weights_in", "weights_rec", "weights_out")},
        **dict.fromkeys(("shift_in", "shift_rec", "shift_out"), 0),
    )
    m = machine(small)
    dash = np.stack([m.params["dash_syn"], m.params["dash_syn2"]], axis=1)
    proven = proven_safe(m, dash)
    events = np.where(random.random((1, 8, m.n_inputs)) < 0.5, 255, 0).astype(np.uint8).repeat(200, axis=0)
    run = simulate_ordered(m, neuron, events, fast=False)
    assert not run.counters[ACCUMULATOR_SATURATIONS][proven.all(axis=1)].any()


def test_tables_hold_every_synapse_once() -> None:
    random = np.random.default_rng(5)
    m = machine(networks.configuration(random, largest=12))
    proven = random.random((m.n_neurons, 2)) < 0.5
    found = []
    for table, kept in zip(tables(m, 3, proven), (True, False), strict=True):
        turn = np.repeat(np.arange(m.n_inputs + m.n_neurons), np.diff(table.first.astype(np.int64)))
        source = np.where(turn < m.n_inputs, turn + m.n_neurons, turn - m.n_inputs)
        post, receptor = table.accumulator // 3, table.accumulator % 3
        assert (proven[post, receptor] == kept).all()
        found.append(np.stack([source, post, receptor, table.weight]))
    expected = np.stack(
        [m.synapses.flat().source, m.synapses.flat().post, m.syn_receptor, m.synapses.flat().weight]
    )
    assert sorted(np.concatenate(found, axis=1).T.tolist()) == sorted(expected.T.tolist())
