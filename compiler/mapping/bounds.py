"""Bounds the number of cores of any partition from below, from the limits alone."""

from __future__ import annotations

import numpy as np

from .graph import GroupedGraph, Limits


def too_large(graph: GroupedGraph, limits: Limits) -> np.ndarray:
    """List the vertices that no core can hold, ascending."""
    axons, memory = graph.fan_in > limits.axons, graph.vertex_memory > limits.memory
    return np.flatnonzero(axons | memory | (graph.vertex_slots > limits.slots) | (limits.neurons < 1))


def core_bound(graph: GroupedGraph, limits: Limits) -> int:
    """Bound the cores of a graph. No partition within `limits` has fewer cores.

    By neurons and by memory; and where vertices take every axon of a core, no vertex with any other source can join
    them, so that the two sets are counted apart."""
    everything = np.arange(graph.vertices)
    full = np.flatnonzero(graph.fan_in == limits.axons)
    if len(full) == 0:
        return capacity_bound(graph, limits, everything)
    reached_by_full = np.zeros(graph.groups, dtype=bool)
    for vertex in full:
        reached_by_full[graph.in_group[graph.in_start[vertex] : graph.in_start[vertex + 1]]] = True
    outside = np.zeros(graph.vertices, dtype=bool)
    outside[graph.target[~reached_by_full[graph.target_group]]] = True
    outside[full] = False
    apart = capacity_bound(graph, limits, full) + capacity_bound(graph, limits, np.flatnonzero(outside))
    return max(apart, capacity_bound(graph, limits, everything))


def capacity_bound(graph: GroupedGraph, limits: Limits, vertices: np.ndarray) -> int:
    """Bound the cores of these vertices, by neurons and by memory."""
    by_neurons = -(-len(vertices) // limits.neurons)
    return max(by_neurons, -(-int(graph.vertex_memory[vertices].sum()) // max(limits.memory, 1)))
