"""The benchmark's networks are those of its table, its peers are repaired, and it runs without them."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from spikec.compiler.mapping.bounds import core_bound
from spikec.compiler.mapping.graph import EXTERNAL, Limits
from spikec.compiler.mapping.mapper import map_graph
from spikec.compiler.mapping.metric import measure

from ...benchmarks import mapping, mapping_peers
from ...benchmarks.mapping_peers import channel_last, edges, in_order, repaired, weights
from ...benchmarks.networks import NETWORKS
from ...effort import thinned
from .graphs import flat, made


@pytest.mark.parametrize(
    ("name", "neurons", "synapses", "sources", "bound"),
    [("MLP", 276, 184_320, 956, 6), ("LeNet", 5_814, 286_120, 6_588, 23), ("reservoir 2k", 2_000, 406_067, 2_064, 8)],
)  # fmt: skip
def test_sizes(name: str, neurons: int, synapses: int, sources: int, bound: int) -> None:
    build, limits = NETWORKS[name]
    graph = build()
    assert graph.vertices == neurons
    assert graph.member.size == sources
    assert int(graph.fan_in.sum()) == synapses
    assert core_bound(graph, limits) == bound


@pytest.mark.parametrize(("name", "cores"), thinned([("MLP", 6), ("LeNet", 23)], 2))
def test_counted_with_sets(name: str, cores: int) -> None:
    build, limits = NETWORKS[name]
    graph = build()
    found = map_graph(graph, limits)
    cost = measure(graph, found.core)
    mapping.count_again(graph, found.core, cost)
    assert found.cost.cores == found.least_cores == cores
    with pytest.raises(ValueError, match="counted with sets"):
        mapping.count_again(graph, np.roll(found.core, 1), cost)


def test_a_core_that_breaks_a_limit_is_cut_in_order() -> None:
    graph = made(flat(6), [[EXTERNAL], [EXTERNAL]], [[0, 1, 2, 3], [4, 5]])
    limits = Limits(neurons=3, axons=1, memory=9)
    core, broken = repaired(graph, limits, np.array([0, 0, 0, 0, 1, 1]))
    assert (core.tolist(), broken) == ([0, 0, 0, 1, 2, 2], 1)
    core, broken = repaired(graph, limits, np.array([0, 0, 1, 1, 1, 0]))
    assert measure(graph, core).within(limits)
    assert broken == 2


def test_orders() -> None:
    graph = NETWORKS["LeNet"][0]()
    order = channel_last(graph)
    assert sorted(order.tolist()) == list(range(graph.vertices))
    assert order[:7].tolist() == [0, 576, 1152, 1728, 2304, 2880, 1]  # 6 channels of 24 x 24
    cut = in_order(graph, NETWORKS["LeNet"][1], order)[order]
    assert (np.diff(cut) >= 0).all()
    assert measure(graph, in_order(graph, NETWORKS["LeNet"][1], order)).within(NETWORKS["LeNet"][1])


def test_what_peers_are_given() -> None:
    graph = made(flat(3), [[EXTERNAL] * 3, [2, 0]], [[0, 1], [1]], [0.5, 0.5, 0.5, 1.0, 2.0])
    pinned, rate = edges(graph)
    assert (pinned, rate.tolist()) == ([[0, 1], [1, 2]], [1.5, 3.0])
    assert weights(graph, Limits(neurons=4, axons=9, memory=10)).tolist() == [300_000, 500_000, 250_000]


def test_it_runs_without_its_peers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("mtkahypar", "pymetis"):
        monkeypatch.setitem(sys.modules, name, None)  # importing it fails
    monkeypatch.setattr(sys, "argv", ["mapping", "MLP"])
    mapping_peers.started_mtkahypar.cache_clear()
    mapping.main()
    mapping_peers.started_mtkahypar.cache_clear()
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["MLP", "Mt-KaHyPar", "not", "installed"] in rows
    assert ["MLP", "METIS", "not", "installed"] in rows
    assert ["MLP", "lower", "bound", "6"] in rows
    assert any(row[:6] == ["MLP", "spikec,", "fewest", "cores", "6", "88.84"] for row in rows)
    assert any(row[:4] == ["MLP", "Hilbert,", "force-directed", "2x3"] for row in rows)


def test_an_unknown_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["mapping", "AlexNet"])
    with pytest.raises(SystemExit, match="there are: MLP, LeNet"):
        mapping.main()
