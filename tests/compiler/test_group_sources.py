"""Groups of sources give the synapses of the network back; windows are those of the convolutions; locks keep orders."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st
from spikec.compiler.backends.shared.group_sources import Grouped, group_sources, spatial, with_memory
from spikec.compiler.ir.quantized import QuantizedNetwork, ScaledProjection
from spikec.compiler.mapping.graph import EXTERNAL
from spikec.targets.machines.synapse_rows import as_rows

from .quantized_nets import EIGHT, network, population, projection, random_network

SEEDS = st.integers(0, 2**31)


def doubled_network(seed: int) -> QuantizedNetwork:
    """A random network; some links twice with other weights and delays, some sources alike."""
    rng = np.random.default_rng(seed)
    net = random_network(rng, most=9)
    links: list[ScaledProjection] = []
    for link in net.projections:
        delay = rng.integers(0, 3, link.rows.size) * rng.integers(0, 2)
        links.append(replace(link, synapses=as_rows(link.cols, link.rows, link.code, delay)))
        if rng.random() < 0.5:
            kept = np.flatnonzero(rng.random(link.rows.size) < 0.7)
            if kept.size:
                code = 2 * rng.integers(1, 3, kept.size)
                links.append(
                    replace(link, synapses=as_rows(link.cols[kept], link.rows[kept], code, delay[kept]))
                )
    return replace(net, projections=tuple(links))


def synapses_of(net: QuantizedNetwork) -> dict[tuple[str, int], list[tuple[str, int, int, int, int]]]:
    """(population or input, source) -> population, target, projection, mantissa, delay of each synapse."""
    found: dict[tuple[str, int], list[tuple[str, int, int, int, int]]] = defaultdict(list)
    for number, p in enumerate(net.projections):
        rows = zip(p.rows.tolist(), p.cols.tolist(), p.code.tolist(), p.delay.tolist(), strict=True)
        for row, col, mantissa, delay in rows:
            found[p.pre, col].append((p.post, row, number, mantissa, delay))
    return found


def name_of(grouped: Grouped, vertex: int) -> tuple[str, int]:
    return next(
        (p.name, vertex - grouped.first[p.name])
        for p in grouped.order
        if grouped.first[p.name] <= vertex < grouped.first[p.name] + p.size
    )


@settings(max_examples=80, deadline=None, derandomize=True)
@given(SEEDS)
def test_groups_give_the_synapses_back(seed: int) -> None:
    net = doubled_network(seed)
    random = np.random.default_rng(seed)
    rates = {
        p.name: np.round(random.random(p.size), 6)
        for p in (*net.populations, *net.inputs)
        if random.random() < 0.7
    }
    grouped = group_sources(net, rates)
    graph, synapses = grouped.graph, synapses_of(net)
    ports = {port.name for port in net.inputs}
    wanted = Counter(
        (
            None if pre in ports else (pre, source),
            frozenset((post, row) for post, row, *_ in held),
            float(rates[pre][source]) if pre in rates else 1.0,
        )
        for (pre, source), held in synapses.items()
    )
    found: Counter[tuple[tuple[str, int] | None, frozenset[tuple[str, int]], float]] = Counter()
    for group in range(graph.groups):
        targets = graph.target[graph.target_start[group] : graph.target_start[group + 1]].tolist()
        reached = frozenset(name_of(grouped, v) for v in targets)
        for i in range(graph.member_start[group], graph.member_start[group + 1]):
            source = int(graph.member[i])
            who = None if source == EXTERNAL else name_of(grouped, source)
            found[who, reached, float(graph.member_rate[i])] += 1
    assert found == wanted
    distinct: dict[frozenset[tuple[str, int]], set[frozenset[tuple[object, int]]]] = defaultdict(set)
    for held in synapses.values():
        distinct[frozenset((post, row) for post, row, *_ in held)].add(frozenset(Counter(held).items()))
    assert sorted(graph.group_axons.tolist()) == sorted(len(kinds) for kinds in distinct.values())
    assert graph.groups == len(distinct)  # no two groups reach the same


@settings(max_examples=40, deadline=None, derandomize=True)
@given(SEEDS)
def test_populations_follow_the_spikes(seed: int) -> None:
    """Unless it is part of a loop, a population comes after those that it hears."""
    net = doubled_network(seed)
    grouped = group_sources(net, {})
    place = {p.name: k for k, p in enumerate(grouped.order)}
    assert sorted(place) == [p.name for p in net.populations]
    hears: dict[str, set[str]] = {p.name: set() for p in net.populations}
    for link in net.projections:
        if link.pre in place:
            hears[link.post].add(link.pre)
    for _ in place:  # the transitive closure
        for name in hears:
            hears[name] |= {far for near in sorted(hears[name]) for far in hears[near]}
    for name, others in hears.items():
        assert all(place[other] < place[name] for other in others if name not in hears[other])


def test_memory_is_shared_by_axons() -> None:
    net = network(
        [population("p", 3)], 4, [projection("in", "p", np.array([[1, 2, 3, 4], [0, 0, 3, 4], [0, 0, 0, 4]]))]
    )
    grouped = with_memory(group_sources(net, {}), {"p": 700})
    assert grouped.graph.fan_in.tolist() == [4, 2, 1]
    assert grouped.graph.vertex_memory.tolist() == [400, 200, 100]
    assert with_memory(grouped, {"p": 701}).graph.vertex_memory.tolist() == [401, 201, 101]


def test_a_population_that_hears_nothing() -> None:
    net = network([population("p", 2)], 1, [])
    grouped = group_sources(net, {})
    assert grouped.graph.groups == 0
    assert with_memory(grouped, {"p": 0}).graph.vertex_memory.tolist() == [0, 0]


def convolved(
    side: tuple[int, int], channels: tuple[int, int], kernel: int, stride: int, padding: int, dilation: int
) -> QuantizedNetwork:
    """A population of rows x columns that another sees through windows."""
    span = dilation * (kernel - 1) + 1
    out = [(n + 2 * padding - span) // stride + 1 for n in side]
    assume(min(out) > 0)
    rows: list[int] = []
    cols: list[int] = []
    for y, x, dy, dx in np.ndindex(out[0], out[1], kernel, kernel):
        v, u = y * stride - padding + dy * dilation, x * stride - padding + dx * dilation
        if 0 <= v < side[0] and 0 <= u < side[1]:
            for c, d in np.ndindex(channels[1], channels[0]):
                rows.append((c * out[0] + y) * out[1] + x)
                cols.append((d * side[0] + v) * side[1] + u)
    seen, given_ = np.array(rows), np.array(cols)
    link = ScaledProjection(
        pre="a", post="b", synapses=as_rows(given_, seen, np.full(seen.size, 2)), format=EIGHT,
    )  # fmt: skip
    sizes = {"a": (channels[0], *side), "b": (channels[1], *out)}
    populations = [
        replace(population(name, int(np.prod(shape))), shape=shape) for name, shape in sizes.items()
    ]
    first = projection("in", "a", np.ones((int(np.prod(sizes["a"])), 1)))
    return network(populations, 1, [first, link])


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    st.tuples(st.integers(3, 11), st.integers(3, 11)), st.tuples(st.integers(1, 2), st.integers(1, 2)),
    st.integers(1, 4), st.integers(1, 3), st.integers(0, 2), st.integers(1, 2),
)  # fmt: skip
def test_windows_of_convolutions(
    side: tuple[int, int], channels: tuple[int, int], kernel: int, stride: int, padding: int, dilation: int
) -> None:
    assume(padding < kernel and (dilation == 1 or padding == 0))
    net = convolved(side, channels, kernel, stride, padding, dilation)
    grouped = group_sources(net, {})
    assert [p.name for p in grouped.order] == ["a", "b"]
    first, layer = grouped.graph.layers
    shape = net.population("b").shape
    assert (layer.kind, layer.channels, layer.height, layer.width) == ("spatial", *shape)
    assert (first.source, layer.source) == (None, 0)
    span = dilation * (kernel - 1) + 1
    for axis in range(2):
        low = np.arange(shape[1 + axis]) * stride - padding
        whole = (low > 0) & (low + span - 1 < side[axis] - 1)
        if whole.sum() >= 2:
            assert (layer.stride[axis], layer.middle[axis]) == (stride, span - 1 - 2 * padding)
        else:  # a guess that at least centres the layer on its source
            centre = layer.stride[axis] * (shape[1 + axis] - 1) + layer.middle[axis]
            assert layer.stride[axis] >= 1
            assert centre == side[axis] - 1


@pytest.mark.parametrize(
    ("shape", "grid"), [((5,), None), ((2, 7), (2, 1, 7)), ((2, 3, 4), (2, 3, 4)), ((1, 2, 3, 4), None)]
)
def test_what_has_space(shape: tuple[int, ...], grid: tuple[int, int, int] | None) -> None:
    assert spatial(shape) == grid
