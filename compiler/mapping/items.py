"""Makes the items that a refinement moves: single vertices, or clusters of vertices that stay together."""

from __future__ import annotations

import numpy as np

from .distinct import distinct
from .graph import GroupedGraph, Limits
from .refine_kernels import Items, State, put_all


def vertex_items(graph: GroupedGraph, limits: Limits) -> Items:
    """Make every vertex an item."""
    return cluster_items(graph, limits, np.arange(graph.vertices))


def cluster_items(graph: GroupedGraph, limits: Limits, label: np.ndarray) -> Items:
    """Make an item of the vertices of each label 0 .. k - 1; every label is used, and of one layer where the number of
    layers on a core is limited."""
    count = int(label.max()) + 1
    groups = np.int64(graph.groups)
    pins = label[np.repeat(np.arange(graph.vertices), np.diff(graph.in_start))] * groups + graph.in_group
    if not (pins[1:] > pins[:-1]).all():  # ascending already where each vertex is its own cluster
        pins = distinct(pins)
    item, group = pins // groups, pins % groups
    sends = np.flatnonzero(graph.out_group >= 0)
    pairs, place = np.unique(label[sends] * groups + graph.out_group[sends], return_inverse=True)
    rate = np.zeros(len(pairs), dtype=np.int64)
    np.add.at(rate, place, graph.out_rate[sends])
    return Items(
        neurons=np.bincount(label, minlength=count).astype(np.int64),
        memory=_sum(label, graph.vertex_memory, count),
        slots=_sum(label, graph.vertex_slots, count),
        layer=_layers(graph, label, count),
        in_start=_starts(item, count),
        in_group=group.astype(np.int32),
        out_start=_starts(pairs // groups, count),
        out_group=(pairs % groups).astype(np.int32),
        out_rate=rate,
        out_loop=_contained(pairs, pins),
        size=graph.group_axons,
        rate=graph.group_rate,
        limits=np.array(
            [limits.neurons, limits.axons, limits.memory, limits.slots, limits.layers], dtype=np.int64
        ),
    )


def _contained(values: np.ndarray, ascending: np.ndarray) -> np.ndarray:
    """Which of `wanted` are in `ascending`."""
    if len(ascending) == 0:
        return np.zeros(len(values), dtype=bool)
    place = np.minimum(np.searchsorted(ascending, values), len(ascending) - 1)
    return ascending[place] == values


def make_state(items: Items, core: np.ndarray, cores: int, seed: int) -> State:
    """Start a refinement from items on `core` (0 .. cores - 1)."""
    groups = len(items.size)
    ends = np.bincount(items.in_group, minlength=groups) + np.bincount(items.out_group, minlength=groups)
    capacity = np.minimum(ends, cores)
    start = np.concatenate([[0], np.cumsum(capacity)]).astype(np.int64)
    state = State(
        core=np.full(len(core), -1, dtype=np.int64),
        slot_start=start,
        slot_used=np.zeros(groups, dtype=np.int32),
        slot_core=np.zeros(start[-1], dtype=np.int32),
        slot_count=np.zeros(start[-1], dtype=np.int32),
        slot_home=np.zeros(start[-1], dtype=np.int64),
        load=np.zeros((cores, 5), dtype=np.int64),
        of_layer=np.zeros((cores, int(items.layer.max(initial=-1)) + 1), dtype=np.int32),
        packets=np.zeros(1, dtype=np.int64),
        random=np.array([(seed * 2 + 1) * 0x9E3779B97F4A7C15 % 2**64], dtype=np.uint64),
        want=np.full(min(cores * cores, 1 << 20), -1, dtype=np.int64),
        gain=np.zeros(cores),
        shared=np.zeros(cores, dtype=np.int64),
        seen=np.zeros(cores, dtype=bool),
        touched=np.zeros(cores, dtype=np.int64),
        n_touched=np.zeros(1, dtype=np.int64),
    )
    put_all(items, state, core)
    return state


def _starts(owner: np.ndarray, count: int) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=count))]).astype(np.int64)


def _layers(graph: GroupedGraph, label: np.ndarray, count: int) -> np.ndarray:
    layer = np.zeros(count, dtype=np.int32)
    layer[label] = graph.layer
    return layer


def _sum(label: np.ndarray, amount: np.ndarray, count: int) -> np.ndarray:
    sums = np.zeros(count, dtype=np.int64)
    np.add.at(sums, label, amount)
    return sums
