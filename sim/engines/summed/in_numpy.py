"""Runs a machine of summed synapses step by step in numpy, without compiling anything. All integers.

The arithmetic is the one that compiled code uses, over numpy: int32 arrays wrap in both. Sums of weights do not
wrap, which `delivery.sum.groups` has proven.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ....targets.arrays import SummedArithmetic
from ..delivery.fired import fired_sum
from ..delivery.sum import Group

Product = Callable[[np.ndarray], np.ndarray]
"""(B, sources) uint8 spikes of one step -> (B, N) int32: what they bring."""


def run(
    arithmetic: SummedArithmetic,
    registers: Mapping[str, np.ndarray],
    delivery: tuple[Group, ...],
    n: int,
    events: np.ndarray,
    *,
    states: bool,
) -> tuple[np.ndarray, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Spikes (T, B, n) uint8, states (T, B, n) int32 by name if asked for, counters (n,) int64 by name.

    registers: (n,) int32 by name. events: (T, B, inputs) uint8 of 0 and 1."""
    steps, batch, inputs = events.shape
    arrive = [(g.latency, g.from_inputs, _product(g, inputs if g.from_inputs else n, n)) for g in delivery]
    parameters = arithmetic.parameters(registers)
    state = arithmetic.initial(np, registers, (batch, n))
    ring = np.zeros((1 + max((group.latency for group in delivery), default=0), batch, n), dtype=np.int32)
    spikes = np.zeros((steps, batch, n), dtype=np.uint8)
    recorded = {name: np.zeros((steps, batch, n), np.int32) for name in (arithmetic.STATES if states else ())}
    counters = {name: np.zeros(n, dtype=np.int64) for name in sorted(arithmetic.Counters._fields)}
    for t in range(steps):
        _bring(ring, t, arrive, events[t], from_inputs=True)
        slot = ring[t % len(ring)]
        state, spikes[t], overflow = arithmetic.step(np, parameters, state, slot)
        slot[:] = 0
        _bring(ring, t, arrive, spikes[t], from_inputs=False)
        for name, total in counters.items():
            total += np.count_nonzero(getattr(overflow, name), axis=0)
        for name, rows in recorded.items():
            rows[t] = getattr(state, name)
    return spikes, recorded, counters


def _bring(
    ring: np.ndarray,
    now: int,
    arrive: list[tuple[int, bool, Product]],
    spikes: np.ndarray,
    *,
    from_inputs: bool,
) -> None:
    for latency, of_inputs, product in arrive:
        if of_inputs == from_inputs:
            ring[(now + latency) % len(ring)] += product(spikes)


def _product(group: Group, sources: int, n: int) -> Product:
    """Dense groups cost what fires, sparse ones all their synapses."""
    if group.dense is not None:
        dense = group.dense.astype(np.int32)

        def product(spikes: np.ndarray) -> np.ndarray:
            sample, source = spikes.nonzero()
            return fired_sum(sample, source, len(spikes), dense)

        return product
    from scipy.sparse import csr_array

    matrix = csr_array((group.weight, (group.post, group.source)), shape=(n, sources))
    return lambda spikes: (matrix @ spikes.T.astype(np.int32)).T
