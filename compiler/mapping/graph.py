"""Represents a network as a grouped hypergraph: neurons, and groups of sources that reach the very same neurons."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from .distinct import distinct

EXTERNAL = -1  # a source outside the cores: an element of an input
RATE_UNITS = (
    1 << 24
)  # kernels count spikes per step in units of 2**-24, so that sums do not depend on their order


UNLIMITED = 1 << 62


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one core holds. memory, slots: in the units of `GroupedGraph.memory` and `slots`. layers: how many different
    ones have neurons on it."""

    neurons: int
    axons: int
    memory: int
    slots: int = UNLIMITED
    layers: int = UNLIMITED


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Vertices `first .. first + size - 1` in the order (channel, row, column); flat: no neuron is near another.

    source: index of the layer whose grid this one slides over, None for an input or where that means nothing.
    stride, middle: (rows, columns); the window of output place y spans source places whose lowest and highest sum
    to 2 * stride * y + middle (a kernel of k with padding p: middle = k - 1 - 2 * p)."""

    kind: Literal["spatial", "flat"]
    first: int
    channels: int
    height: int = 1
    width: int = 1
    stride: tuple[int, int] = (1, 1)
    middle: tuple[int, int] = (0, 0)
    source: int | None = None

    @property
    def positions(self) -> int:
        """Positions of the grid."""
        return self.height * self.width

    @property
    def size(self) -> int:
        """Number of vertices."""
        return self.channels * self.height * self.width

    @property
    def last(self) -> int:
        """The last vertex."""
        return self.first + self.size


@dataclass(frozen=True, kw_only=True, eq=False)
class GroupedGraph:
    """layers cover the vertices 0 .. n - 1 in order. Group g has the sources `member[member_start[g] :
    member_start[g + 1]]` (vertex or EXTERNAL) firing `member_rate` spikes per step, and the distinct targets
    `target[target_start[g] : target_start[g + 1]]`, all the targets of each of these sources: a vertex is a
    member of at most one group. Every (source, target) pair is one synapse.

    axons: (groups,) int64, what a core spends on a group that reaches it; None: one for each source.
    memory: (vertices,) int64, what each vertex takes of a core's; None: one for each axon, its synapses.
    slots: (vertices,) int64, what each vertex takes of a core's to reach its targets where some partition has them;
    None: nothing.

    Raises ValueError when an array breaks one of these rules."""

    name: str
    layers: tuple[Layer, ...]
    member: np.ndarray
    member_rate: np.ndarray
    member_start: np.ndarray
    target: np.ndarray
    target_start: np.ndarray
    axons: np.ndarray | None = None
    memory: np.ndarray | None = None
    slots: np.ndarray | None = None

    def __post_init__(self) -> None:
        for array in (self.member, self.member_rate, self.member_start, self.target, self.target_start):
            array.setflags(write=False)
        _check(self)

    def without_pins(self, vertices: np.ndarray) -> GroupedGraph:
        """The same graph in which nothing reaches these vertices; groups that reach nothing else are left out."""
        gone = np.zeros(self.vertices, dtype=np.bool_)
        gone[vertices] = True
        left = ~gone[self.target]
        count = np.bincount(self.target_group[left], minlength=self.groups)
        stays = count > 0
        member = stays[self.member_group]
        return GroupedGraph(
            name=self.name,
            layers=self.layers,
            member=self.member[member],
            member_rate=self.member_rate[member],
            member_start=np.concatenate([[0], np.cumsum(np.diff(self.member_start)[stays])]),
            target=self.target[left],
            target_start=np.concatenate([[0], np.cumsum(count[stays])]),
            axons=self.group_axons[stays],
            memory=np.where(gone, 0, self.vertex_memory),
            slots=self.slots,
        )

    def with_memory(self, memory: np.ndarray) -> GroupedGraph:
        """The same graph whose vertices take so much of a core's memory, (vertices,) int64."""
        other = copy(self)  # with all that is known of the rest
        object.__setattr__(other, "memory", memory)
        other.__dict__.pop("uniform", None)
        return other

    def with_slots(self, slots: np.ndarray) -> GroupedGraph:
        """The same graph whose vertices take so much of a core's slots, (vertices,) int64."""
        other = copy(self)
        object.__setattr__(other, "slots", slots)
        return other

    @property
    def vertices(self) -> int:
        """Number of vertices."""
        return self.layers[-1].last if self.layers else 0

    @property
    def groups(self) -> int:
        """Number of groups."""
        return len(self.member_start) - 1

    @cached_property
    def layer(self) -> np.ndarray:
        """(vertices,) int32: the layer of each vertex."""
        return np.repeat(np.arange(len(self.layers), dtype=np.int32), [part.size for part in self.layers])

    @cached_property
    def group_axons(self) -> np.ndarray:
        """(groups,) int64: what a core spends on the group."""
        return np.diff(self.member_start) if self.axons is None else self.axons

    @cached_property
    def group_rate(self) -> np.ndarray:
        """(groups,) int64: spikes per step of all members, in RATE_UNITS."""
        sums = np.append(np.cumsum(self.member_units), 0)
        return sums[self.member_start[1:] - 1] - sums[self.member_start[:-1] - 1]

    @cached_property
    def member_units(self) -> np.ndarray:
        """(members,) int64: member_rate in RATE_UNITS."""
        return np.rint(self.member_rate * RATE_UNITS).astype(np.int64)

    @cached_property
    def member_group(self) -> np.ndarray:
        """(members,) int32: the group of each member."""
        return np.repeat(np.arange(self.groups, dtype=np.int32), np.diff(self.member_start))

    @cached_property
    def target_group(self) -> np.ndarray:
        """(pins,) int32: the group of each entry of `target`."""
        return np.repeat(np.arange(self.groups, dtype=np.int32), np.diff(self.target_start))

    @cached_property
    def in_start(self) -> np.ndarray:
        """(vertices + 1,) int64: where the groups that reach a vertex begin in `in_group`."""
        counts = np.bincount(self.target, minlength=self.vertices)
        return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

    @cached_property
    def in_group(self) -> np.ndarray:
        """(pins,) int32: the groups that reach each vertex, ascending per vertex."""
        return self.target_group[np.argsort(self.target, kind="stable")]

    @cached_property
    def fan_in(self) -> np.ndarray:
        """(vertices,) int64: axons of each vertex."""
        sums = np.concatenate([[0], np.cumsum(self.group_axons[self.in_group])])
        return (sums[self.in_start[1:]] - sums[self.in_start[:-1]]).astype(np.int64)

    @property
    def vertex_memory(self) -> np.ndarray:
        """(vertices,) int64: what each vertex takes of a core's memory."""
        return self.fan_in if self.memory is None else self.memory

    @property
    def vertex_slots(self) -> np.ndarray:
        """(vertices,) int64: what each vertex takes of a core's slots."""
        return np.zeros(self.vertices, dtype=np.int64) if self.slots is None else self.slots

    @cached_property
    def out_group(self) -> np.ndarray:
        """(vertices,) int32: the group whose member a vertex is, -1 for none."""
        groups = np.full(self.vertices, -1, dtype=np.int32)
        inside = self.member >= 0
        groups[self.member[inside]] = self.member_group[inside]
        return groups

    @cached_property
    def out_rate(self) -> np.ndarray:
        """(vertices,) int64: spikes per step in RATE_UNITS, 0 for a vertex without targets."""
        rates = np.zeros(self.vertices, dtype=np.int64)
        inside = self.member >= 0
        rates[self.member[inside]] = self.member_units[inside]
        return rates

    @cached_property
    def uniform(self) -> np.ndarray:
        """(layers,) bool: at each position, all channels are reached by the same groups and take as much memory."""
        return np.array([_is_uniform(self, part) for part in self.layers], dtype=bool)


def _is_uniform(graph: GroupedGraph, layer: Layer) -> bool:
    starts = graph.in_start[layer.first : layer.last + 1]
    counts = np.diff(starts).reshape(layer.channels, layer.positions)
    if layer.channels == 1 or not (counts == counts[0]).all():
        return layer.channels == 1
    rows = graph.in_group[starts[0] : starts[-1]].reshape(layer.channels, -1)
    memory = graph.vertex_memory[layer.first : layer.last].reshape(layer.channels, -1)
    return bool((rows == rows[0]).all() and (memory == memory[0]).all())


def _check(graph: GroupedGraph) -> None:
    firsts = np.cumsum([0, *(part.size for part in graph.layers)])
    if [part.first for part in graph.layers] != firsts[:-1].tolist():
        raise ValueError("layers do not cover the vertices in order")
    for start, items in ((graph.member_start, graph.member), (graph.target_start, graph.target)):
        if (
            len(start) != graph.groups + 1
            or start[0] != 0
            or start[-1] != len(items)
            or (np.diff(start) < 1).any()
        ):
            raise ValueError("a group without sources or targets, or starts that do not fit")
    fine = np.isfinite(graph.member_rate) & (graph.member_rate >= 0)
    if len(graph.member_rate) != len(graph.member) or not fine.all():
        raise ValueError("rates are one finite number >= 0 for each member")
    inside = graph.member[graph.member >= 0]
    if len(distinct(inside)) != len(inside) or (len(inside) and inside.max() >= graph.vertices):
        raise ValueError("a vertex is a member of two groups, or does not exist")
    if len(graph.target) and (graph.target.min() < 0 or graph.target.max() >= graph.vertices):
        raise ValueError("a target does not exist")
    owner = np.repeat(np.arange(graph.vertices), np.diff(graph.in_start))
    again = (graph.in_group[1:] == graph.in_group[:-1]) & (owner[1:] == owner[:-1])
    if again.any():
        raise ValueError("a group names a target twice")
