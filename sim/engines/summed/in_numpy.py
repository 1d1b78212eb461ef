"""Runs a machine of summed synapses step by step in numpy, without compiling anything. All integers.

The arithmetic is the one that compiled code uses, over numpy: int32 arrays wrap in both. Sums of weights do not
wrap, which `delivery.sum.check_sums` has proven.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ....targets.arrays import SummedArithmetic
from ....targets.chip import Latency
from ....targets.machines.synapse_list import Machine
from ....targets.machines.synapse_rows import PART, SynapseRows, runs

Found = tuple[np.ndarray, dict[str, np.ndarray], dict[str, np.ndarray]]
"""Spikes (T, B, n) uint8, states (T, B, n) int32 by name if asked for, counters (n,) int64 by name: of some steps."""


def start(
    arithmetic: SummedArithmetic,
    registers: Mapping[str, np.ndarray],
    machine: Machine,
    latency: Latency,
    batch: int,
    *,
    states: bool,
) -> Callable[[np.ndarray], Found]:
    """Begin a run; what is given takes the events of its next steps, (T, B, inputs) uint8 of 0 and 1.

    registers: (n,) int32 by name. batch: samples."""
    n, synapses = machine.n_neurons, machine.synapses.by_source()
    hops = (latency.neuron_to_neuron, latency.input_to_neuron)
    depth = 1 + max(hops) + int(synapses.delay.max(initial=0))
    begun = _Begun(
        arithmetic=arithmetic,
        parameters=arithmetic.parameters(registers),
        synapses=synapses,
        axons=np.searchsorted(synapses.source, np.arange(n + machine.n_inputs + 1)),
        hops=hops,
        names=arithmetic.STATES if states else (),
        state=arithmetic.initial(np, registers, (batch, n)),
        ring=np.zeros((depth, batch, n), dtype=np.int32),
    )
    return partial(_advance, begun)


@dataclass(kw_only=True)
class _Begun:
    """A run on its way. axons: (n + inputs + 1,) int64, where those of each source begin. hops: steps from a neuron,
    and from an input, to a neuron. names: of the states that are recorded. ring: (slots, B, n) int32 what is about to
    arrive. now: the next step."""

    arithmetic: SummedArithmetic
    parameters: Any
    synapses: SynapseRows
    axons: np.ndarray
    hops: tuple[int, int]
    names: tuple[str, ...]
    state: Any
    ring: np.ndarray
    now: int = 0


def _advance(begun: _Begun, events: np.ndarray) -> Found:
    ring, synapses, axons, (depth, batch, n) = begun.ring, begun.synapses, begun.axons, begun.ring.shape
    steps, first = len(events), begun.now
    spikes = np.zeros((steps, batch, n), dtype=np.uint8)
    recorded = {name: np.zeros((steps, batch, n), np.int32) for name in begun.names}
    counters = {name: np.zeros(n, dtype=np.int64) for name in sorted(begun.arithmetic.Counters._fields)}
    for t in range(steps):
        _bring(ring, first + t + begun.hops[1], synapses, axons[n:], events[t])
        slot = ring[(first + t) % depth]
        begun.state, spikes[t], overflow = begun.arithmetic.step(np, begun.parameters, begun.state, slot)
        slot[:] = 0
        _bring(ring, first + t + begun.hops[0], synapses, axons[: n + 1], spikes[t])
        for name, total in counters.items():
            total += np.count_nonzero(getattr(overflow, name), axis=0)
        for name, rows in recorded.items():
            rows[t] = getattr(begun.state, name)
    begun.now += steps
    return spikes, recorded, counters


def _bring(ring: np.ndarray, now: int, synapses: SynapseRows, axons: np.ndarray, fired: np.ndarray) -> None:
    """Add to the ring, (depth, B, n), what sources bring that fired, (B, sources). axons: (sources + 1,), where those
    of each source begin. now: the step in which a synapse without delay acts."""
    sample, source = fired.nonzero()
    first, end = axons[source], axons[source + 1]
    chosen, sample = runs(first, end), np.repeat(sample, end - first)
    share = np.cumsum(synapses.lengths[chosen]) // PART
    for part in np.split(np.arange(chosen.size), np.flatnonzero(np.diff(share)) + 1):
        own = chosen[part]
        _, post, weight, delay, _ = synapses.flat(own)
        to = np.repeat(sample[part], synapses.lengths[own]) * ring.shape[2] + post
        late = int(delay.max(initial=0))
        for steps in range(late + 1):
            mine = delay == steps if late else slice(None)
            slot = ring[(now + steps) % len(ring)].reshape(-1)
            slot += np.bincount(to[mine], weight[mine], slot.size).astype(
                np.int32
            )  # exact: all are below 2**53
