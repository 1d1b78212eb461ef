"""Partitions by other means: neurons in order of their index, Mt-KaHyPar and METIS, the last two repaired.

Mt-KaHyPar and METIS know one weight of a vertex and one of a part: a vertex weighs the largest share of a core that it
takes, and cores that then break a limit are cut in order.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from spikec.compiler.mapping.graph import GroupedGraph, Limits
from spikec.compiler.mapping.metric import measure
from spikec.compiler.mapping.pack_kernel import FREE, Order, pack, pins
from spikec.compiler.mapping.refine import numbered

SEED = 1
WEIGHT_UNITS, RATE_UNITS = 1_000_000, 100_000  # both programs take whole numbers


@dataclass(frozen=True)
class Part:
    """core: (vertices,) of each vertex. seconds: of processor time, all threads. broken: cores that broke a limit
    before the repair."""

    core: np.ndarray
    seconds: float
    broken: int = 0


def channel_last(graph: GroupedGraph) -> np.ndarray:
    """(vertices,) the vertices of each layer position by position, at each its channels."""
    return np.concatenate(
        [part.first + np.arange(part.size).reshape(part.channels, -1).T.ravel() for part in graph.layers]
    )


def in_order(graph: GroupedGraph, limits: Limits, order: np.ndarray) -> np.ndarray:
    """(vertices,) cores, each as full as the limits allow, of `order`: some or all vertices; -1 elsewhere."""
    one, none = np.ones(len(order), dtype=np.int64), np.zeros(len(order), dtype=np.int64)
    core = np.full(graph.vertices, -1, dtype=np.int64)
    pack(Order(order, one, one, none.astype(bool), none), FREE, pins(graph, limits), 0, core)
    return core


def repaired(graph: GroupedGraph, limits: Limits, core: np.ndarray) -> tuple[np.ndarray, int]:
    """Cores within the limits, and how many broke one: those are cut in order, channel-last."""
    cost = measure(graph, core)
    over = (
        (cost.core_neurons > limits.neurons)
        | (cost.core_axons > limits.axons)
        | (cost.core_memory > limits.memory)
    )
    found, order = core.copy(), channel_last(graph)
    for bad in np.flatnonzero(over):
        held = order[core[order] == bad]
        found[held] = found.max() + 1 + in_order(graph, limits, held)[held]
    return numbered(found), int(over.sum())


def weights(graph: GroupedGraph, limits: Limits) -> np.ndarray:
    """(vertices,) int64: the share of a core's neurons or memory that a vertex takes, whichever is larger."""
    share = np.maximum(1 / limits.neurons, graph.vertex_memory / limits.memory)
    return np.rint(share * WEIGHT_UNITS).astype(np.int64)


def edges(graph: GroupedGraph) -> tuple[list[list[int]], np.ndarray]:
    """For each group its targets and one of its sources, if that is a neuron; and its spikes per step."""
    found = np.split(graph.target, graph.target_start[1:-1])
    first = graph.member[graph.member_start[:-1]]
    pinned = [
        held if source < 0 else np.union1d(held, source) for held, source in zip(found, first, strict=True)
    ]
    return [held.tolist() for held in pinned], np.add.reduceat(graph.member_rate, graph.member_start[:-1])


def _whole(rate: np.ndarray, units: float) -> np.ndarray:
    return np.maximum(1, np.rint(rate * units)).astype(np.int64)


def mtkahypar(graph: GroupedGraph, limits: Limits, cores: int, imbalance: float) -> Part | None:
    """Default preset, one thread, connectivity minus one; None where it is not installed. Its seed does not make it
    repeat itself to the last packet from process to process."""
    if (ready := started_mtkahypar()) is None:
        return None
    tool, start = ready
    context = start.context_from_preset(tool.PresetType.DEFAULT)
    context.set_partitioning_parameters(cores, imbalance, tool.Objective.KM1)
    tool.set_seed(SEED)
    pinned, rate = edges(graph)
    weight = weights(graph, limits).tolist()
    paid = _whole(rate, RATE_UNITS).tolist()
    whole = start.create_hypergraph(context, graph.vertices, len(pinned), pinned, weight, paid)
    return _timed(graph, limits, lambda: np.array(whole.partition(context).get_partition(), dtype=np.int64))


@cache
def started_mtkahypar() -> tuple[Any, Any] | None:
    """The module and its initialiser, which a process has once."""
    try:
        tool = importlib.import_module("mtkahypar")
    except ImportError:
        return None
    return tool, tool.initialize(1)


def metis(graph: GroupedGraph, limits: Limits, cores: int) -> Part | None:
    """k-way, each group a star around a vertex that weighs nothing; None where pymetis is not installed."""
    try:
        tool = importlib.import_module("pymetis")
    except ImportError:
        return None
    pinned, rate = edges(graph)
    length = np.array([len(held) for held in pinned])
    centre = graph.vertices + np.repeat(np.arange(len(pinned)), length)
    pin = np.concatenate(pinned)
    ends, others = np.concatenate([pin, centre]), np.concatenate([centre, pin])
    order = np.argsort(ends, kind="stable")
    paid = _whole(rate, min(RATE_UNITS, 2**29 / float((rate * length).sum())))  # their sum is kept in 32 bits
    nodes = graph.vertices + len(pinned)
    starts = np.concatenate([[0], np.cumsum(np.bincount(ends, minlength=nodes))])
    arguments = {
        "xadj": starts.tolist(),
        "adjncy": others[order].tolist(),
        "vweights": [*weights(graph, limits).tolist(), *[0] * len(pinned)],
        "eweights": np.tile(np.repeat(paid, length), 2)[order].tolist(),
        "options": tool.Options(seed=SEED),
    }
    return _timed(
        graph,
        limits,
        lambda: np.array(tool.part_graph(cores, **arguments)[1], dtype=np.int64)[: graph.vertices],
    )


def _timed(graph: GroupedGraph, limits: Limits, run: Callable[[], np.ndarray]) -> Part:
    """The run and the repair, without what it takes to hand the network over."""
    begin = time.process_time()
    core, broken = repaired(graph, limits, numbered(run()))
    return Part(core=core, seconds=time.process_time() - begin, broken=broken)
