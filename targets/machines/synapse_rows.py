"""Synapses as a chip of rows keeps them: what one spike brings is a row, and rows that are alike are there once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

PART = 1 << 20
"""Synapses that are listed at once."""
NO_AXON = -1


class Flat(NamedTuple):
    """Synapses one by one: (k,) integers each, int32 where they fit."""

    source: np.ndarray
    post: np.ndarray
    weight: np.ndarray
    delay: np.ndarray
    axon: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class SynapseRows:
    """E axons of sources, and the R rows of synapses that they share.

    source, row, base, axon: (E,) int32 or int64: a spike of `source` goes along each synapse of `row`, onto the neuron
    `base + offset` of it; `axon` is the number of the input axon on its core for messages, else NO_AXON.
    start: (R + 1,) int64: row r is synapses start[r] .. start[r + 1] - 1, at least one.
    offset, weight, delay: (S,) of the narrowest signed integers that hold them; weights float64 before they are
    rounded.
    """

    source: np.ndarray
    row: np.ndarray
    base: np.ndarray
    axon: np.ndarray
    start: np.ndarray
    offset: np.ndarray
    weight: np.ndarray
    delay: np.ndarray

    @cached_property
    def lengths(self) -> np.ndarray:
        """(E,) int64, synapses of each axon."""
        return np.diff(self.start)[self.row]

    @cached_property
    def count(self) -> int:
        """Synapses, those of shared rows once for each axon."""
        return int(self.lengths.sum())

    def flat(self, chosen: slice | np.ndarray = slice(None)) -> Flat:
        """List the synapses of the chosen axons one by one, in order of axons."""
        length, at = self._places(chosen)
        base = self.base[chosen]
        return Flat(
            source=np.repeat(self.source[chosen], length),
            post=np.repeat(base, length) + self.offset[at],
            weight=self.weight[at].astype(_at_least_int32(self.weight)),
            delay=self.delay[at].astype(_at_least_int32(self.delay)),
            axon=np.repeat(self.axon[chosen], length),
        )

    def sources(self) -> np.ndarray:
        """List the source of every synapse, one by one, in order of axons: (k,) int64."""
        return np.repeat(self.source, self.lengths).astype(np.int64, copy=False)

    def posts(self) -> np.ndarray:
        """List in the same order which neuron each goes to: (k,) int64."""
        length, at = self._places(slice(None))
        return (np.repeat(self.base, length) + self.offset[at]).astype(np.int64, copy=False)

    def weights(self) -> np.ndarray:
        """List in the same order the code of each: (k,) int64."""
        return self.weight[self._places(slice(None))[1]].astype(np.int64)

    def delays(self) -> np.ndarray:
        """List in the same order the delay of each: (k,) int64."""
        return self.delay[self._places(slice(None))[1]].astype(np.int64)

    def _places(self, chosen: slice | np.ndarray) -> tuple[np.ndarray, np.ndarray | slice]:
        """How many synapses each of the chosen axons has, and where all of these are among the stored ones: a slice
        where they lie side by side, which is quicker to read."""
        row, length = self.row[chosen], self.lengths[chosen]
        if not row.size:
            return length, slice(0, 0)
        if bool((np.diff(row) == 1).all()):
            return length, slice(int(self.start[row[0]]), int(self.start[row[-1] + 1]))
        return length, runs(self.start[row], self.start[row] + length)

    def parts(self, most: int = PART) -> Iterator[slice]:
        """Runs of axons with at most so many synapses, all of a source together; a source with more is one run. The
        axons must be ordered by source."""
        total = np.cumsum(self.lengths)
        heads = (
            np.flatnonzero(np.concatenate([[True], np.diff(self.source) != 0])) if self.source.size else []
        )
        ends = np.append(heads, self.source.size)[1:]
        first = 0
        while first < self.source.size:
            room = (int(total[first - 1]) if first else 0) + most
            fits = int(np.searchsorted(total[ends - 1], room, side="right"))
            last = int(ends[max(fits - 1, int(np.searchsorted(ends, first, side="right")))])
            yield slice(first, last)
            first = last

    def uses(self) -> np.ndarray:
        """Count the axons that each synapse is of: (S,) int64."""
        return np.repeat(np.bincount(self.row, minlength=self.start.size - 1), np.diff(self.start))

    def summed(self, n: int, *values: np.ndarray) -> list[np.ndarray]:
        """(n,) float64 each: values (S,) of any kind of number, added up by the neuron that each synapse goes to, in
        order of axons."""
        from .rows_kernel import add_up

        totals = [np.zeros(n) for _ in values]
        for total, each in zip(totals, values, strict=True):
            add_up(self.row, self.base, self.start, self.offset, each, total)
        return totals

    def kept(self, chosen: np.ndarray) -> SynapseRows:
        """Without the synapses that are not chosen, (S,) bool, and without what is then empty."""
        left = (
            np.add.reduceat(chosen, self.start[:-1], dtype=np.int64)
            if chosen.size
            else chosen.astype(np.int64)
        )
        axons, number = left[self.row] > 0, np.cumsum(left > 0) - 1
        return SynapseRows(
            source=self.source[axons], row=narrow(number[self.row[axons]]), base=self.base[axons],
            axon=self.axon[axons], start=np.concatenate([[0], np.cumsum(left[left > 0])]),
            offset=self.offset[chosen], weight=self.weight[chosen], delay=self.delay[chosen],
        )  # fmt: skip

    def of_axons(self, chosen: np.ndarray) -> SynapseRows:
        """The chosen axons in this order, with all rows."""
        return SynapseRows(
            source=self.source[chosen], row=self.row[chosen], base=self.base[chosen], axon=self.axon[chosen],
            start=self.start, offset=self.offset, weight=self.weight, delay=self.delay,
        )  # fmt: skip

    def by_source(self) -> SynapseRows:
        """The same synapses with the axons in order of their sources."""
        if bool((np.diff(self.source) >= 0).all()):
            return self
        return self.of_axons(np.argsort(self.source, kind="stable"))


def as_rows(
    source: np.ndarray,
    post: np.ndarray,
    weight: np.ndarray,
    delay: np.ndarray | int = 0,
    axon: np.ndarray | int = NO_AXON,
) -> SynapseRows:
    """Take synapses one by one, (k,) integers each, in any order, which `flat` keeps: a row for each run of one source
    and axon."""
    delay, axon = (np.broadcast_to(np.asarray(values), source.shape) for values in (delay, axon))
    new = np.ones(source.size, dtype=np.bool_)
    new[1:] = (source[1:] != source[:-1]) | (axon[1:] != axon[:-1])
    head = np.flatnonzero(new)
    return SynapseRows(
        source=narrow(source[head]),
        row=narrow(np.arange(head.size)),
        base=np.zeros(head.size, dtype=np.int32),
        axon=narrow(axon[head]),
        start=np.append(head, source.size),
        offset=narrowest(post),
        weight=weight if weight.dtype == np.float64 else narrowest(weight),
        delay=narrowest(delay),
    )


def joined(parts: Iterable[tuple[SynapseRows, int, int]]) -> SynapseRows:
    """Put rows of synapses behind each other: (rows, what their sources count from, what their neurons count from)."""
    none = as_rows(*(np.zeros(0, dtype=np.int64),) * 3)
    given = [(none, 0, 0), *parts]
    row = np.cumsum([0, *(len(rows.start) - 1 for rows, _, _ in given)])
    synapse = np.cumsum([0, *(rows.offset.size for rows, _, _ in given)])
    return SynapseRows(
        source=_end_to_end([rows.source.astype(np.int64) + first for rows, first, _ in given]),
        row=_end_to_end([rows.row + first for (rows, _, _), first in zip(given, row[:-1], strict=True)]),
        base=_end_to_end([rows.base.astype(np.int64) + first for rows, _, first in given]),
        axon=_end_to_end([rows.axon for rows, _, _ in given]),
        start=np.concatenate(
            [[0], *(rows.start[1:] + first for (rows, _, _), first in zip(given, synapse[:-1], strict=True))]
        ).astype(np.int64),
        offset=np.concatenate([rows.offset for rows, _, _ in given]),
        weight=np.concatenate([rows.weight for rows, _, _ in given]),
        delay=np.concatenate([rows.delay for rows, _, _ in given]),
    )


def _end_to_end(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([narrow(part) for part in parts])


def runs(first: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The numbers first .. end - 1 of each run, one after the other."""
    count = end - first
    return np.arange(int(count.sum())) + np.repeat(first - (np.cumsum(count) - count), count)


def narrow(values: np.ndarray) -> np.ndarray:
    """Keep whole numbers in 32 bits where they and their negatives fit: synapses are what takes a machine's memory."""
    return values.astype(np.int32, copy=False) if _bits(values) <= 32 else values


def narrowest(values: np.ndarray) -> np.ndarray:
    """Keep whole numbers in 8, 16, 32 or 64 bits, as few as hold them and their negatives."""
    bits = _bits(values)
    kind = np.int8 if bits <= 8 else np.int16 if bits <= 16 else np.int32 if bits <= 32 else np.int64
    return values.astype(kind, copy=False)


def _bits(values: np.ndarray) -> int:
    if not values.size:
        return 1
    return max(int(values.max()), -int(values.min())).bit_length() + 1


def _at_least_int32(values: np.ndarray) -> np.dtype:
    return values.dtype if values.dtype.itemsize > 4 else np.dtype(np.int32)
