"""Where everything is: slices of populations on cores, with the certificate of the search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from .record import Count, OneOrMore


@dataclass(frozen=True, kw_only=True)
class Traversal:
    """A population of shape (channels, height, width) walked in blocks of `channels` x `rows` x `columns`; block by
    block along the columns, back and forth over the rows, then the next channels; inside a block channel by
    channel. (A block of all rows and columns and one channel is the order of the index.)"""

    shape: tuple[int, int, int]
    channels: int
    rows: int
    columns: int

    @cached_property
    def order(self) -> np.ndarray:
        """(n,) int64: the neuron at each place of the walk."""
        c, y, x = (a.reshape(-1) for a in np.indices(self.shape))
        band, column = y // self.rows, x // self.columns
        column = np.where(band % 2 == 1, -column, column)
        return np.lexsort((x, y, c, column, band, c // self.channels))

    @property
    def words(self) -> str:
        """Say in words in which order the neurons are walked."""
        return f"in blocks of {self.channels} x {self.rows} x {self.columns}"


@dataclass(frozen=True, kw_only=True)
class Runs:
    """A population walked in any order: runs of (first neuron, step to the next, how many), one after the other."""

    runs: tuple[tuple[int, int, int], ...]

    @staticmethod
    def of(order: np.ndarray) -> Runs:
        """order: (n,) int64, n > 0; a run goes on as long as its step stays the same."""
        step = np.diff(order)
        turns = [*(np.flatnonzero(np.diff(step)) + 1).tolist(), step.size]  # where another step begins
        found: list[tuple[int, int, int]] = []
        first = turn = 0
        while first < order.size:
            by = int(step[first]) if first < step.size else 1
            while turn < len(turns) - 1 and turns[turn] <= first:
                turn += 1
            last = turns[turn] if first < step.size else first
            found.append((int(order[first]), by, last - first + 1))
            first = last + 1
        return Runs(runs=tuple(found))

    @cached_property
    def order(self) -> np.ndarray:
        """(n,) int64: the neuron at each place of the walk."""
        first, step, count = np.array(self.runs, dtype=np.int64).reshape(-1, 3).T
        start = np.cumsum(count) - count
        within = np.arange(int(count.sum())) - np.repeat(start, count)
        return np.repeat(first, count) + within * np.repeat(step, count)

    @property
    def words(self) -> str:
        """Say in words in which order the neurons are walked."""
        return "in the mapper's order"


Walk = Traversal | Runs


@dataclass(frozen=True, kw_only=True)
class Slice:
    """Neurons `first .. first + size - 1` of the traversal of population `population`, in compartments
    `slot .. slot + size - 1` of core `core` (index in order of use; `Placement.site` says where that is)."""

    population: str
    first: Count
    size: OneOrMore
    core: Count
    slot: Count


def neurons_of(piece: Slice, traversals: Mapping[str, Walk]) -> np.ndarray:
    """(piece.size,) int64 the neurons of a slice, in order of their compartments."""
    walk = traversals.get(piece.population)
    places = np.arange(piece.first, piece.first + piece.size)
    return places if walk is None else walk.order[places]


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """objective: what was minimised, in words. value, bound: of the solver (equal: proven optimal in `family`).
    least_cores: no partition of the family has fewer."""

    objective: str
    value: int | float
    bound: int | float
    status: str
    family: str
    least_cores: Count = 1

    def at_least(self, cores: int) -> Certificate:
        """The same, knowing that no partition of any family has fewer cores."""
        return replace(self, least_cores=max(self.least_cores, cores))


@dataclass(frozen=True, kw_only=True)
class Placement:
    """slices sorted by (core, slot). used: per core, resource name -> amount; available: resource name -> limit, of the
    largest core where cores differ; then available_on: per core, resource name -> limit.
    traversals: population -> the order in which its neurons are cut; not listed: in order of their index.
    sites: (cores,) of each core its place on the board, chip * cores_per_chip + core on that chip; empty: in order.
    """

    slices: tuple[Slice, ...]
    cores: int
    used: tuple[Mapping[str, int], ...]
    available: Mapping[str, int]
    certificate: Certificate
    traversals: Mapping[str, Walk] = field(default_factory=dict)
    sites: tuple[int, ...] = ()
    available_on: tuple[Mapping[str, int], ...] = ()

    def _repr_html_(self) -> str:
        from ..report.notebook import placement_html

        return placement_html(self)

    def limit(self, core: int, resource: str) -> int:
        """Of a core, how much of a resource there is."""
        return self.available_on[core][resource] if self.available_on else self.available[resource]

    def site(self, core: int) -> int:
        """Where on the board a core is; the core's own number where no sites were chosen."""
        return self.sites[core] if self.sites else core

    def neurons(self, piece: Slice) -> np.ndarray:
        """(piece.size,) int64 the neurons of a slice, in order of their compartments."""
        return neurons_of(piece, self.traversals)

    def machine_index(self, population: str, size: int) -> np.ndarray:
        """(size,) int64 machine neuron (cores end to end, in order of their sites) of each neuron of `population`."""
        index = np.full(size, -1, dtype=np.int64)
        first = 0
        for piece in sorted(self.slices, key=lambda s: (self.site(s.core), s.slot)):
            if piece.population == population:
                index[self.neurons(piece)] = np.arange(first, first + piece.size)
            first += piece.size
        return index
