"""Runs a machine of summed synapses step by step in numpy, without compiling anything. All integers.

The arithmetic is the one that compiled code uses, over numpy: int32 arrays wrap in both. Sums of weights do not
wrap, which `delivery.sum.check_sums` has proven.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ....targets.arrays import SummedArithmetic
from ....targets.chip import Latency
from ....targets.machines.synapse_list import Machine
from ....targets.machines.synapse_rows import PART, SynapseRows, runs


def run(
    arithmetic: SummedArithmetic,
    registers: Mapping[str, np.ndarray],
    machine: Machine,
    latency: Latency,
    events: np.ndarray,
    *,
    states: bool,
) -> tuple[np.ndarray, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Spikes (T, B, n) uint8, states (T, B, n) int32 by name if asked for, counters (n,) int64 by name.

    registers: (n,) int32 by name. events: (T, B, inputs) uint8 of 0 and 1."""
    n, (steps, batch, _) = machine.n_neurons, events.shape
    synapses = machine.synapses.by_source()
    axons = np.searchsorted(synapses.source, np.arange(n + machine.n_inputs + 1))
    parameters = arithmetic.parameters(registers)
    state = arithmetic.initial(np, registers, (batch, n))
    hops = (latency.neuron_to_neuron, latency.input_to_neuron)
    depth = 1 + max(hops) + int(synapses.delay.max(initial=0))
    ring = np.zeros((depth, batch, n), dtype=np.int32)
    spikes = np.zeros((steps, batch, n), dtype=np.uint8)
    recorded = {name: np.zeros((steps, batch, n), np.int32) for name in (arithmetic.STATES if states else ())}
    counters = {name: np.zeros(n, dtype=np.int64) for name in sorted(arithmetic.Counters._fields)}
    for t in range(steps):
        _bring(ring, t + hops[1], synapses, axons[n:], events[t])
        slot = ring[t % depth]
        state, spikes[t], overflow = arithmetic.step(np, parameters, state, slot)
        slot[:] = 0
        _bring(ring, t + hops[0], synapses, axons[: n + 1], spikes[t])
        for name, total in counters.items():
            total += np.count_nonzero(getattr(overflow, name), axis=0)
        for name, rows in recorded.items():
            rows[t] = getattr(state, name)
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
