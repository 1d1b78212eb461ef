"""The compiled loop of an ordered machine whose sources reach most of its accumulators: each adds a whole row.

A row is added as wide as the processor adds: every place is clipped as if its synapse were looked up, and where a
source has none it adds 0, which clips nothing.
"""
# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
# An element of an array is a scalar to the kernel's compiler, and an array to a type checker.

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import ModuleType

import numpy as np

from ...targets.chip import Range
from ...targets.machines.ordered import OrderedMachine
from ...targets.native.jit import compiled
from .ordered_run import Sample
from .ordered_source import source_of
from .summed.event_kernel import step_of

MOST_BYTES = 64 << 20
FILLED = 4
"""Rows are added whole where at least one in so many of their places has a synapse."""


def by_rows(
    machine: OrderedMachine,
    module: ModuleType,
    batch: int,
    turns: np.ndarray,
    *,
    states: bool,
    **variant: bool,
) -> Sample | None:
    """Begin the runs of all samples; None where rows are not added whole, see `matrix`, and where neurons have
    aliases."""
    weights = None if (machine.alias_target >= 0).any() else matrix(machine, module.RECEPTORS)
    if weights is None:
        return None
    n, run = machine.n_neurons, kernel(module, tuple(sorted(variant.items())))
    p = np.stack([machine.params[name] for name in module.PARAMETERS]).astype(np.int32)
    held = np.zeros((batch, len(module.STATES), n), dtype=np.int32)
    if machine.start is not None:
        held[:, 0] = machine.start
    turns = turns.astype(np.int32)

    def sample(b: int, sent: np.ndarray, spikes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        recorded = np.zeros((len(sent) if states else 0, *held.shape[1:]), dtype=np.int32)
        counts = np.zeros((1 + len(module.COUNTERS), n), dtype=np.int64)
        run(sent, weights, turns, machine.accumulator_range, p, held[b], spikes, recorded, counts)
        return recorded.transpose(1, 0, 2), counts

    return sample


def matrix(machine: OrderedMachine, receptors: int) -> np.ndarray | None:
    """(sources, receptors * N) int16 or int32: what a spike of each source, neurons first, brings to each accumulator.

    None where most of it would be 0, or too large, or where two synapses of a source lead to one accumulator, as each
    is clipped by itself."""
    n, synapses = machine.n_neurons, machine.synapses
    shape = (n + machine.rows.size, receptors * n)
    if shape[0] * shape[1] > min(FILLED * synapses.count, MOST_BYTES // 4):
        return None
    weight = synapses.weight
    narrow = int(weight.min(initial=0)) >= -(1 << 15) and int(weight.max(initial=0)) < 1 << 15
    found = np.zeros(shape, dtype=np.int16 if narrow else np.int32)
    source, row, base, start, receptor = (
        values.astype(np.int64)
        for values in (synapses.source, synapses.row, synapses.base, synapses.start, machine.syn_receptor)
    )
    offset, code = synapses.offset.astype(np.int32), weight.astype(np.int32)
    taken = np.zeros(shape, dtype=np.bool_)
    once = fill(source, row, base, start, offset, code, receptor, n, found, taken)
    return found if once else None


@compiled
def fill(
    source: np.ndarray, row: np.ndarray, base: np.ndarray, start: np.ndarray, offset: np.ndarray, weight: np.ndarray,
    receptor: np.ndarray, n: int, found: np.ndarray, taken: np.ndarray,
) -> bool:  # fmt: skip
    """Enter all synapses, as of `SynapseRows`, of n neurons; False where two have one place. taken: all False."""
    k = 0
    for e in range(source.size):
        for at in range(start[row[e]], start[row[e] + 1]):
            place = receptor[k] * n + base[e] + offset[at]
            if taken[source[e], place]:
                return False
            taken[source[e], place] = True
            found[source[e], place] = weight[at]
            k += 1
    return True


@compiled
def deliver(
    sent: np.ndarray,
    fired: np.ndarray,
    weights: np.ndarray,
    turns: np.ndarray,
    bounds: Range,
    sums: np.ndarray,
    clipped: np.ndarray,
) -> None:
    """Add to the accumulators (receptors * N,) turn after turn, (K, 2) int32 the input row and the neuron of each, -1
    for none. sent: (E,) uint8 of the input rows; fired: (N,) uint8 of the neurons. clipped: (receptors * N,) int32,
    additions that were clipped, counted on: few enough in a step for 32 bits."""
    low, high = np.int32(bounds[0]), np.int32(bounds[1])
    flat, width, n = weights.reshape(-1), np.uint64(sums.shape[0]), fired.shape[0]
    for turn in range(turns.shape[0]):
        element, neuron = turns[turn, 0], turns[turn, 1]
        of_input = np.int32(sent[element]) if element >= 0 else np.int32(0)
        of_neuron = np.int32(fired[neuron]) if neuron >= 0 else np.int32(0)
        if of_input == 0 and of_neuron == 0:
            continue
        one, other = np.uint64(n + element) * width, np.uint64(max(neuron, 0)) * width
        if of_input + of_neuron == 1:
            only = one if of_input else other
            for k in range(width):
                exact = np.int32(sums[k] + np.int32(flat[only + k]))
                kept = min(max(exact, low), high)
                sums[k] = kept
                clipped[k] = np.int32(clipped[k] + np.int32(kept != exact))
            continue
        for k in range(width):
            brought = np.int32(of_input * flat[one + k]) + np.int32(of_neuron * flat[other + k])
            exact = np.int32(sums[k] + np.int32(brought))
            kept = min(max(exact, low), high)
            sums[k] = kept
            clipped[k] = np.int32(clipped[k] + np.int32(kept != exact))


@cache
def kernel(module: ModuleType, variant: tuple[tuple[str, bool], ...]) -> Callable[..., None]:
    """The loop with the step of `module.arithmetic(..., **variant)`, of neurons without aliases:
    (sent (T, E) uint8, weights (sources, receptors * N), turns (K, 2) int32, (low, high), p (P, N)
    int32, states (S, N) int32, spikes (1 + T, N) uint8, recorded (T or 0, S, N) int32, counts (1 + counters, N) int64)
    -> None.
    spikes[0] are those of the step before the first; all other arrays but the inputs are written."""
    step, receptors = step_of(source_of(module, variant)), module.RECEPTORS

    @compiled
    def run(
        sent: np.ndarray, weights: np.ndarray, turns: np.ndarray, bounds: Range, p: np.ndarray,
        states: np.ndarray, spikes: np.ndarray, recorded: np.ndarray, counts: np.ndarray,
    ) -> None:  # fmt: skip
        n = states.shape[1]
        sums = states[:receptors].reshape(-1)
        clipped = np.zeros(sums.shape[0], np.int32)
        notes = np.zeros(sums.shape[0], np.int32)
        for t in range(sent.shape[0]):
            deliver(sent[t], spikes[t], weights, turns, bounds, sums, clipped)
            step(p, states, spikes[t + 1], counts, notes)
            for r in range(receptors):
                for j in range(n):
                    counts[0, j] += clipped[r * n + j]
            clipped[:] = 0
            if recorded.shape[0]:
                recorded[t] = states

    return run
