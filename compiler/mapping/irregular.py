"""Partitions vertices without a regular structure: along the slowest modes, or grown core by core, or as they come."""

from __future__ import annotations

import numpy as np

from .bounds import capacity_bound
from .graph import GroupedGraph, Layer, Limits
from .metric import Cost, measure
from .said import Say, silent

_MORE_PARTS = 3
_SPARSE = 0.5


def irregular_vertices(graph: GroupedGraph) -> np.ndarray:
    """List the vertices of layers without a grid whose neurons hear less than half of what reaches the layer,
    ascending."""
    odd = [k for k, part in enumerate(graph.layers) if part.kind == "flat" and _heard(graph, part) < _SPARSE]
    return np.flatnonzero(np.isin(graph.layer, odd))


def _heard(graph: GroupedGraph, layer: Layer) -> float:
    """Share of the layer's sources that its neurons hear in the mean."""
    groups = np.unique(graph.in_group[graph.in_start[layer.first] : graph.in_start[layer.last]])
    everything = int(graph.group_axons[groups].sum()) * layer.size
    return int(graph.fan_in[layer.first : layer.last].sum()) / max(everything, 1)


def spread(graph: GroupedGraph, limits: Limits, vertices: np.ndarray, say: Say = silent) -> np.ndarray:
    """Partition vertices onto cores 0, 1 .. within the limits: of three ways, the fewest cores, then the fewest
    packets.

    Each vertex must fit on an empty core. (len(vertices),) int64."""
    partitions = [_grown(graph, limits, vertices), _in_order(graph, limits, vertices)]
    say(
        f"{len(vertices):,} neurons without a structure, core by core: {int(partitions[0].max()) + 1:,} cores"
    )
    least = capacity_bound(graph, limits, vertices)
    from .spectral import bisect, embedding

    where = embedding(graph, vertices)
    say(f"{len(vertices):,} neurons without a structure, along their slowest modes")
    for parts in range(least, least + _MORE_PARTS + 1):
        core = bisect(where, parts)
        if _cost(graph, vertices, core).within(limits):
            partitions.append(core)
            break
    costs = [_cost(graph, vertices, core) for core in partitions]
    return partitions[min(range(len(partitions)), key=lambda i: (costs[i].cores, costs[i].packets))]


def _cost(graph: GroupedGraph, vertices: np.ndarray, core: np.ndarray) -> Cost:
    """Cost of these vertices; the others lie together on a last core, which is dropped."""
    cores = int(core.max()) + 1
    everywhere = np.full(graph.vertices, cores, dtype=np.int64)
    everywhere[vertices] = core
    cost = measure(graph, everywhere)
    return Cost(
        cores=cores,
        packets=cost.packets,
        core_neurons=cost.core_neurons[:cores],
        core_axons=cost.core_axons[:cores],
        core_memory=cost.core_memory[:cores],
        core_slots=cost.core_slots[:cores],
        core_layers=cost.core_layers[:cores],
    )


def _grown(graph: GroupedGraph, limits: Limits, vertices: np.ndarray) -> np.ndarray:
    from .grow_kernel import grow
    from .pack_kernel import pins

    free = np.zeros(graph.vertices, dtype=bool)
    free[vertices] = True
    core = np.full(graph.vertices, -1, dtype=np.int64)
    each = -(-len(vertices) // capacity_bound(graph, limits, vertices))
    grow(pins(graph, limits), graph.target_start, graph.target, free, 0, each, core)
    return core[vertices]


def _in_order(graph: GroupedGraph, limits: Limits, vertices: np.ndarray) -> np.ndarray:
    from .pack_kernel import FREE, Order, pack, pins

    one = np.ones(len(vertices), dtype=np.int64)
    alike = np.zeros(len(vertices), dtype=bool)
    core = np.full(graph.vertices, -1, dtype=np.int64)
    order = Order(vertices, one, one, alike, np.zeros(len(vertices), dtype=np.int64))
    pack(order, FREE, pins(graph, limits), 0, core)
    return core[vertices]
