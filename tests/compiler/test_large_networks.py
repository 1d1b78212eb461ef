"""What is done for large networks only, on small ones: sources by positions, cores of one neuron, slots as memory."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest
from spikec.compiler.backends.loihi import partition as partitioning
from spikec.compiler.backends.loihi.core_usage import check_placement, cut_traffic, slots_by_neuron
from spikec.compiler.backends.loihi.partition import partition
from spikec.compiler.backends.loihi.partition_mapped import core_of
from spikec.compiler.backends.shared import group_sources as grouping
from spikec.compiler.backends.shared.group_sources import group_sources
from spikec.compiler.ir.quantized import QuantizedNetwork
from spikec.compiler.mapping.metric import measure, traffic
from spikec.targets import load
from spikec.targets.loihi1.model import LoihiChip

from .quantized_nets import layered, network, population, projection

LOIHI = load("loihi1")


def chip(**capacity: int) -> LoihiChip:
    return msgspec.structs.replace(LOIHI, capacity=msgspec.structs.replace(LOIHI.capacity, **capacity))


def channels(seed: int) -> QuantizedNetwork:
    """6 channels on 4 x 4, each position onto the same place of 8 channels and its neighbours; few weights are 0."""
    random = np.random.default_rng(seed)
    sides = [(6, 4, 4), (8, 4, 4)]
    matrix = np.zeros((128, 96), dtype=np.int64)
    for c, y, x, d, dy, dx in np.ndindex(6, 4, 4, 8, 3, 3):
        v, u = y + dy - 1, x + dx - 1
        if 0 <= v < 4 and 0 <= u < 4 and random.random() > 0.05:
            matrix[d * 16 + v * 4 + u, c * 16 + y * 4 + x] = random.integers(1, 60)
    named = [
        replace(population(name, int(np.prod(shape))), shape=shape)
        for name, shape in zip("ab", sides, strict=True)
    ]
    return network(
        named, 5, [projection("in", "a", random.integers(1, 9, (96, 5))), projection("a", "b", matrix)]
    )


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every network counts as large."""
    monkeypatch.setattr(grouping, "MANY", 0)
    monkeypatch.setattr(partitioning, "MANY", 0)


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("seed", range(3))
def test_positions_are_groups_that_reach_all_that_a_channel_reaches(seed: int) -> None:
    net = channels(seed)
    found = group_sources(net, {})
    graph = found.graph
    assert not found.exact
    assert graph.groups == 16 + 1
    first = {name: start for name, start in found.first.items()}
    for p in net.projections:
        if p.pre not in first:
            continue
        for source, post in zip(p.cols.tolist(), p.rows.tolist(), strict=True):
            group = graph.out_group[first["a"] + source]
            targets = graph.target[graph.target_start[group] : graph.target_start[group + 1]]
            assert first["b"] + post in targets


@pytest.mark.usefixtures("large")
def test_traffic_is_counted_from_the_synapses(monkeypatch: pytest.MonkeyPatch) -> None:
    net = channels(3)
    rates = {"a": np.random.default_rng(1).random(96)}
    small = chip(compartments=30)
    placement = partition(net, small, grouped=group_sources(net, rates))
    assert check_placement(net, placement, small) == []
    assert "at one position" in placement.certificate.objective
    monkeypatch.setattr(grouping, "MANY", 1 << 30)
    exact = group_sources(net, rates)
    wanted = traffic(exact.graph, core_of(placement, exact))
    assert exact.exact
    assert np.allclose(cut_traffic(net, placement, small, rates), wanted)
    slots = slots_by_neuron(net, placement, small)
    used = [0] * placement.cores
    for piece in placement.slices:
        used[piece.core] += int(slots[piece.population][placement.neurons(piece)].sum())
    assert used == [u["output_slots"] for u in placement.used]


@pytest.mark.usefixtures("large")
def test_a_neuron_that_hears_too_many_gets_a_core_of_its_own() -> None:
    """Where its sources share axons, which weights of few values let them."""
    random = np.random.default_rng(5)
    wide = network(
        [population("a", 40), population("b", 12)],
        4,
        [
            projection("in", "a", random.integers(1, 9, (40, 4))),
            projection("a", "b", random.integers(1, 6, (12, 40))),
        ],
    )
    small = chip(input_axons=20, compartments=16)
    placement = partition(wide, small)
    assert check_placement(wide, placement, small) == []
    alone = [s.core for s in placement.slices if s.population == "b"]
    assert len(set(alone)) == 12
    assert all(s.size == 1 for s in placement.slices if s.population == "b")


@pytest.mark.usefixtures("large")
def test_output_slots_bound_what_shares_a_core() -> None:
    net = layered([60, 60, 60])
    tight = chip(output_slots=40, compartments=20)
    placement = partition(net, tight)
    assert check_placement(net, placement, tight) == []
    assert max(u["output_slots"] for u in placement.used) <= 40


@pytest.mark.usefixtures("large")
def test_pins_can_be_taken_out_of_a_graph() -> None:
    graph = group_sources(channels(4), {}).graph
    gone = np.arange(100, 110)
    left = graph.without_pins(gone)
    assert not left.fan_in[gone].any()
    others = np.setdiff1d(np.arange(graph.vertices), gone)
    assert np.array_equal(left.fan_in[others], graph.fan_in[others])
    core = np.arange(graph.vertices) % 7
    assert measure(left, core).packets <= measure(graph, core).packets
