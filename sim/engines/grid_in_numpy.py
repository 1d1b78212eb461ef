"""Runs a grid of crossbar cores tick by tick in numpy, without compiling anything. All integers.

The arithmetic is the one that compiled code uses, over numpy: int32 arrays wrap in both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ...targets.arrays import NUMPY, SummedArithmetic
from ...targets.machines.crossbar_grid import GridMachine
from .delivery.crossbar import axon_rows
from .delivery.fired import fired_sum
from .grid_table import MERGED, GridTable, Links

Found = tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]
"""Of some ticks: spikes (T, B, n) uint8, potentials (T, or 0 if not asked for, B, n) int32, and by name int64 counters
(n,), or (axons of all cores,) of MERGED."""


def start(
    arithmetic: SummedArithmetic, machine: GridMachine, table: GridTable, batch: int, *, states: bool
) -> Callable[[np.ndarray], Found]:
    """Begin a run; what is given takes the events of its next ticks, (T, B, elements) uint8 of 0 and 1."""
    axons = len(machine.cores) * machine.n_axons
    inward, onward = (_arrivals(links, axons, table.count) for links in (table.inputs, table.links))
    begun = _Begun(
        arithmetic=arithmetic,
        table=table,
        cores=len(machine.cores),
        axons=machine.n_axons,
        rows=axon_rows(machine, table.neurons),
        inward=inward,
        onward=onward,
        parameters=arithmetic.parameters(table.registers),
        states=states,
        state=arithmetic.initial(np, table.registers, (batch, machine.n_neurons)),
        mailbox=np.zeros((batch, table.depth * axons), dtype=table.count),
    )
    return partial(_advance, begun)


@dataclass(kw_only=True)
class _Begun:
    """A run on its way. axons: of a core. rows: (axons of all cores, neurons of a core) weights. mailbox: (B, slots *
    axons) arrivals. now: the next tick."""

    arithmetic: SummedArithmetic
    table: GridTable
    cores: int
    axons: int
    rows: np.ndarray
    inward: _Arrivals
    onward: _Arrivals
    parameters: Any
    states: bool
    state: Any
    mailbox: np.ndarray
    now: int = 0


def _advance(begun: _Begun, events: np.ndarray) -> Found:
    (steps, batch, _), n = events.shape, begun.table.place.size
    arithmetic, table, states, mailbox = begun.arithmetic, begun.table, begun.states, begun.mailbox
    axons, cores = len(begun.rows), begun.cores
    spikes = np.zeros((steps, batch, n), dtype=np.uint8)
    recorded = np.zeros((steps if states else 0, batch, n), dtype=np.int32)
    counters = {name: np.zeros(n, dtype=np.int64) for name in arithmetic.Counters._fields}
    merged = np.zeros(axons, dtype=np.int64)
    for t in range(steps):
        now = begun.now + t
        begun.inward.put(mailbox, now, events[t])
        first = now % table.depth * axons
        slot = mailbox[:, first : first + axons]
        sample, axon = slot.nonzero()
        merged += slot.sum(axis=0, dtype=np.int64) - np.bincount(axon, minlength=axons)
        arrived = fired_sum(sample * cores + axon // begun.axons, axon, batch * cores, begun.rows)
        arrived = arrived.reshape(batch, cores * table.neurons)[:, table.place]
        begun.state, spikes[t], counted = arithmetic.step(NUMPY, begun.parameters, begun.state, arrived)
        slot[:] = 0
        begun.onward.put(mailbox, now, spikes[t])
        for name, total in counters.items():
            total += np.count_nonzero(getattr(counted, name), axis=0)
        if states:
            recorded[t] = begun.state.v
    begun.now += steps
    return spikes, recorded, {**counters, MERGED: merged}


@dataclass(frozen=True, kw_only=True)
class _Arrivals:
    """Links by where they arrive. source: of the links, in the order of where they arrive; first: (m,) of those that
    arrive at each place; delay, target: (m,) that place, no two the same."""

    source: np.ndarray
    first: np.ndarray
    delay: np.ndarray
    target: np.ndarray
    axons: int
    count: np.dtype

    def put(self, mailbox: np.ndarray, now: int, spikes: np.ndarray) -> None:
        """Add what the spikes (B, sources) of tick `now` bring to the mailbox (B, slots * axons)."""
        slots = mailbox.shape[1] // max(1, self.axons)
        arrived = np.add.reduceat(spikes[:, self.source], self.first, axis=1, dtype=self.count)
        mailbox[:, (now + self.delay) % max(1, slots) * self.axons + self.target] += arrived


def _arrivals(links: Links, axons: int, count: np.dtype) -> _Arrivals:
    place = links.delay * axons + links.target
    order = np.argsort(place, kind="stable")
    places, first = np.unique(place[order], return_index=True)
    return _Arrivals(
        source=links.source[order], first=first, delay=places // axons, target=places % axons,
        axons=axons, count=count,
    )  # fmt: skip
