"""Delivers in order with saturation: every source in its turn, each addition clipped to what the accumulator holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ....targets.machines.ordered import OrderedMachine

Reach = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""The most that a step adds to accumulators (N, receptors), and the most that it takes off -> the highest that they
come to, and the lowest, as a magnitude. Integers, or infinite."""


class Table(NamedTuple):
    """Synapses by source, input rows first, then neurons: those of source s are `first[s]` .. `first[s + 1] - 1`.

    first: (E + N + 1,) uint32; accumulator: (K,) uint32, neuron * number of states + receptor; weight: (K,) int32,
    for one spike. Within a source, accumulators ascend."""

    first: np.ndarray
    accumulator: np.ndarray
    weight: np.ndarray


def tables(machine: OrderedMachine, n_states: int, proven: np.ndarray) -> tuple[Table, Table]:
    """Split the synapses: those onto `proven` accumulators (N, receptors) bool, which need no clip, and the others."""
    chosen = proven[machine.synapses.flat().post, machine.syn_receptor]
    return _table(machine, n_states, chosen), _table(machine, n_states, ~chosen)


def _table(machine: OrderedMachine, n_states: int, chosen: np.ndarray) -> Table:
    n = machine.n_neurons
    synapses = machine.synapses.flat()
    source = synapses.source[chosen].astype(np.int64)
    rows = machine.rows.size
    turn = np.where(source >= n, source - n, source + rows)
    accumulator = synapses.post[chosen].astype(np.int64) * n_states + machine.syn_receptor[chosen]
    order = np.argsort(turn * (n * n_states) + accumulator, kind="stable")  # quick where it is sorted already
    bounds = np.searchsorted(turn[order], np.arange(rows + n + 1))
    return Table(
        bounds.astype(np.uint32),
        accumulator[order].astype(np.uint32),
        synapses.weight[chosen][order].astype(np.int32),
    )


def without_saturation(
    machine: OrderedMachine, reach: Reach, receptors: int, event_peak: np.ndarray | None = None
) -> np.ndarray:
    """Prove accumulators safe. (N, receptors) bool: accumulators that provably never saturate, if they start at 0.

    reach: of the chip's neurons. event_peak: (n_inputs,) most events of an input in one step, where known; else the
    machine's own limit. In one step at most A can be added, the sum of weight * most spikes over the positive synapses,
    and B likewise taken off; any order of additions stays between the two."""
    up, down = _most_added(machine, (machine.n_neurons, receptors), event_peak)
    low, high = machine.accumulator_range
    highest, lowest = reach(up, down)
    start = np.zeros(machine.n_neurons) if machine.start is None else machine.start
    return (highest <= high) & (-lowest >= low) & (start == 0)[:, None]


def _most_added(
    machine: OrderedMachine, shape: tuple[int, int], event_peak: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    if event_peak is None:
        event_peak = np.full(machine.n_inputs, machine.max_events)
    of_rows = np.minimum(event_peak, machine.max_events)[machine.rows]
    peak = np.concatenate([machine.max_spikes, of_rows]).astype(np.int64)
    synapses = machine.synapses.flat()
    most = synapses.weight * peak[synapses.source]
    place = synapses.post.astype(np.int64) * shape[1] + machine.syn_receptor
    up, down = (  # float64 sums are exact: 2**53 is far away
        np.bincount(place, weights=np.maximum(sign * most, 0), minlength=shape[0] * shape[1])
        for sign in (1, -1)
    )
    return up.reshape(shape).astype(np.int64), down.reshape(shape).astype(np.int64)
