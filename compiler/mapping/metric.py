"""Measures what a partition costs: spikes that leave their core, axons, and what each core stores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .distinct import distinct
from .graph import GroupedGraph, Limits


@dataclass(frozen=True, kw_only=True, eq=False)
class Cost:
    """packets: spikes per step times destination cores other than the source's own (an external source has
    none of its own). core_*: (cores,) int64 totals of each core."""

    cores: int
    packets: float
    core_neurons: np.ndarray
    core_axons: np.ndarray
    core_memory: np.ndarray
    core_slots: np.ndarray
    core_layers: np.ndarray

    @property
    def axons(self) -> int:
        """Count (source, core) pairs over all cores."""
        return int(self.core_axons.sum())

    def within(self, limits: Limits) -> bool:
        """Whether no core exceeds any limit."""
        return bool(
            (self.core_neurons <= limits.neurons).all()
            and (self.core_axons <= limits.axons).all()
            and (self.core_memory <= limits.memory).all()
            and (self.core_slots <= limits.slots).all()
            and (self.core_layers <= limits.layers).all()
        )


def reached(graph: GroupedGraph, core: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """List every distinct (group, core with a target of it), ascending: (pairs,) groups and cores."""
    cores = int(core.max()) + 1 if len(core) else 0
    pairs = distinct(graph.target_group * np.int64(max(cores, 1)) + core[graph.target])
    return pairs // max(cores, 1), pairs % max(cores, 1)


def measure(graph: GroupedGraph, core: np.ndarray) -> Cost:
    """Measure a partition. core: (vertices,) the core 0 .. k - 1 of each vertex; cores are counted up to the
    largest."""
    cores = int(core.max()) + 1 if len(core) else 0
    group, where = reached(graph, core)
    rate = np.bincount(graph.member_group, weights=graph.member_rate, minlength=graph.groups)
    inside = graph.member >= 0
    own = graph.member_group[inside] * np.int64(max(cores, 1)) + core[graph.member[inside]]
    at_home = np.isin(own, group * np.int64(max(cores, 1)) + where)
    return Cost(
        cores=cores,
        packets=float(rate[group].sum() - graph.member_rate[inside][at_home].sum()),
        core_neurons=np.bincount(core, minlength=cores).astype(np.int64),
        core_axons=_total(where, graph.group_axons[group], cores),
        core_memory=_total(core, graph.vertex_memory, cores),
        core_slots=_total(core, graph.vertex_slots, cores),
        core_layers=_layers(graph, core, cores),
    )


def _layers(graph: GroupedGraph, core: np.ndarray, cores: int) -> np.ndarray:
    present = np.zeros((cores, len(graph.layers)), dtype=np.bool_)
    present[core, graph.layer] = True
    return np.count_nonzero(present, axis=1)


def _total(core: np.ndarray, amount: np.ndarray, cores: int) -> np.ndarray:
    totals = np.zeros(cores, dtype=np.int64)
    np.add.at(totals, core, amount)
    return totals


def traffic(graph: GroupedGraph, core: np.ndarray) -> np.ndarray:
    """Count packets a step from core to core, (cores, cores) float64: a spike once for each destination core; inputs
    are on no core and do not count."""
    cores = int(core.max()) + 1
    group, where = reached(graph, core)
    inside = np.flatnonzero(graph.member >= 0)
    pair = graph.member_group[inside] * np.int64(cores) + core[graph.member[inside]]
    homes, place = np.unique(pair, return_inverse=True)
    rate = np.bincount(place, weights=graph.member_rate[inside])
    first, last = np.searchsorted(group, [homes // cores, homes // cores + 1]).reshape(2, -1)
    count = last - first
    starts = np.concatenate([[0], np.cumsum(count)])
    reach = np.repeat(first - starts[:-1], count) + np.arange(starts[-1])
    home = np.repeat(homes % cores, count)
    packets = np.zeros((cores, cores))
    np.add.at(packets, (home, where[reach]), np.repeat(rate, count))
    np.fill_diagonal(packets, 0)
    return packets
