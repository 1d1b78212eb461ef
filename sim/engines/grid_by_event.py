"""Runs a grid of crossbar cores by its events: what arrived is added row by row, then neurons step many at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from ...targets.arrays import SummedArithmetic
from ...targets.machines.crossbar_grid import GridMachine
from ...targets.native.threads import each
from .choice import Span
from .delivery.crossbar import axon_rows
from .grid_in_numpy import Found
from .grid_kernel import kernel
from .grid_table import MERGED, GridTable, Links
from .padding import power_of_two
from .summed.blocks import Blocks, blocks_of
from .summed.event_kernel import room_to_gather
from .summed.neuron_source import BLOCK

WORD = 8
"""Bytes in which spikes are looked for at once."""


def start(
    arithmetic: SummedArithmetic, machine: GridMachine, table: GridTable, span: Span, *, states: bool
) -> Callable[[np.ndarray], Found]:
    """As `grid_in_numpy.start`, bit for bit."""
    places = len(machine.cores) * table.neurons
    n = -(-places // BLOCK) * BLOCK
    registers = {name: _spread(values, table.place, n) for name, values in table.registers.items()}
    rows = axon_rows(machine, table.neurons)
    small = int(np.abs(rows).max(initial=0)) < 1 << 15
    blocks = blocks_of(arithmetic, registers, n)
    begun = _Begun(
        blocks=blocks,
        run=kernel(blocks.source),
        names=sorted(arithmetic.Counters._fields),
        place=table.place,
        states=states,
        inputs=-(-machine.n_inputs // WORD) * WORD,
        inward=_by_source(table.inputs, machine.n_inputs),
        onward=_by_source(table.links, n, table.place),
        rows=rows.astype(np.int16) if small else rows,
        axons=machine.n_axons,
        state=np.repeat(blocks.state[None], span.batch, axis=0),
        mailbox=np.zeros((span.batch, power_of_two(table.depth), len(rows)), dtype=table.count),
    )
    return partial(_advance, begun)


@dataclass(kw_only=True)
class _Begun:
    """A run on its way. inputs: bytes of the elements, whole words. inward, onward: first, target, delay of the links
    of each source. rows: (axons of all cores, neurons of a core) weights. mailbox: (B, slots, axons) arrivals."""

    blocks: Blocks
    run: Callable[..., None]
    names: list[str]
    place: np.ndarray
    states: bool
    inputs: int
    inward: tuple[np.ndarray, ...]
    onward: tuple[np.ndarray, ...]
    rows: np.ndarray
    axons: int
    state: np.ndarray
    mailbox: np.ndarray
    now: int = 0


def _advance(begun: _Begun, events: np.ndarray) -> Found:
    (steps, batch, elements), n = events.shape, begun.blocks.which.size * BLOCK
    source = begun.blocks.source
    given = np.zeros((batch, steps, begun.inputs), dtype=np.uint8)
    given[:, :, :elements] = events.transpose(1, 0, 2)
    spikes = np.zeros((batch, steps, n), dtype=np.uint8)
    recorded = np.zeros((batch, steps if begun.states else 0, n), dtype=np.int32)
    counted = np.zeros((batch, len(source.counters), n), dtype=np.int64)
    merged = np.zeros((batch, len(begun.rows)), dtype=np.int64)
    potential = source.states.index("v")

    def sample(b: int) -> None:
        begun.run(
            given[b].view(np.uint64), given[b], spikes[b].view(np.uint64), spikes[b], begun.now, begun.inward,
            begun.onward, begun.rows, begun.axons, begun.mailbox[b], begun.state[b], begun.blocks.parameters,
            begun.blocks.which, counted[b], merged[b], recorded[b], potential,
            room_to_gather(max(n, begun.inputs)), np.zeros(n, dtype=np.int32),
            np.empty(BLOCK, dtype=np.int32),
        )  # fmt: skip

    each(sample, batch)
    begun.now += steps
    totals = dict(zip(source.counters, counted.sum(axis=0), strict=True))
    none = np.zeros(n, dtype=np.int64)
    counters = {name: totals.get(name, none)[begun.place] for name in begun.names}
    return (
        spikes[:, :, begun.place].transpose(1, 0, 2),
        recorded[:, :, begun.place].transpose(1, 0, 2),
        {**counters, MERGED: merged.sum(axis=0)},
    )


def _spread(values: np.ndarray, place: np.ndarray, n: int) -> np.ndarray:
    """(n,) registers by place; where no neuron is, those of another one."""
    spread = np.zeros(n, dtype=np.int32)
    spread[:] = values[0] if values.size else 0
    spread[place] = values
    return spread


def _by_source(links: Links, sources: int, place: np.ndarray | None = None) -> tuple[np.ndarray, ...]:
    """First link of each source, and of all where they arrive and when. place: of neurons among the sources."""
    source = links.source if place is None else place[links.source]
    order = np.argsort(source, kind="stable")
    first = np.searchsorted(source[order], np.arange(sources + 1)).astype(np.int64)
    return first, links.target[order].astype(np.int64), links.delay[order].astype(np.int64)
