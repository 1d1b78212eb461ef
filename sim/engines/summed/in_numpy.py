"""Runs a machine of summed synapses step by step in numpy, without compiling anything. All integers.

The arithmetic is the one that compiled code uses, over numpy: int32 arrays wrap in both. Sums of weights do not
wrap, which `delivery.sum.groups` has proven.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ....targets.arrays import SummedArithmetic
from ..delivery.fired import fired_sum
from ..delivery.sum import Group

Found = tuple[np.ndarray, dict[str, np.ndarray], dict[str, np.ndarray]]
"""Spikes (T, B, n) uint8, states (T, B, n) int32 by name if asked for, counters (n,) int64 by name: of some steps."""

Product = Callable[[np.ndarray], np.ndarray]
"""(B, sources) uint8 spikes of one step -> (B, N) int32: what they bring."""


def start(
    arithmetic: SummedArithmetic,
    registers: Mapping[str, np.ndarray],
    delivery: tuple[Group, ...],
    shape: tuple[int, int, int],
    *,
    states: bool,
) -> Callable[[np.ndarray], Found]:
    """Begin a run; what is given takes the events of its next steps, (T, B, inputs) uint8 of 0 and 1.

    registers: (n,) int32 by name. shape: samples, inputs, neurons."""
    batch, inputs, n = shape
    depth = 1 + max((group.latency for group in delivery), default=0)
    begun = _Begun(
        arithmetic=arithmetic,
        parameters=arithmetic.parameters(registers),
        arrive=[(g.latency, g.from_inputs, _product(g, inputs if g.from_inputs else n, n)) for g in delivery],
        names=arithmetic.STATES if states else (),
        state=arithmetic.initial(np, registers, (batch, n)),
        ring=np.zeros((depth, batch, n), dtype=np.int32),
    )
    return partial(_advance, begun)


@dataclass(kw_only=True)
class _Begun:
    """A run on its way. names: of the states that are recorded. ring: (slots, B, n) int32 what is about to arrive. now:
    the next step."""

    arithmetic: SummedArithmetic
    parameters: Any
    arrive: list[tuple[int, bool, Product]]
    names: tuple[str, ...]
    state: Any
    ring: np.ndarray
    now: int = 0


def _advance(begun: _Begun, events: np.ndarray) -> Found:
    ring, arrive, (_, batch, n) = begun.ring, begun.arrive, begun.ring.shape
    steps, first = len(events), begun.now
    spikes = np.zeros((steps, batch, n), dtype=np.uint8)
    recorded = {name: np.zeros((steps, batch, n), np.int32) for name in begun.names}
    counters = {name: np.zeros(n, dtype=np.int64) for name in sorted(begun.arithmetic.Counters._fields)}
    for t in range(steps):
        _bring(ring, first + t, arrive, events[t], from_inputs=True)
        slot = ring[(first + t) % len(ring)]
        begun.state, spikes[t], overflow = begun.arithmetic.step(np, begun.parameters, begun.state, slot)
        slot[:] = 0
        _bring(ring, first + t, arrive, spikes[t], from_inputs=False)
        for name, total in counters.items():
            total += np.count_nonzero(getattr(overflow, name), axis=0)
        for name, rows in recorded.items():
            rows[t] = getattr(begun.state, name)
    begun.now += steps
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
