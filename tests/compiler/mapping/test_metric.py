"""Packets, axons and traffic against a count with Python sets; limits at their edges; which graphs are refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from spikec.compiler.mapping.graph import EXTERNAL, GroupedGraph, Layer, Limits
from spikec.compiler.mapping.metric import measure, traffic

from .by_sets import count
from .graphs import SEEDS, flat, made, random_graph


def random_cores(graph: GroupedGraph, seed: int) -> np.ndarray:
    """Cores, some of them empty."""
    return np.random.default_rng(seed).integers(0, 5, graph.vertices)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(SEEDS, SEEDS)
def test_against_sets(seed: int, other: int) -> None:
    graph = random_graph(seed, most=30)
    core = random_cores(graph, other)
    cost, counted = measure(graph, core), count(graph, core.tolist())
    assert cost.packets == counted.packets
    assert cost.core_neurons.tolist() == counted.neurons
    assert cost.core_axons.tolist() == counted.axons
    assert cost.core_memory.tolist() == counted.memory
    assert cost.axons == sum(counted.axons)
    between = traffic(graph, core)
    assert {(int(a), int(b)): between[a, b] for a, b in zip(*np.nonzero(between), strict=True)} == {
        pair: packets for pair, packets in counted.traffic.items() if packets
    }


def test_a_network_by_hand() -> None:
    """Two inputs to neurons 0 and 1; neuron 0 to 1, 2 and itself; neuron 1 to 2."""
    graph = made(flat(3), [[EXTERNAL, EXTERNAL], [0], [1]], [[0, 1], [0, 1, 2], [2]], [0.5, 0.25, 1.0, 2.0])
    assert measure(graph, np.array([0, 0, 0])).packets == 0.75
    apart = measure(graph, np.array([0, 1, 2]))
    assert apart.packets == 2 * 0.75 + 2 * 1.0 + 2.0
    assert apart.core_axons.tolist() == [3, 3, 2]
    assert traffic(graph, np.array([0, 1, 2])).tolist() == [[0, 1, 1], [0, 0, 2], [0, 0, 0]]
    assert measure(graph, np.array([0, 0, 1])).packets == 0.75 + 1.0 + 2.0


def test_limits_hold_at_their_edge() -> None:
    graph = made(flat(3), [[EXTERNAL, EXTERNAL], [0]], [[0, 1], [2]])
    cost = measure(graph, np.array([0, 0, 1]))
    edge = Limits(neurons=2, axons=2, memory=4)
    assert cost.within(edge)
    for name in ("neurons", "axons", "memory"):
        assert not cost.within(replace(edge, **{name: getattr(edge, name) - 1}))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(SEEDS)
def test_what_a_graph_derives(seed: int) -> None:
    graph = random_graph(seed, most=20)
    heard: list[list[int]] = [[] for _ in range(graph.vertices)]
    for group in range(graph.groups):
        for v in graph.target[graph.target_start[group] : graph.target_start[group + 1]].tolist():
            heard[v].append(group)
    for v in range(graph.vertices):
        assert graph.in_group[graph.in_start[v] : graph.in_start[v + 1]].tolist() == heard[v]
        assert graph.fan_in[v] == sum(int(graph.group_axons[g]) for g in heard[v])
    for index, part in enumerate(graph.layers):
        alike = all(
            (heard[v], graph.vertex_memory[v]) == (heard[w], graph.vertex_memory[w])
            for w in range(part.first, part.first + part.positions)
            for v in range(w, part.last, part.positions)
        )
        assert graph.uniform[index] == alike


def test_a_graph_without_synapses() -> None:
    graph = made(flat(2), [], [])
    cost = measure(graph, np.array([0, 1]))
    assert (cost.packets, cost.axons, cost.core_neurons.tolist()) == (0, 0, [1, 1])


def gap() -> GroupedGraph:
    return made([Layer(kind="flat", first=1, channels=2)], [[EXTERNAL]], [[1]])


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (gap, "layers do not cover"),
        (lambda: made(flat(2), [[0], []], [[1], [0]]), "without sources"),
        (lambda: made(flat(2), [[0]], [[]]), "without sources or targets"),
        (lambda: made(flat(2), [[0]], [[1]], [-1.0]), "rates"),
        (lambda: made(flat(2), [[0]], [[1]], [float("nan")]), "rates"),
        (lambda: made(flat(2), [[0]], [[1]], [float("inf")]), "rates"),
        (lambda: made(flat(2), [[0]], [[1]], [1.0, 1.0]), "rates"),
        (lambda: made(flat(2), [[0], [0]], [[1], [0]]), "two groups"),
        (lambda: made(flat(2), [[2]], [[1]]), "does not exist"),
        (lambda: made(flat(2), [[0]], [[2]]), "target does not exist"),
        (lambda: made(flat(2), [[0]], [[-1]]), "target does not exist"),
        (lambda: made(flat(2), [[0]], [[1, 1]]), "target twice"),
        (lambda: made(flat(2), [[0]], [[0, 0]]), "target twice"),
        (lambda: made(flat(3), [[0], [1]], [[0], [1, 2, 1]]), "target twice"),
    ],
)  # fmt: skip
def test_a_graph_that_breaks_a_rule_is_refused(build: Callable[[], GroupedGraph], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        build()


def test_one_synapse_is_no_duplicate() -> None:
    """The first vertex hears nothing: once an index of -1."""
    assert made(flat(2), [[EXTERNAL]], [[1]]).fan_in.tolist() == [0, 1]
    assert made(flat(3), [[EXTERNAL], [0]], [[1], [1, 2]]).fan_in.tolist() == [0, 2, 1]
