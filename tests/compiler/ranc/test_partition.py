"""Clusters and cores: what a core may hold, how few cores there are, and that nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest
from spikec.compiler.backends.ranc.axon_lines import axons_of, targets_of, wires_of
from spikec.compiler.backends.ranc.clusters import Room, grow
from spikec.compiler.backends.ranc.crossbar_rows import usage
from spikec.compiler.backends.ranc.pack import pack
from spikec.compiler.backends.ranc.partition import clustered, partition, room_of
from spikec.compiler.backends.ranc.place import placed
from spikec.compiler.ir.network import Network
from spikec.sim.diagnostic import DiagnosticError

from ..speck.nets import conv, fire, front, port, random, row
from ..xylo.nets import network
from .nets import any_network, chip, fire as neurons, layers, quantized

SMALL = chip(axons=32, neurons=24)


def conv_network() -> Network:
    """8 maps of 10 x 10 behind kernels of 3 x 3 on 2 channels: 18 sources a neuron."""
    raw = row(
        input=port("Input", 2, 10, 10),
        w=conv(random(1, 8, 2, 3, 3), padding=(1, 1)),
        n=fire(8, 10, 10),
        v=conv(random(2, 2, 8, 10, 10)),
        m=fire(2, 1, 1),
        output=port("Output", 2, 1, 1),
    )
    return front(raw).network


@pytest.mark.parametrize("seed", range(12))
def test_clusters_hold_every_neuron_once_and_no_more_than_they_may(seed: int) -> None:
    wires = wires_of(quantized(any_network(seed, largest=30), SMALL).network)
    needs = np.diff(wires.start)
    every, rows = np.flatnonzero(needs <= 32), np.random.default_rng(seed).integers(1, 9, wires.n)
    found = grow(wires, every, rows, Room(axons=32, rows=24))
    np.testing.assert_array_equal(np.sort(np.concatenate(found)), every)
    for cluster in found:
        heard = np.unique(
            np.concatenate([wires.wire[wires.start[k] : wires.start[k + 1]] for k in cluster.tolist()])
        )
        assert heard.size <= 32
        assert rows[cluster].sum() <= 24


def test_neurons_that_hear_the_same_are_together() -> None:
    """One place of a map is 18 sources of up to 4 types; a cluster has whole places, and places side by side."""
    made = quantized(conv_network(), chip()).network
    wires = wires_of(made)
    name = made.populations[1].name
    first, size = wires.first[name], made.populations[1].size
    found = grow(wires, np.arange(first, first + size), np.ones(wires.n, np.int64), Room(axons=256, rows=256))
    assert len(found) <= 8
    places = [np.unique((cluster - first) % 100) for cluster in found]
    assert sum(len(p) for p in places) <= 110


def packed_by_hand(axons: np.ndarray, rows: np.ndarray, room: Room) -> int:
    """The fewest bins, by trying all."""
    best = axons.size

    def go(k: int, used: list[tuple[int, int]]) -> None:
        nonlocal best
        if len(used) >= best:
            return
        if k == axons.size:
            best = len(used)
            return
        a, r = int(axons[k]), int(rows[k])
        for b, (x, y) in enumerate(used):
            if x + a <= room.axons and y + r <= room.rows:
                go(k + 1, [*used[:b], (x + a, y + r), *used[b + 1 :]])
        go(k + 1, [*used, (a, r)])

    go(0, [])
    return best


@pytest.mark.parametrize("seed", range(15))
def test_packings_are_the_smallest(seed: int) -> None:
    random = np.random.default_rng(seed)
    n = int(random.integers(1, 9))
    axons, rows = random.integers(1, 20, n), random.integers(1, 20, n)
    room = Room(axons=24, rows=24)
    found = pack(axons, rows, room)
    assert found.status == "optimal"
    assert found.bins == found.bound == packed_by_hand(axons, rows, room)
    assert np.bincount(found.bin, weights=axons).max() <= 24
    assert np.bincount(found.bin, weights=rows).max() <= 24
    assert found.bin[0] == 0


def test_large_packings_are_bounded() -> None:
    random = np.random.default_rng(0)
    axons, rows = random.integers(1, 200, 300), random.integers(1, 200, 300)
    found = pack(axons, rows, Room(axons=256, rows=256))
    assert found.bound <= found.bins <= 1.4 * found.bound


@pytest.mark.parametrize("seed", range(12))
def test_no_core_holds_more_than_it_may(seed: int) -> None:
    made = quantized(any_network(seed, largest=20), SMALL).network
    try:
        found = partition(made, SMALL)
    except DiagnosticError as problem:
        codes = [d.code for d in problem.diagnostics]
    else:
        codes = []
        clusters = np.unique(clustered(made, found.wires, room_of(SMALL)))
        assert clusters.tolist() == list(range(found.clusters))  # none is empty
        used = usage(found.wires, found.rows, found.core)
        assert max(u["axons"] for u in used) <= 32
        assert max(u["neurons"] for u in used) <= 24
        placement, cost = placed(made, found, SMALL, {})
        assert sorted(set(placement.sites)) == sorted(placement.sites)
        assert cost.hops >= cost.bound
    assert set(codes) <= {"SPK2002", "SPK2032", "SPK2033"}


def test_a_neuron_has_a_copy_for_each_axon_that_hears_it() -> None:
    """One source with weight 7 = 1 + 2 + 4 beside one of -8, onto a neuron that is read."""
    weights = np.array([[0.7, -0.8]])
    made = quantized(
        network(2, {"a": neurons(2), "b": neurons(1)}, [("in", "a", np.eye(2)), ("a", "b", weights)], "b"),
        chip(),
    )
    found = partition(made.network, chip())
    np.testing.assert_array_equal(targets_of(found.wires, found.core), [3, 1, 1])
    core, wire = axons_of(found.wires, found.core)
    assert core.size == wire.size == 2 + 4


def test_a_loop_of_copies_that_grows_is_refused() -> None:
    """Each of 200 neurons hears 8 others on 4 axons: more copies than cores of so few rows settle with."""
    random = np.random.default_rng(3)
    weights = np.where(random.random((200, 200)) < 0.04, random.normal(0, 1, (200, 200)), 0)
    net = network(
        4, {"a": neurons(200)}, [("in", "a", random.normal(0, 1, (200, 4))), ("a", "a", weights, 1)], "a"
    )
    with pytest.raises(DiagnosticError) as raised:
        partition(quantized(net, SMALL).network, SMALL)
    assert {d.code for d in raised.value.diagnostics} <= {"SPK2002", "SPK2032", "SPK2033", "SPK2034"}


def test_dense_layers_take_the_cores_that_they_must() -> None:
    """64 sources are all axons of a core at 4 bits; 64 neurons of 4 copies are all its rows."""
    found = partition(quantized(layers(64, 64, 64, 10), chip()).network, chip())
    assert found.cores == 3
    assert found.packing.status == "optimal"
