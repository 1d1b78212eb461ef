"""Keeps synapses as rows: what one spike of a source adds, and to which neurons; rows that are alike once.

Sums of what arrives in a step do not depend on order, so that synapses of one pair and latency are one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ....targets.machines.synapse_rows import narrowest
from ....targets.row_order import row_order

MEAN_RUN = 4
"""Synapses in a run, fewer of which are rather listed one by one."""
TOGETHER = 4
"""Rows that are added at once, where they lead to the same neurons."""
MOST_FILLED = 4
"""A row's gaps are filled where they are no more than one in so many of its synapses."""
EVERY_BIT = np.uint64((1 << 64) - 1)
"""Of the words by which rows are found; what is found is compared entry for entry."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Axons of sources, and the rows that they share. A row is runs of synapses onto neurons side by side or, where
    these would be short, one run of synapses whose places are listed. Where few are missing in a row that is otherwise
    side by side, synapses that weigh 0 fill its gaps.

    first: (S + 1,) int64, the axons of each source. axons: (A, 4) int32: first run of its row and the one after its
    last, the neuron that the row's places count from, latency in steps. runs: (Q, 4) int64: place of the first synapse,
    how many are side by side, how many are listed (one of these is 0), where their weights begin, and their places in
    `places`. weights: (W,) int8, int16 or int32, the narrowest that holds them; places: (W,) int32."""

    first: np.ndarray
    axons: np.ndarray
    runs: np.ndarray
    weights: np.ndarray
    places: np.ndarray

    @cached_property
    def alike(self) -> np.ndarray:
        """(S,) int32, the same number for sources whose only rows, of one run side by side, lead to the same neurons in
        the same number of steps, -1 for others; (0,) where there are none."""
        found = np.full(self.first.size - 1, -1, dtype=np.int32)
        source = np.flatnonzero(np.diff(self.first) == 1)
        axon = self.axons[self.first[source]]
        run = self.runs[axon[:, 0]]
        side = (axon[:, 1] - axon[:, 0] == 1) & (run[:, 1] > 0)
        to = np.stack([axon[:, 2] + run[:, 0], run[:, 1], axon[:, 3]], axis=1)[side]
        _, number, count = np.unique(to, axis=0, return_inverse=True, return_counts=True)
        number = number.reshape(-1)
        found[source[side]] = np.where(count[number] >= TOGETHER, number, -1)
        return found if (found >= 0).any() else found[:0]

    @property
    def lengths(self) -> np.ndarray:
        """(A,) int64, synapses of each axon, those that fill gaps among them."""
        begin, end = self.runs[self.axons[:, 0]], self.runs[self.axons[:, 1] - 1]
        return end[:, 1:].sum(axis=1) - begin[:, 3]

    def flat(self, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """List the synapses of the chosen axons that weigh anything: which of these, the neuron, the weight; (k,)
        integers each."""
        length = self.lengths[chosen]
        axon = np.repeat(np.arange(chosen.size, dtype=np.int32), length)
        begin = self.runs[self.axons[chosen, 0], 3] - (np.cumsum(length) - length)
        at = np.arange(axon.size) + begin[axon]
        there = self.weights[at] != 0
        axon, at = axon[there], at[there]
        return axon, self.places[at] + self.axons[chosen, 2][axon], self.weights[at].astype(np.int32)


class RowFolder:
    """Folds synapses into rows, part by part."""

    def __init__(self, sources: int, most_gaps: float = 1 / MOST_FILLED) -> None:
        """sources: how many there are. most_gaps: gaps of a row are filled where they are no more than so many times
        its synapses."""
        self.sources, self.most_gaps = sources, most_gaps
        self.used = np.zeros(3, dtype=np.int64)
        self.table = np.full(16, -1, dtype=np.int64)
        self.words = np.zeros(0, dtype=np.uint64)
        self.start = np.zeros(1, dtype=np.int64)
        self.places = np.zeros(0, dtype=np.int32)
        self.weights = np.zeros(0, dtype=np.int32)
        self.axons = np.zeros((0, 4), dtype=np.int32)

    def add(self, source: np.ndarray, post: np.ndarray, weight: np.ndarray, latency: np.ndarray) -> None:
        """Add synapses, (k,) integers each, all of a source together, and none of it in another part.

        Raises ValueError where those of one pair and latency add up to more than 32 bits."""
        from .rows_kernel import fold, refilled

        rows, places, axons = (self.used + source.size).tolist()
        self.words, self.start = _room(self.words, rows), _room(self.start, rows + 1)
        self.places, self.weights = _room(self.places, places), _room(self.weights, places)
        self.axons = _room(self.axons, axons)
        if self.table.size < 2 * rows:
            self.table = np.full(1 << (4 * rows - 1).bit_length(), -1, dtype=np.int64)
            refilled(self.words, int(self.used[0]), self.table)
        ends = (source.astype(np.int32, copy=False), post.astype(np.int32, copy=False))
        what = (weight.astype(np.int32, copy=False), latency.astype(np.int32, copy=False))
        made = (self.table, self.words, self.start, self.places, self.weights, self.axons)
        if not fold(*ends, *what, EVERY_BIT, self.used, *made):
            raise ValueError("weights of one pair of neurons add up to more than 32 bits")

    def rows(self) -> Rows:
        """All that was added, which is taken out: there is much of it."""
        from .rows_kernel import laid_out, lay

        count, filled, axons = self.used.tolist()
        start, places, weights = self.start[: count + 1], self.places[:filled], self.weights[:filled]
        table = self.axons[:axons]
        self.used[:] = 0
        self.table[:] = -1
        self.places, self.weights, self.axons = (
            self.places[:0].copy(),
            self.weights[:0].copy(),
            self.axons[:0].copy(),
        )
        size, runs = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
        laid_out(start, places, self.most_gaps, MEAN_RUN, size, runs)
        begin, first_run = (np.concatenate([[0], np.cumsum(n)]) for n in (size, np.maximum(runs, 1)))
        to_places, to_weights = np.zeros(begin[-1], dtype=np.int32), np.zeros(begin[-1], _narrow(weights))
        found = np.zeros((first_run[-1], 4), dtype=np.int64)
        lay(
            start, places, weights, size, begin[:-1], runs, first_run[:-1], to_places, to_weights, found
        )  # fmt: skip
        table = table[np.argsort(table[:, 0], kind="stable")]
        row = table[:, 1]
        ends = np.stack([first_run[row], first_run[row + 1], table[:, 2], table[:, 3]], axis=1)
        return Rows(
            first=np.searchsorted(table[:, 0], np.arange(self.sources + 1)).astype(np.int64),
            axons=ends.astype(np.int32),
            runs=found,
            weights=to_weights,
            places=to_places,
        )


def _narrow(weights: np.ndarray) -> np.dtype:
    """The narrowest type that holds them."""
    ends = np.array([weights.min(initial=0), weights.max(initial=0)])
    return narrowest(ends).dtype


def rows_of(
    sources: int, source: np.ndarray, post: np.ndarray, weight: np.ndarray, latency: np.ndarray
) -> Rows:
    """Make rows of synapses, (k,) integers each, in any order; sums onto a neuron are proven to fit 32 bits."""
    order = row_order(source, latency, post)
    folder = RowFolder(sources)
    folder.add(source[order], post[order], weight[order], latency[order])
    return folder.rows()


def _room(values: np.ndarray, size: int) -> np.ndarray:
    """The same with room for so many, at once for half as many again."""
    if len(values) >= size:
        return values
    more = np.empty((max(size, len(values) * 3 // 2), *values.shape[1:]), dtype=values.dtype)
    more[: len(values)] = values
    return more
