"""Delivers by sums: all spikes that arrive at a neuron in a step are added up, in any order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....targets.chip import Latency
from ....targets.machines.synapse_list import Machine
from ....targets.row_order import row_order
from ...diagnostic import error, raise_errors

FLOAT32_EXACT = 1 << 24
LARGEST_SUM = (1 << 31) - 1
DENSE_BYTES = 64 << 20


@dataclass(frozen=True, kw_only=True)
class Group:
    """Synapses that are delivered together: of one latency, one sort of source, and onto the same of the sums that a
    neuron has. dense: float32 (sources, neurons) or None; else `source`, `post`, `weight` (k,) int32, sorted by
    `post`."""

    from_inputs: bool
    latency: int
    dense: np.ndarray | None
    source: np.ndarray
    post: np.ndarray
    weight: np.ndarray
    onto: int = 0


def groups(machine: Machine, latency: Latency) -> tuple[Group, ...]:
    """Group all synapses of a machine, by (sort of source, latency, sum)."""
    n, synapses = machine.n_neurons, machine.synapses.flat()
    from_inputs = synapses.source >= n
    onto, weight = added_to(machine, synapses.weight)
    hop = np.where(from_inputs, latency.input_to_neuron, latency.neuron_to_neuron) + synapses.delay
    listed: list[Group] = []
    for inputs in (False, True):
        chosen = from_inputs == inputs
        for steps in np.unique(hop[chosen]).tolist():
            for k in range(machine.sums):
                picked = np.flatnonzero(chosen & (hop == steps) & (onto == k))
                if not picked.size:
                    continue
                source = synapses.source[picked] - (n if inputs else 0)
                width = machine.n_inputs if inputs else n
                ends = (source, synapses.post[picked], weight[picked])
                listed.append(group_of(*ends, inputs, steps, (width, machine.n_places), onto=k))
    return tuple(listed)


def added_to(machine: Machine, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(k,) which of a neuron's sums a synapse of each weight adds to, and how much."""
    if not machine.apart:
        return np.zeros(weight.shape, dtype=np.int8), weight
    return (weight < 0).astype(np.int8), np.abs(weight)


def check_sums(machine: Machine, latency: Latency) -> None:
    """Prove that every sum fits 32 bits, and that every spike has a step to act in.

    Raises DiagnosticError: SPK4010 where the sum onto one neuron may leave 32 bits, SPK4011 for a synapse that acts
    in the step of its own source's spike (no step is left to compute it)."""
    synapses, n, shifted = machine.synapses, machine.n_neurons, machine.shifted
    first = (
        np.minimum.reduceat(synapses.delay, synapses.start[:-1]) if synapses.delay.size else synapses.delay
    )
    if bool((first[synapses.row[synapses.source < n]] + latency.neuron_to_neuron < 1).any()):
        raise_errors([error("SPK4011", "a synapse between neurons acts in the step of its spike")])
    (total,) = synapses.summed(machine.n_places, np.abs(synapses.weight))
    taken = np.floor(total[n:] / 2.0**shifted.shift) + 1
    total[:n] += np.bincount(shifted.neuron, taken, n)
    if total.size and int(total.max()) > LARGEST_SUM:
        worst = int(total.argmax())
        message = f"the weights onto neuron {worst} add up to {int(total[worst])}, more than 32 bits hold"
        raise_errors([error("SPK4010", message)])


def _sizes(post: np.ndarray, weight: np.ndarray, n: int) -> np.ndarray:
    """(n,) float64: the magnitudes of the weights onto each neuron, added up. Exact up to 2**53; a larger sum stays
    larger than any limit that it is held against."""
    return np.bincount(post, weights=np.abs(weight), minlength=n)


def group_of(
    source: np.ndarray,
    post: np.ndarray,
    weight: np.ndarray,
    from_inputs: bool,
    steps: int,
    shape: tuple[int, int],
    *,
    onto: int = 0,
) -> Group:
    """Make a group of synapses, (k,) int64 each; shape: (sources, neurons). onto: which of the sums they add to."""
    order = row_order(post, source)
    source, post, weight = source[order], post[order], weight[order]
    total = _sizes(post, weight, shape[1])
    dense = None
    small = shape[0] * shape[1] * 4 <= DENSE_BYTES and source.size * 16 >= shape[0] * shape[1]
    if small and int(total.max(initial=0)) <= FLOAT32_EXACT:
        matrix = np.zeros(shape, dtype=np.int64)
        np.add.at(matrix, (source, post), weight)
        dense = matrix.astype(np.float32)
    return Group(
        from_inputs=from_inputs,
        latency=steps,
        dense=dense,
        source=source.astype(np.int32),
        post=post.astype(np.int32),
        weight=weight.astype(np.int32),
        onto=onto,
    )
