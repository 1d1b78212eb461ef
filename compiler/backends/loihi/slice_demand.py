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

from ....targets.loihi1.axon_rows import axon_rows
from ....targets.loihi1.model import LoihiChip
from ....targets.loihi1.resources import COMPARTMENT_PROFILE, THRESHOLD_PROFILE, axon_bits, bits_anywhere
from ....targets.row_order import row_order
from ...ir.quantized import QuantizedPopulation, ScaledProjection
from ...mapping.distinct import distinct
from .quantized_network import QuantizedNetwork
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
    """The synapses of a projection sorted by target: rows, cols, mantissa, delay, (k,) integers each."""

    projection: ScaledProjection
    rows: np.ndarray
    cols: np.ndarray
    mantissa: np.ndarray
    delay: np.ndarray
    n_pre: int

    @staticmethod
    def of(projection: ScaledProjection, n_pre: int) -> Rows:
        """Sort the synapses of a projection from `n_pre` sources."""
        cols, rows, mantissa, delay, _ = projection.synapses.flat()
        order = np.argsort(rows, kind="stable")
        rows, cols, mantissa, delay = (column[order] for column in (rows, cols, mantissa, delay))
        return Rows(projection=projection, rows=rows, cols=cols, mantissa=mantissa, delay=delay, n_pre=n_pre)

    def fanout(self, cuts: Cuts) -> np.ndarray:
        """Count the pieces of the destination that each source reaches: (n_pre,) int64."""
        piece = np.searchsorted(np.asarray(cuts), self.rows, side="right") - 1
        if self.n_pre * (len(cuts) - 1) <= TABLE:
            reaches = np.zeros((self.n_pre, len(cuts) - 1), dtype=np.bool_)
            reaches[self.cols, piece] = True
            return np.count_nonzero(reaches, axis=1)
        pairs = distinct(self.cols * np.int64(len(cuts) - 1) + piece)
        return np.bincount(pairs // (len(cuts) - 1), minlength=self.n_pre)


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
        rows = [Rows.of(p, size[p.pre]) for p in self.network.projections if p.synapses.source.size]
        return {
            p.name: tuple(r for r in rows if r.projection.post == p.name) for p in self.network.populations
        }

    @cached_property
    def registers(self) -> Mapping[str, tuple[np.ndarray, np.ndarray]]:
        """Population -> its compartment profiles (n, 3) and thresholds (n, 1)."""
        return {
            p.name: (_columns(p, COMPARTMENT_PROFILE), _columns(p, THRESHOLD_PROFILE))
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
        profiles, thresholds = (
            frozenset(map(tuple, np.unique(r[first:last], axis=0).tolist())) for r in self.registers[name]
        )
        return Demand(
            sums=(last - first, axons, 0, bits),
            sets=(profiles, thresholds, formats),
            shared=(*sorted(self._population[name].core_params.items()), ("apart", self.apart.get(name, -1))),
        )

    def _group(
        self, rows: Rows, first: int, last: int, own: tuple[str, int]
    ) -> tuple[int, int, frozenset[object]]:
        """Axons, bits and formats of a projection onto neurons first .. last - 1."""
        begin, end = np.searchsorted(rows.rows, [first, last])
        if begin == end:
            return 0, 0, _NONE
        columns = (rows.cols, rows.rows, rows.mantissa, rows.delay)
        cols, at, mantissa, delay = (column[begin:end].astype(np.int64) for column in columns)
        order = row_order(cols, at, delay, mantissa)
        synapse, fmt = self.target.synapse, rows.projection.format
        last_slot = self.target.capacity.compartments - 1
        grouped = axon_rows(cols[order], at[order] - first, mantissa[order], delay[order], last_slot)
        registers = tuple(sorted(fmt.items()))
        if self.anywhere:
            stored = bits_anywhere(grouped, fmt, last_slot, synapse)
            return grouped.axon_first.size, stored.bits, frozenset([(registers, own)])
        stored = axon_bits(grouped, fmt, synapse)
        return grouped.axon_first.size, stored.bits, frozenset([(registers, stored.dense, stored.index_bits)])


def _columns(population: QuantizedPopulation, names: tuple[str, ...]) -> np.ndarray:
    return np.stack([np.asarray(population.params[name]) for name in names], axis=1)
