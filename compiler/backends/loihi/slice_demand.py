"""Computes the resource demand of a run of neurons of one population, for any run and any cut of the others.

Output slots follow from how the *destinations* are cut; all else from the run alone. What its synapses take depends a
little on where it lies on a core, as a stored row counts from a compartment of limited number: the demand is the least
they can take, or, `anywhere`, the most.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ....targets.loihi1.model import LoihiChip
from ....targets.loihi1.resources import COMPARTMENT_PROFILE, THRESHOLD_PROFILE, axon_bits, bits_anywhere
from ...ir.quantized import QuantizedPopulation, ScaledProjection
from ...mapping.distinct import distinct
from ..shared.cuba.quantized_network import QuantizedNetwork
from .cut_rows import moves
from .traverse import TABLE

SUMMED = ("compartments", "input_axons", "output_slots", "synapse_memory_bits")
DISTINCT = ("compartment_profiles", "threshold_profiles", "synapse_formats")
RESOURCES = SUMMED + DISTINCT
Cuts = tuple[int, ...]  # 0, then the first neuron of each further piece, then the size
_NONE: frozenset[object] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What a piece takes of a core's resources.

    sums: amounts by SUMMED. sets: the distinct values by DISTINCT. shared: registers that all neurons of a core share.
    """

    sums: tuple[int, ...]
    sets: tuple[frozenset[object], ...]
    shared: tuple[tuple[str, int], ...]

    def amounts(self) -> tuple[int, ...]:
        """Amount of each of RESOURCES."""
        return self.sums + tuple(len(s) for s in self.sets)

    def plus(self, other: Demand) -> Demand:
        """The demand of two pieces on one core, whose shared registers are equal."""
        return Demand(
            sums=tuple(a + b for a, b in zip(self.sums, other.sums, strict=True)),
            sets=tuple(a | b for a, b in zip(self.sets, other.sets, strict=True)),
            shared=self.shared,
        )


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The synapses of a projection sorted by target: cols, mantissa, delay, (k,) integers each, narrow as there are
    many. start: (n + 1,) int64 where those of each target begin."""

    projection: ScaledProjection
    start: np.ndarray
    cols: np.ndarray
    mantissa: np.ndarray
    delay: np.ndarray
    n_pre: int

    @cached_property
    def place(self) -> np.ndarray:
        """(n_pre,) int64 to work in."""
        return np.zeros(self.n_pre, dtype=np.int64)

    @staticmethod
    def of(projection: ScaledProjection, n_pre: int, n_post: int) -> Rows:
        """Sort the synapses of a projection from `n_pre` sources to `n_post` neurons."""
        from .slice_demand_kernel import by_target

        synapses = projection.synapses
        cols, rows, mantissa, delay, _ = synapses.flat()
        start = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=n_post))]).astype(np.int64)
        columns = (
            np.empty_like(cols),
            np.empty_like(mantissa, dtype=_either(synapses.weight, np.int16)),
            np.empty_like(delay, dtype=_either(synapses.delay, np.int8)),
        )
        by_target(start[:-1].copy(), cols, rows, mantissa, delay, *columns)
        cols, mantissa, delay = columns
        return Rows(
            projection=projection, start=start, cols=cols, mantissa=mantissa, delay=delay, n_pre=n_pre
        )

    def targets(self, first: int, last: int) -> np.ndarray:
        """Of the synapses onto neurons first .. last - 1, the neuron of each: int64."""
        return np.repeat(np.arange(first, last), np.diff(self.start[first : last + 1]))

    def fanout(self, cuts: Cuts) -> np.ndarray:
        """Count the pieces of the destination that each source reaches: (n_pre,) int64."""
        piece = np.repeat(np.arange(len(cuts) - 1), np.diff(self.start[list(cuts)]))
        if self.n_pre * (len(cuts) - 1) <= TABLE:
            reaches = np.zeros((self.n_pre, len(cuts) - 1), dtype=np.bool_)
            reaches[self.cols, piece] = True
            return np.count_nonzero(reaches, axis=1)
        pairs = distinct(self.cols * np.int64(len(cuts) - 1) + piece)
        return np.bincount(pairs // (len(cuts) - 1), minlength=self.n_pre)


def _either(values: np.ndarray, narrow: type[np.integer]) -> np.dtype:
    """The narrow type if it holds what is stored, else 32 bits: of two types, as a kernel is compiled for each."""
    fits = values.size == 0 or (values.min() >= np.iinfo(narrow).min and values.max() <= np.iinfo(narrow).max)
    return np.dtype(narrow if fits else np.int32)


@dataclass(frozen=True)
class Demands:
    """Computes the demand of every possible piece of `network` on `target`, once each.

    anywhere: of the worst place on a core. apart: population -> kind; those of one kind share a core with no others."""

    network: QuantizedNetwork
    target: LoihiChip
    anywhere: bool = False
    apart: Mapping[str, int] = field(default_factory=dict)
    _seen: dict[tuple[str, int, int], Demand] = field(default_factory=dict)
    _fanouts: dict[tuple[str, str, Cuts], np.ndarray] = field(default_factory=dict)

    @cached_property
    def capacity(self) -> tuple[int, ...]:
        """What a core has of each of RESOURCES."""
        return tuple(int(getattr(self.target.capacity, name)) for name in RESOURCES)

    @cached_property
    def inbound(self) -> Mapping[str, tuple[Rows, ...]]:
        """Population -> the synapses of each projection into it."""
        size = {p.name: p.size for p in (*self.network.populations, *self.network.inputs)}
        rows = [
            Rows.of(p, size[p.pre], size[p.post]) for p in self.network.projections if p.synapses.source.size
        ]
        return {
            p.name: tuple(r for r in rows if r.projection.post == p.name) for p in self.network.populations
        }

    @cached_property
    def registers(self) -> Mapping[str, tuple[_Registers, _Registers]]:
        """Population -> its compartment profiles and thresholds."""
        return {
            p.name: (_Registers.of(p, COMPARTMENT_PROFILE), _Registers.of(p, THRESHOLD_PROFILE))
            for p in self.network.populations
        }

    @cached_property
    def _population(self) -> Mapping[str, QuantizedPopulation]:
        return {p.name: p for p in self.network.populations}

    def fanout(self, name: str, cuts: Mapping[str, Cuts]) -> np.ndarray:
        """(n + 1,) int64: output slots of the first 0, 1 .. n neurons of `name` when all is cut as `cuts`."""
        return sum((self.fanout_to(name, post, cuts[post]) for post in sorted(cuts)), self.no_slots(name))

    def no_slots(self, name: str) -> np.ndarray:
        """(n + 1,) zeros: what `fanout` gives for a population without destinations."""
        return np.zeros(self._population[name].size + 1, dtype=np.int64)

    def fanout_to(self, name: str, post: str, cuts: Cuts) -> np.ndarray:
        """What `fanout` gives, for the destination `post` alone."""
        key = (name, post, cuts)
        if key not in self._fanouts:
            slots = self.no_slots(name)
            for rows in self.inbound[post]:
                if rows.projection.pre == name:
                    slots[1:] += np.cumsum(rows.fanout(cuts))
            self._fanouts[key] = slots
        return self._fanouts[key]

    def demand(self, name: str, first: int, last: int, fanout: np.ndarray) -> Demand:
        """Compute the demand of neurons first .. last - 1 of `name`; `fanout` as the method of that name gives."""
        key = (name, first, last)
        if key not in self._seen:
            self._seen[key] = self._own(name, first, last)
        own = self._seen[key]
        sums = (own.sums[0], own.sums[1], int(fanout[last] - fanout[first]), own.sums[3])
        return Demand(sums=sums, sets=own.sets, shared=own.shared)

    def fits(self, demand: Demand) -> bool:
        """Whether a core has room for a demand."""
        return all(a <= b for a, b in zip(demand.amounts(), self.capacity, strict=True))

    def _own(self, name: str, first: int, last: int) -> Demand:
        axons, bits, formats = 0, 0, _NONE
        for number, rows in enumerate(self.inbound[name]):
            count, memory, fmt = self._group(rows, first, last, (name, number))
            axons, bits, formats = axons + count, bits + memory, formats | fmt
        profiles, thresholds = (r.among(first, last) for r in self.registers[name])
        return Demand(
            sums=(last - first, axons, 0, bits),
            sets=(profiles, thresholds, formats),
            shared=(*sorted(self._population[name].core_params.items()), ("apart", self.apart.get(name, -1))),
        )

    def _group(
        self, rows: Rows, first: int, last: int, own: tuple[str, int]
    ) -> tuple[int, int, frozenset[object]]:
        """Axons, bits and formats of a projection onto neurons first .. last - 1."""
        begin, end = int(rows.start[first]), int(rows.start[last])
        if begin == end:
            return 0, 0, _NONE
        synapse, fmt = self.target.synapse, rows.projection.format
        last_slot = self.target.capacity.compartments - 1
        stored = _stored(rows, first, last, last_slot)
        registers = tuple(sorted(fmt.items()))
        if self.anywhere:
            bits = bits_anywhere(stored.axon_count, fmt, last_slot, synapse).bits
            return stored.axon_count.size, bits, frozenset([(registers, own)])
        took = axon_bits(stored.row_count, stored.row_span, stored.max_index, stored.twice, fmt, synapse)
        return stored.axon_count.size, took.bits, frozenset([(registers, took.dense, took.index_bits)])


@dataclass(frozen=True, kw_only=True, eq=False)
class _Stored:
    """What a core stores of the synapses of a projection: (A,) synapses of each axon, (R,) synapses and compartments
    of each row; the largest offset from a base, and whether a source has two synapses on one neuron."""

    axon_count: np.ndarray
    row_count: np.ndarray
    row_span: np.ndarray
    max_index: int
    twice: bool


def _stored(rows: Rows, first: int, last: int, max_base: int) -> _Stored:
    """Of the synapses onto neurons first .. last - 1, of which `first` lies in compartment 0."""
    from .cut_rows_kernel import numbered
    from .slice_demand_kernel import sources_of

    part = slice(int(rows.start[first]), int(rows.start[last]))
    most = min(part.stop - part.start, rows.n_pre)
    found, words = np.empty((most, 5), dtype=np.int64), np.empty((most, 2), dtype=np.uint64)
    n = sources_of(
        rows.cols[part], rows.targets(first, last), rows.mantissa[part], rows.delay[part], first, max_base,
        *moves(last - first), rows.place, found, words,
    )  # fmt: skip
    _, low, high, count, twice = found[:n].T
    base = np.minimum(low, max_base)
    tables = np.empty((2, 1 << (2 * n + 1).bit_length()), dtype=np.int64)
    shown, numbers = (np.empty((2, n), dtype=np.int64) for _ in range(2))
    core = np.zeros(n, dtype=np.int64)
    n_rows, n_axons = numbered(core, count, base, words[:n], *tables, *shown, *numbers)
    row, axon = shown[0, :n_rows], shown[1, :n_axons]
    return _Stored(
        axon_count=count[axon],
        row_count=count[row],
        row_span=(high - base + 1)[row],
        max_index=int((high - base).max()),
        twice=bool(twice.any()),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Registers:
    """Registers of neurons. number: (n,) of each neuron; values: the registers that each number stands for."""

    number: np.ndarray
    values: tuple[tuple[int, ...], ...]

    @staticmethod
    def of(population: QuantizedPopulation, names: tuple[str, ...]) -> _Registers:
        columns = np.stack([np.asarray(population.params[name]) for name in names], axis=1)
        values, number = np.unique(columns, axis=0, return_inverse=True)
        return _Registers(number=number.reshape(-1), values=tuple(map(tuple, values.tolist())))

    def among(self, first: int, last: int) -> frozenset[object]:
        """The different registers of neurons first .. last - 1."""
        present = np.bincount(self.number[first:last], minlength=len(self.values))
        return frozenset(self.values[k] for k in np.flatnonzero(present).tolist())
