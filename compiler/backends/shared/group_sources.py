"""Builds the mapper's graph of a quantised network: neurons, and groups of sources that reach the very same neurons.

Grouping loses nothing: a convolution with 64 input channels has 64 times fewer groups than sources.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace

import networkx as nx
import numpy as np

from ....targets.machines.synapse_rows import SynapseRows, joined, runs
from ...ir.quantized import QuantizedNetwork, QuantizedPopulation, QuantizedProjection
from ...mapping.distinct import distinct
from ...mapping.graph import EXTERNAL, GroupedGraph, Layer
from .alike_sources import alike_sources


@dataclass(frozen=True, kw_only=True, eq=False)
class Grouped:
    """The mapper's graph and where each population is in it.

    order: populations in the order of their vertices. first: population -> its first vertex. exact: whether all sources
    of a group have the very same targets; else it has all that any of them has."""

    graph: GroupedGraph
    order: tuple[QuantizedPopulation, ...]
    first: Mapping[str, int]
    exact: bool = True


MANY = 1 << 24
"""Synapses: in larger networks, sources that reach nearly the same neurons are one group."""


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
    layers, rows = _layers(network, order, first), _words(network, offset)
    groups, rest = _nearly_alike(network, rows, offset, nodes) if network.synapses > MANY else (None, rows)
    groups = _joined(groups, _alike(_sources(rest, nodes)))
    graph = GroupedGraph(
        name=network.target,
        layers=layers,
        member=np.where(groups.member < neurons, groups.member, EXTERNAL),
        member_rate=rate[groups.member],
        member_start=_starts(groups.members),
        target=groups.target,
        target_start=_starts(groups.targets),
        axons=groups.axons,
    )
    return Grouped(graph=graph, order=order, first=first, exact=rest is rows)


def with_memory(grouped: Grouped, stored_bits: Mapping[str, int]) -> Grouped:
    """Give each neuron of the graph its synaptic memory in bits.

    stored_bits: population -> bits that all its synapses take on the cores of some partition, rows shared as there.
    A neuron's memory is its share of that, in proportion to its axons, rounded up."""
    memory = np.zeros(grouped.graph.vertices, dtype=np.int64)
    for p in grouped.order:
        place = slice(grouped.first[p.name], grouped.first[p.name] + p.size)
        heard = grouped.graph.fan_in[place]
        memory[place] = -(-heard * stored_bits[p.name] // max(int(heard.sum()), 1))
    return replace(grouped, graph=grouped.graph.with_memory(memory))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Groups:
    """Groups of sources: their members end to end, nodes, and how many each has; their targets likewise; axons:
    (groups,) what a core spends on each."""

    member: np.ndarray
    members: np.ndarray
    target: np.ndarray
    targets: np.ndarray
    axons: np.ndarray


def _alike(sources: _Sources) -> _Groups:
    """Groups of sources with the very same targets."""
    group, holder = _numbered(sources.kind)
    alike = _numbered(sources.synapses)[0]
    kinds = np.int64(max(alike.size, 1))
    return _Groups(
        member=sources.node[np.argsort(group, kind="stable")],
        members=np.bincount(group, minlength=len(holder)),
        target=_targets_of(sources, group, holder),
        targets=sources.count[holder],
        axons=np.bincount(distinct(group * kinds + alike) // kinds),
    )


def _joined(some: _Groups | None, others: _Groups) -> _Groups:
    if some is None:
        return others
    parts = [(getattr(some, f.name), getattr(others, f.name)) for f in fields(_Groups)]
    return _Groups(**{f.name: np.concatenate(both) for f, both in zip(fields(_Groups), parts, strict=True)})


def _nearly_alike(
    network: QuantizedNetwork, rows: SynapseRows, offset: Mapping[str, int], nodes: int
) -> tuple[_Groups, SynapseRows]:
    """Groups of the sources at a position of a population, or of all of one without positions, where these reach nearly
    the same; and the synapses of all others."""
    kind, kinds = np.zeros(nodes, dtype=np.int64), 0
    for part in (*network.populations, *network.inputs):
        shape = spatial(part.shape)
        places = 1 if shape is None else shape[1] * shape[2]
        kind[offset[part.name] : offset[part.name] + part.size] = kinds + np.arange(part.size) % places
        kinds += places
    which, target, targets = alike_sources(rows, kind, nodes)
    near = np.zeros(kinds, dtype=np.bool_)
    near[which] = True
    source = distinct(rows.source)
    source = source[near[kind[source]]]
    members = np.bincount(kind[source], minlength=kinds)[which]
    order = np.argsort(kind[source], kind="stable")
    groups = _Groups(member=source[order], members=members, target=target, targets=targets, axons=members)
    return groups, rows.of_axons(~near[kind[rows.source]])


@dataclass(frozen=True, kw_only=True, eq=False)
class _Sources:
    """node: (S,) every node with targets, ascending. count: (S,) its distinct targets. kind, synapses: (S,) uint64
    hashes of its targets, and of its targets, weights and delays. parts: lists the targets again, part by part."""

    node: np.ndarray
    count: np.ndarray
    kind: np.ndarray
    synapses: np.ndarray
    parts: Callable[[], Iterator[_Part]]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Part:
    """Some of the sources. node, count: of each; target: their distinct targets, end to end; kind, synapses: (sources,)
    uint64 as of `_Sources`."""

    node: np.ndarray
    count: np.ndarray
    target: np.ndarray
    kind: np.ndarray
    synapses: np.ndarray

    @property
    def start(self) -> np.ndarray:
        """Where the targets of each source begin."""
        return np.cumsum(self.count) - self.count


def _words(network: QuantizedNetwork, offset: Mapping[str, int]) -> SynapseRows:
    """All synapses between nodes, in order of sources, weighed by a word of what each is."""
    return joined(
        (replace(p.synapses, weight=_what(k, p)), offset[p.pre], offset[p.post])
        for k, p in enumerate(network.projections)
    ).by_source()


def _sources(rows: SynapseRows, nodes: int) -> _Sources:
    def parts() -> Iterator[_Part]:
        return (_part(rows, part, nodes) for part in rows.parts())

    found = [(p.node, p.count, p.kind, p.synapses) for p in parts()]
    none = np.zeros(0, dtype=np.int64)
    empty = (none, none, none.astype(np.uint64), none.astype(np.uint64))
    node, count, kind, synapses = (np.concatenate(column) for column in zip(empty, *found, strict=True))
    return _Sources(node=node, count=count, kind=kind, synapses=synapses, parts=parts)


def _part(rows: SynapseRows, part: slice, nodes: int) -> _Part:
    from .group_sources_kernel import sources_in_order, told

    source, target, what, _, _ = rows.flat(part)
    sources = sources_in_order(source, target)
    if sources < 0:
        order = np.argsort(source.astype(np.int64) * nodes + target, kind="stable")
        source, target, what = source[order], target[order], what[order]
        sources = sources_in_order(source, target)
    node, count = np.empty(sources, dtype=np.int64), np.empty(sources, dtype=np.int64)
    kind, synapses = np.empty(sources, dtype=np.uint64), np.empty(sources, dtype=np.uint64)
    once = np.empty_like(target)
    filled = told(source, target, what, node, count, kind, synapses, once)
    return _Part(node=node, count=count, target=once[:filled], kind=kind, synapses=synapses)


def _what(number: int, projection: QuantizedProjection) -> np.ndarray:
    """(S,) int64: a word of projection, weight and delay of each stored synapse."""
    stored = projection.synapses
    packed = (stored.weight.astype(np.int64) + 4096) << 16 | stored.delay
    return (_mixed(packed) + np.uint64(number)).view(np.int64)


def _targets_of(sources: _Sources, group: np.ndarray, holder: np.ndarray) -> np.ndarray:
    """The targets of each group end to end: those of the source that stands for it. All others have the very same:
    hashes alone prove nothing."""
    length = sources.count[holder]
    start = _starts(length)
    target = np.zeros(int(start[-1]), dtype=np.int64)
    same, seen = bool((sources.count == length[group]).all()), 0
    for part in sources.parts() if same else ():
        own = group[seen : seen + part.node.size]
        shown = np.flatnonzero(holder[own] == np.arange(seen, seen + part.node.size))
        target[runs(start[own[shown]], start[own[shown]] + part.count[shown])] = part.target[
            runs(part.start[shown], (part.start + part.count)[shown])
        ]
        same &= np.array_equal(part.target, target[runs(start[own], start[own] + part.count)])
        seen += part.node.size
    if not same:
        raise RuntimeError("two sources with different targets have the same hash")
    return target


def _numbered(key: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each key's number in order of first appearance, and where each number first appears."""
    _, holder, inverse = np.unique(key, return_index=True, return_inverse=True)
    order = np.argsort(holder)
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    return rank[inverse.reshape(-1)], holder[order]


def _starts(count: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(count)]).astype(np.int64)


def _downstream(network: QuantizedNetwork) -> tuple[QuantizedPopulation, ...]:
    """Populations so that spikes flow from the first to the last; those of a loop together, all else by name."""
    wires = nx.DiGraph()
    wires.add_nodes_from(p.name for p in network.populations)
    wires.add_edges_from((p.pre, p.post) for p in network.projections if p.pre in wires)
    parts = nx.condensation(wires, scc=sorted(map(sorted, nx.strongly_connected_components(wires))))
    names = [sorted(parts.nodes[k]["members"]) for k in nx.lexicographical_topological_sort(parts)]
    return tuple(network.population(name) for members in names for name in members)


def _mixed(key: np.ndarray) -> np.ndarray:
    """(k,) uint64 hashes of (k,) integers; sums wrap."""
    mixed = (key.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
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
                stride, middle = _window(projection.synapses, shape, grid)
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
    synapses: SynapseRows, shape: tuple[int, int, int], grid: tuple[int, int, int]
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Stride and middle (as in Layer) of the windows through which a layer sees its source, along each axis."""
    from .group_sources_kernel import seen_along

    sees = [np.zeros((n, m), dtype=np.bool_) for n, m in zip(shape[1:], grid[1:], strict=True)]
    for part in synapses.parts():
        source, target, _, _, _ = synapses.flat(part)
        seen_along(source, target, shape[2], shape[1] * shape[2], grid[2], grid[1] * grid[2], *sees)
    axes = [_along(seen) for seen in sees]
    return (axes[0][0], axes[1][0]), (axes[0][1], axes[1][1])


def _along(sees: np.ndarray) -> tuple[int, int]:
    """From the windows that the border does not cut, where there are two or more of them. sees: (places, sources) bool,
    which sources each place sees along an axis."""
    places, sources = sees.shape
    any_seen = sees.any(axis=1)
    low = np.where(any_seen, sees.argmax(axis=1), sources)
    high = np.where(any_seen, sources - 1 - sees[:, ::-1].argmax(axis=1), -1)
    whole = np.flatnonzero((low > 0) & (high < sources - 1) & (high >= 0))
    if len(whole) < 2:
        stride = max(1, round(sources / places))
        return stride, sources - 1 - stride * (places - 1)
    centre = low[whole] + high[whole]
    stride = max(1, round(float(np.median(np.diff(centre) / np.diff(whole))) / 2))
    return stride, round(float(np.median(centre - 2 * stride * whole)))
