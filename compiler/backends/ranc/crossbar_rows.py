"""Rows of cores: a copy of a neuron for each axon that hears it, or, where those are more than a core holds, for each
splitter: an axon of another core on which neurons repeat the spikes one step later, each for one of the axons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .axon_lines import Wires, axons_of
from .clusters import Room
from .pack import pack

OUTPUT = -1


@dataclass(frozen=True, kw_only=True)
class Axons:
    """Axons that neurons hear, splitters left out: core, wire, index on the core, (a,) int64 each, sorted by core
    and wire."""

    core: np.ndarray
    wire: np.ndarray
    index: np.ndarray

    @staticmethod
    def of(wires: Wires, core: np.ndarray) -> Axons:
        """Number the axons of each core. core: (n,) of each neuron."""
        heard, wire = axons_of(wires, core)
        return Axons(core=heard, wire=wire, index=np.arange(heard.size) - np.searchsorted(heard, heard))


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Rows of the cores' crossbars. One for each copy and each splitter, (r,) int64 each: it is on `core` and does
    what `neuron` does, or repeats it; its spikes go to axon or line `axon` of core `target` (OUTPUT: the bus) after
    `delay`. hears: the axon that a splitter hears, -1 of a copy. cores: those of splitters come last."""

    core: np.ndarray
    neuron: np.ndarray
    target: np.ndarray
    axon: np.ndarray
    delay: np.ndarray
    hears: np.ndarray
    cores: int

    @property
    def splits(self) -> np.ndarray:
        """Mark the rows that are splitters."""
        return self.hears >= 0


def rows_taken(wires: Wires, targets: np.ndarray, room: Room) -> np.ndarray:
    """Count the copies that each neuron takes, (n,) int64, at least 1. targets: (n,) axons and lines that it
    reaches."""
    split = _split(wires, targets, room)
    through = -(-(targets - wires.read) // room.rows) + wires.read
    return np.maximum(np.where(split, through, targets), 1)


def _split(wires: Wires, targets: np.ndarray, room: Room) -> np.ndarray:
    """(n,) bool: neurons of more targets than a core has rows, whose spikes have a step to spare on every way."""
    earliest = np.full(wires.n_sources, np.iinfo(np.int64).max)
    np.minimum.at(earliest, wires.source, wires.delay)
    return (targets > room.rows) & (earliest[: wires.n] >= 1)


def rows_of(wires: Wires, core: np.ndarray, room: Room) -> Rows:
    """Build the rows of all cores, sorted by core, neuron, target and axon. core: (n,) of each neuron.

    A neuron that nothing hears drives a line of the bus behind all that are read."""
    axons = Axons.of(wires, core)
    source = wires.source[axons.wire]
    inner = np.flatnonzero(source < wires.n)
    targets = np.bincount(source[inner], minlength=wires.n) + wires.read
    split = _split(wires, targets, room)
    plain = inner[~split[source[inner]]]
    served = inner[split[source[inner]]]
    cores = int(core.max(initial=-1)) + 1
    read, alone = np.flatnonzero(wires.read), np.flatnonzero(targets == 0)
    group, where, on, first = _groups(source[served], room)
    repeat = _columns(
        cores + where[group], source[served], axons.core[served], axons.index[served],
        wires.delay[axons.wire[served]] - 1, on[group],
    )  # fmt: skip
    zero, line = np.zeros_like, np.arange(read.size)
    sent = source[plain]
    parts = (
        _columns(core[read], read, zero(read) + OUTPUT, line, zero(read), zero(read) - 1),
        _columns(
            core[sent],
            sent,
            axons.core[plain],
            axons.index[plain],
            wires.delay[axons.wire[plain]],
            zero(sent) - 1,
        ),
        _columns(
            core[alone], alone, zero(alone) + OUTPUT, zero(alone) + read.size, zero(alone), zero(alone) - 1
        ),
        _columns(core[first], first, cores + where, on, zero(first), zero(first) - 1),
        repeat,
    )
    every = np.concatenate(parts, axis=1)
    order = np.lexsort((every[3], every[2], every[1], every[0]))
    at, neuron, target, axon, delay, hears = every[:, order]
    return Rows(
        core=at, neuron=neuron, target=target, axon=axon, delay=delay, hears=hears,
        cores=cores + (int(where.max()) + 1 if where.size else 0),
    )  # fmt: skip


def _columns(*values: np.ndarray) -> np.ndarray:
    return np.stack([np.asarray(column, dtype=np.int64) for column in values])


def _groups(source: np.ndarray, room: Room) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Splitters by the axon that they hear. source: (s,) neuron that each repeats, in order of their targets.

    Of each splitter its group; of each group its core among those of splitters, its axon there and its neuron."""
    place = np.zeros(source.size, dtype=np.int64)
    order = np.argsort(source, kind="stable")
    ordered = source[order]
    place[order] = np.arange(source.size) - np.searchsorted(ordered, ordered)
    pairs, group = np.unique(np.stack([source, place // room.rows]), axis=1, return_inverse=True)
    group = group.reshape(-1)
    size = np.bincount(group, minlength=pairs.shape[1]).astype(np.int64)
    where = pack(np.ones(size.size, dtype=np.int64), size, room).bin
    by_core = np.argsort(where, kind="stable")
    on = np.zeros(where.size, dtype=np.int64)
    on[by_core] = np.arange(where.size) - np.searchsorted(where[by_core], where[by_core])
    return group, where, on, pairs[0]


def usage(wires: Wires, rows: Rows, core: np.ndarray) -> tuple[dict[str, int], ...]:
    """Count the axons and rows of each core."""
    heard, _ = axons_of(wires, core)
    axons = np.bincount(heard, minlength=rows.cores)
    split = np.unique(np.stack([rows.core, rows.hears])[:, rows.splits], axis=1)
    axons += np.bincount(split[0], minlength=rows.cores)
    row_counts = np.bincount(rows.core, minlength=rows.cores)
    return tuple({"axons": int(a), "neurons": int(r)} for a, r in zip(axons, row_counts, strict=True))
