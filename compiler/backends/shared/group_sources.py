"""Builds the mapper's graph of a quantised network: neurons, and groups of sources that reach the very same neurons.

Grouping loses nothing: a convolution with 64 input channels has 64 times fewer groups than sources.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import networkx as nx
import numpy as np

from ...ir.quantized import QuantizedNetwork, QuantizedPopulation, QuantizedProjection
from ...mapping.graph import EXTERNAL, GroupedGraph, Layer


@dataclass(frozen=True, kw_only=True, eq=False)
class Grouped:
    """The mapper's graph and where each population is in it.

    order: populations in the order of their vertices. first: population -> its first vertex."""

    graph: GroupedGraph
    order: tuple[QuantizedPopulation, ...]
    first: Mapping[str, int]


def group_sources(network: QuantizedNetwork, rates: Mapping[str, np.ndarray]) -> Grouped:
    """Group the sources of a network by their targets.

    rates: population or input -> (n,) spikes a step; those not listed spike in every step. Sources with the same
    synapses everywhere count as one axon, as they share one on any core."""
    order = _downstream(network)
    ends = np.cumsum([0, *(p.size for p in order)])
    first = {p.name: int(start) for p, start in zip(order, ends[:-1], strict=True)}
    neurons = nodes = int(ends[-1])
    offset = dict(first)
    for port in network.inputs:
        offset[port.name] = nodes
        nodes += port.size
    rate = np.ones(nodes)
    for name, spikes in rates.items():
        rate[offset[name] : offset[name] + spikes.size] = spikes.reshape(-1)
    sources = _sources(network, offset, nodes)
    group, holder = _numbered(sources.kind)
    _check_alike(sources, holder[group])
    by_group = np.argsort(group, kind="stable")
    member = sources.node[by_group]
    alike = _numbered(sources.synapses)[0]
    axons = np.bincount(np.unique(group * np.int64(max(alike.size, 1)) + alike) // max(alike.size, 1))
    length = sources.count[holder]
    target = sources.target[_runs(sources.start[holder], length)]
    graph = GroupedGraph(
        name=network.target,
        layers=_layers(network, order, first),
        member=np.where(member < neurons, member, EXTERNAL),
        member_rate=rate[member],
        member_start=_starts(np.bincount(group, minlength=len(holder))),
        target=target,
        target_start=_starts(length),
        axons=axons,
    )
    return Grouped(graph=graph, order=order, first=first)


def with_memory(grouped: Grouped, stored_bits: Mapping[str, int]) -> Grouped:
    """Give each neuron of the graph its synaptic memory in bits.

    stored_bits: population -> bits that all its synapses take on the cores of some partition, rows shared as there.
    A neuron's memory is its share of that, in proportion to its axons, rounded up."""
    memory = np.zeros(grouped.graph.vertices, dtype=np.int64)
    for p in grouped.order:
        place = slice(grouped.first[p.name], grouped.first[p.name] + p.size)
        heard = grouped.graph.fan_in[place]
        memory[place] = -(-heard * stored_bits[p.name] // max(int(heard.sum()), 1))
    return replace(grouped, graph=replace(grouped.graph, memory=memory))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Sources:
    """node: (S,) every node with targets, ascending. Its distinct targets: `target[start : start + count]`. kind,
    synapses: (S,) uint64 hashes of its targets, and of its targets, weights and delays."""

    node: np.ndarray
    target: np.ndarray
    start: np.ndarray
    count: np.ndarray
    kind: np.ndarray
    synapses: np.ndarray


def _sources(network: QuantizedNetwork, offset: Mapping[str, int], nodes: int) -> _Sources:
    none = np.zeros(0, dtype=np.int64)
    source = np.concatenate([none, *(p.cols + offset[p.pre] for p in network.projections)])
    target = np.concatenate([none, *(p.rows + offset[p.post] for p in network.projections)])
    what = np.concatenate([none.astype(np.uint64), *(_what(k, p) for k, p in enumerate(network.projections))])
    order = np.argsort(source * np.int64(nodes) + target, kind="stable")
    source, target, what = source[order], target[order], what[order]
    if source.size == 0:
        return _Sources(node=none, target=none, start=none, count=none, kind=what, synapses=what)
    begins = np.concatenate([[True], source[1:] != source[:-1]])
    synapses = np.add.reduceat(_mixed(what ^ _mixed(target.astype(np.uint64))), np.flatnonzero(begins))
    once = begins | np.concatenate([[True], target[1:] != target[:-1]])
    target, begins = target[once], begins[once]
    start = np.flatnonzero(begins)
    return _Sources(
        node=source[once][start],
        target=target,
        start=start,
        count=np.diff(np.append(start, target.size)),
        kind=np.add.reduceat(_mixed(target.astype(np.uint64)), start),
        synapses=synapses,
    )


def _what(number: int, projection: QuantizedProjection) -> np.ndarray:
    """(k,) uint64: projection, weight and delay of each synapse."""
    packed = (projection.code + 4096) << 16 | projection.delay
    return _mixed(packed.astype(np.uint64)) + np.uint64(number)


def _numbered(key: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each key's number in order of first appearance, and where each number first appears."""
    _, holder, inverse = np.unique(key, return_index=True, return_inverse=True)
    order = np.argsort(holder)
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    return rank[inverse.reshape(-1)], holder[order]


def _runs(start: np.ndarray, count: np.ndarray) -> np.ndarray:
    """The places of runs, one after the other."""
    return np.arange(int(count.sum())) + np.repeat(start - (np.cumsum(count) - count), count)


def _starts(count: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(count)]).astype(np.int64)


def _check_alike(sources: _Sources, shown: np.ndarray) -> None:
    """Every source has the targets of the one that stands for its group: hashes alone prove nothing."""
    same = np.array_equal(sources.count, sources.count[shown])
    if not same or not np.array_equal(
        sources.target, sources.target[_runs(sources.start[shown], sources.count)]
    ):
        raise RuntimeError("two sources with different targets have the same hash")


def _downstream(network: QuantizedNetwork) -> tuple[QuantizedPopulation, ...]:
    """Populations so that spikes flow from the first to the last; those of a loop together, all else by name."""
    wires = nx.DiGraph()
    wires.add_nodes_from(p.name for p in network.populations)
    wires.add_edges_from((p.pre, p.post) for p in network.projections if p.pre in wires)
    parts = nx.condensation(wires, scc=sorted(map(sorted, nx.strongly_connected_components(wires))))
    names = [sorted(parts.nodes[k]["members"]) for k in nx.lexicographical_topological_sort(parts)]
    return tuple(network.population(name) for members in names for name in members)


def _mixed(key: np.ndarray) -> np.ndarray:
    """(k,) uint64 hashes of (k,) uint64; sums wrap."""
    mixed = (key + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return mixed ^ (mixed >> np.uint64(32))


def _layers(
    network: QuantizedNetwork, order: tuple[QuantizedPopulation, ...], first: Mapping[str, int]
) -> tuple[Layer, ...]:
    shapes = {p.name: spatial(p.shape) for p in (*network.populations, *network.inputs)}
    number = {p.name: k for k, p in enumerate(order)}
    layers: list[Layer] = []
    for p in order:
        shape = shapes[p.name]
        if shape is None:
            layers.append(Layer(kind="flat", first=first[p.name], channels=p.size))
            continue
        stride, middle, source = (1, 1), (0, 0), None
        feeds = [
            q for q in network.projections if q.post == p.name and number.get(q.pre, 1 << 30) < number[p.name]
        ]
        for projection in feeds:
            if (grid := shapes[projection.pre]) is not None:
                stride, middle = _window(projection.rows, projection.cols, shape, grid)
                source = number[projection.pre]
        layers.append(
            Layer(
                kind="spatial", first=first[p.name], channels=shape[0], height=shape[1], width=shape[2],
                stride=stride, middle=middle, source=source,
            )
        )  # fmt: skip
    return tuple(layers)


def spatial(shape: tuple[int, ...]) -> tuple[int, int, int] | None:
    """Read a shape as (channels, rows, columns), with one row for one dimension of space; None where it has none."""
    if len(shape) == 2:
        return shape[0], 1, shape[1]
    return (shape[0], shape[1], shape[2]) if len(shape) == 3 else None


def _window(
    rows: np.ndarray, cols: np.ndarray, shape: tuple[int, int, int], grid: tuple[int, int, int]
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Stride and middle (as in Layer) of the windows through which a layer sees its source, along each axis."""
    to = divmod(rows % (shape[1] * shape[2]), shape[2])
    of = divmod(cols % (grid[1] * grid[2]), grid[2])
    axes = [_along(to[k], of[k], shape[1 + k], grid[1 + k]) for k in range(2)]
    return (axes[0][0], axes[1][0]), (axes[0][1], axes[1][1])


def _along(to: np.ndarray, of: np.ndarray, places: int, sources: int) -> tuple[int, int]:
    """From the windows that the border does not cut, where there are two or more of them."""
    low, high = np.full(places, sources, dtype=np.int64), np.full(places, -1, dtype=np.int64)
    np.minimum.at(low, to, of)
    np.maximum.at(high, to, of)
    whole = np.flatnonzero((low > 0) & (high < sources - 1) & (high >= 0))
    if len(whole) < 2:
        stride = max(1, round(sources / places))
        return stride, sources - 1 - stride * (places - 1)
    centre = low[whole] + high[whole]
    stride = max(1, round(float(np.median(np.diff(centre) / np.diff(whole))) / 2))
    return stride, round(float(np.median(centre - 2 * stride * whole)))
