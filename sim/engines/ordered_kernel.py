"""The compiled loop of a machine whose sums depend on order: deliver, update, step after step, one sample."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from types import ModuleType

import numpy as np

from ...targets.chip import Range
from ...targets.machines.ordered import OrderedMachine
from ...targets.native.jit import SCALARS, compiled
from .delivery.ordered import Table, tables, without_saturation
from .ordered_run import Sample

Step = Callable[[np.ndarray, np.ndarray, int], tuple[tuple[int, ...], int, tuple[int, ...]]]
"""Parameters, states and spikes so far of one neuron -> its states, its spikes, what is counted."""


def by_synapses(
    machine: OrderedMachine,
    module: ModuleType,
    batch: int,
    turns: np.ndarray,
    *,
    states: bool,
    fast: bool,
    peak: np.ndarray | None,
    **variant: bool,
) -> Sample:
    """Begin the runs of all samples. fast, peak: as of `start_ordered`."""
    n, n_states = machine.n_neurons, len(module.STATES)
    p = np.stack([machine.params[name] for name in module.PARAMETERS], axis=1).astype(np.int32)
    proven = np.zeros((n, module.RECEPTORS), dtype=np.bool_)
    if fast:
        proven = without_saturation(machine, partial(module.reach, machine.params), module.RECEPTORS, peak)
    free, clipped = tables(machine, n_states, proven)
    turns = turns.astype(np.int32)
    run = kernel(module, tuple(sorted(variant.items())), machine.turn is not None)
    alias, limit = machine.alias_target.astype(np.int32), machine.max_spikes.astype(np.int32)
    accumulators = np.zeros((batch, n, n_states), dtype=np.int32)
    if machine.start is not None:
        accumulators[:, :, 0] = machine.start

    def sample(b: int, sent: np.ndarray, spikes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        recorded = np.zeros((len(sent) if states else 0, n, n_states), dtype=np.int32)
        counts = np.zeros((n, 1 + len(module.COUNTERS)), dtype=np.int64)
        run(
            sent, free, clipped, turns, machine.accumulator_range, alias, limit, p, accumulators[b], spikes, recorded,
            counts,
        )  # fmt: skip
        return recorded.transpose(2, 0, 1), counts.T

    return sample


@compiled
def deliver(
    events: np.ndarray,
    before: np.ndarray,
    free: Table,
    clipped: Table,
    bounds: Range,
    accumulators: np.ndarray,
    counts: np.ndarray,
) -> None:
    """Add to the accumulators (N, S): all inputs of this step, ascending, then all neurons that spiked in the step
    before, ascending.

    One function, because a call with so many arrays takes longer than a row."""
    flat, width, inputs = accumulators.reshape(-1), accumulators.shape[1], events.shape[0]
    for turn in range(inputs + before.shape[0]):
        count = events[turn] if turn < inputs else before[turn - inputs]
        if count == 0:
            continue
        for k in range(free.first[turn], free.first[turn + 1]):
            flat[free.accumulator[k]] += count * free.weight[k]
        for k in range(clipped.first[turn], clipped.first[turn + 1]):
            place = clipped.accumulator[k]
            exact = flat[place] + count * clipped.weight[k]
            kept = min(max(exact, bounds[0]), bounds[1])
            flat[place] = kept
            if kept != exact:
                counts[place // width, 0] += 1


@compiled
def deliver_together(
    events: np.ndarray,
    before: np.ndarray,
    free: Table,
    clipped: Table,
    turns: np.ndarray,
    bounds: Range,
    accumulators: np.ndarray,
    counts: np.ndarray,
) -> None:
    """The same turn after turn, where what an input element and a neuron of one turn bring to an accumulator is one
    addition. turns: (K, 2) int32 of each turn the input element and the neuron, -1 for none."""
    flat, width, inputs = accumulators.reshape(-1), accumulators.shape[1], events.shape[0]
    for turn in range(turns.shape[0]):
        element, neuron = turns[turn, 0], turns[turn, 1]
        sent = int(events[element]) if element >= 0 else 0
        fired = int(before[neuron]) if neuron >= 0 else 0
        i = j = end_i = end_j = 0
        if sent > 0:
            for k in range(free.first[element], free.first[element + 1]):
                flat[free.accumulator[k]] += sent * free.weight[k]
            i, end_i = int(clipped.first[element]), int(clipped.first[element + 1])
        if fired > 0:
            for k in range(free.first[neuron + inputs], free.first[neuron + inputs + 1]):
                flat[free.accumulator[k]] += fired * free.weight[k]
            j, end_j = int(clipped.first[neuron + inputs]), int(clipped.first[neuron + inputs + 1])
        while i < end_i or j < end_j:
            of_input = i < end_i and (j >= end_j or clipped.accumulator[i] <= clipped.accumulator[j])
            of_neuron = j < end_j and (i >= end_i or clipped.accumulator[j] <= clipped.accumulator[i])
            place = clipped.accumulator[i] if of_input else clipped.accumulator[j]
            exact = int(flat[place])
            if of_input:
                exact += sent * clipped.weight[i]
                i += 1
            if of_neuron:
                exact += fired * clipped.weight[j]
                j += 1
            kept = min(max(exact, bounds[0]), bounds[1])
            flat[place] = kept
            if kept != exact:
                counts[place // width, 0] += 1


@compiled
def keep(accumulators: np.ndarray, recorded: np.ndarray) -> None:
    """recorded[:] = accumulators, which compiles ten times faster as a loop."""
    for j in range(accumulators.shape[0]):
        for k in range(accumulators.shape[1]):
            recorded[j, k] = accumulators[j, k]


@cache
def kernel(module: ModuleType, variant: tuple[tuple[str, bool], ...], together: bool) -> Callable[..., None]:
    """The loop with the step of `module.arithmetic(..., **variant)`:
    (events (T, E) uint8, free, clipped, turns (K, 2), (low, high), alias (N,), limits (N,), p (N, P), accumulators
    (N, S), spikes (1 + T, N) uint8, recorded (T or 0, N, S), counts (N, 1 + counters)) -> None.
    spikes[0] are those of the step before the first; all other arrays but the inputs are written. together: whether
    turns are those of the machine, else they are not looked at."""
    step = module.arithmetic(SCALARS, compiled, **dict(variant)).step
    update = _update(step, len(module.STATES), len(module.COUNTERS))

    @compiled
    def run(
        events: np.ndarray, free: Table, clipped: Table, turns: np.ndarray, bounds: Range, alias: np.ndarray,
        limits: np.ndarray, p: np.ndarray, accumulators: np.ndarray, spikes: np.ndarray, recorded: np.ndarray,
        counts: np.ndarray,
    ) -> None:  # fmt: skip
        for t in range(events.shape[0]):
            if together:
                deliver_together(events[t], spikes[t], free, clipped, turns, bounds, accumulators, counts)
            else:
                deliver(events[t], spikes[t], free, clipped, bounds, accumulators, counts)
            update(alias, limits, p, accumulators, spikes[t + 1], counts)
            if recorded.shape[0]:
                keep(accumulators, recorded[t])

    return run


def _update(step: Step, n_states: int, n_counters: int) -> Callable[..., None]:
    """All neurons, ascending. `fired` (N,) starts at 0 and collects own spikes and copies; an alias to a neuron
    that has already had its turn still arrives there, but is not copied on."""

    @compiled
    def update(
        alias: np.ndarray,
        limits: np.ndarray,
        p: np.ndarray,
        accumulators: np.ndarray,
        fired: np.ndarray,
        counts: np.ndarray,
    ) -> None:
        for j in range(accumulators.shape[0]):
            after, fired[j], noted = step(p[j], accumulators[j], fired[j])
            for k in range(n_states):
                accumulators[j, k] = after[k]
            for k in range(n_counters):
                if noted[k]:
                    counts[j, 1 + k] += 1
            target = alias[j]
            if target >= 0:
                fired[target] = min(int(fired[target]) + int(fired[j]), limits[target])

    return update
