"""Walks are permutations, and cut a convolution so that far fewer spikes leave a core."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from spikec.compiler.backends.loihi.core_usage import check_placement, usage
from spikec.compiler.backends.loihi.lock import decode_lock
from spikec.compiler.backends.loihi.partition import partition
from spikec.compiler.backends.loihi.route import route
from spikec.compiler.backends.loihi.traverse import traversals, walked
from spikec.compiler.backends.loihi.verify_words import static_verdict
from spikec.compiler.backends.shared.placement_lock import encode_lock
from spikec.compiler.backends.shared.unplaced import placed_symbols
from spikec.compiler.ir.placement import Slice, Traversal
from spikec.compiler.ir.quantized import QuantizedInput, QuantizedNetwork
from spikec.targets import load
from spikec.targets.loihi1 import emit

from .quantized_nets import network, population, projection

LOIHI = load("loihi1")


def convolution(channels: int, side: int, kernel: int = 3) -> QuantizedNetwork:
    """`channels` maps of side x side from an input of two maps, one kernel for all positions."""
    random = np.random.default_rng(0)
    weight = random.integers(1, 120, (channels, 2, kernel, kernel))
    matrix = np.zeros((channels, side, side, 2, side, side), dtype=np.int64)
    for dy in range(kernel):
        for dx in range(kernel):
            for y in range(side):
                for x in range(side):
                    sy, sx = y + dy - kernel // 2, x + dx - kernel // 2
                    if 0 <= sy < side and 0 <= sx < side:
                        matrix[:, y, x, :, sy, sx] = weight[:, :, dy, dx]
    n, n_in = channels * side * side, 2 * side * side
    net = network([population("maps", n)], n_in, [projection("in", "maps", matrix.reshape(n, n_in))])
    maps = replace(net.populations[0], shape=(channels, side, side))
    return replace(net, populations=(maps,), inputs=(QuantizedInput(name="in", shape=(2, side, side)),))


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.tuples(*[st.integers(1, 9)] * 3), st.tuples(*[st.integers(1, 10)] * 3))
def test_a_walk_visits_every_neuron_once(shape: tuple[int, int, int], block: tuple[int, int, int]) -> None:
    walk = Traversal(shape=shape, channels=block[0], rows=block[1], columns=block[2])
    assert np.array_equal(np.sort(walk.order), np.arange(np.prod(shape)))


def test_a_block_is_walked_channel_by_channel() -> None:
    walk = Traversal(shape=(2, 2, 4), channels=2, rows=2, columns=2)
    assert walk.order[:8].tolist() == [0, 1, 4, 5, 8, 9, 12, 13]


def test_walked_network_is_the_same_network() -> None:
    net = convolution(8, 16)
    walk = Traversal(shape=(8, 16, 16), channels=8, rows=8, columns=16)
    moved = walked(net, {"maps": walk})
    (p,), (q,) = net.projections, moved.projections
    assert np.array_equal(walk.order[q.rows], p.rows)
    assert np.array_equal(q.cols, p.cols)


def test_the_walk_saves_axons_and_rows_are_shared() -> None:
    net = convolution(8, 32)
    walks = traversals(net, LOIHI)
    placement = partition(net, LOIHI)
    assert placement.traversals.keys() == walks.keys() == {"maps"}
    assert placement.cores == 8
    assert check_placement(net, placement, LOIHI) == []
    in_order = [Slice(population="maps", first=1024 * k, size=1024, core=k, slot=0) for k in range(8)]
    plain = usage(net, in_order, LOIHI)
    axons = sum(u["input_axons"] for u in placement.used)
    assert axons < 0.5 * sum(u["input_axons"] for u in plain)
    synapses = net.projections[0].rows.size
    assert sum(u["synapse_memory_bits"] for u in placement.used) < 0.3 * 18 * synapses


def test_a_walked_placement_is_proven_and_its_lock_gives_it_back() -> None:
    net = convolution(8, 32)
    placement = partition(net, LOIHI)
    cores, routes = route(net, placement, LOIHI)
    configuration = emit.encode(cores, net.inputs[0].size, routes)
    verdict = static_verdict(net, LOIHI, configuration, placed_symbols(net, placement))
    assert verdict.findings == ()
    for core, used in enumerate(placement.used):
        assert configuration.images[f"0/{core}/synapseMem"].size * 64 == used["synapse_memory_bits"]
        assert configuration.images[f"0/{core}/synapseMap"].size == used["input_axons"]
    again, notes = decode_lock(encode_lock(net, placement), net, LOIHI)
    assert again == placement
    assert notes == []


@pytest.mark.parametrize("change", [(b'"rows": ', b'"rows": 0'), (b'"channels": ', b'"channels": -1')])
def test_a_lock_with_a_broken_walk_is_ignored(change: tuple[bytes, bytes]) -> None:
    net = convolution(8, 16)
    placement = replace(partition(net, LOIHI), traversals={
        "maps": Traversal(shape=(8, 16, 16), channels=8, rows=8, columns=16)})  # fmt: skip
    data = encode_lock(net, placement)
    assert decode_lock(data.replace(*change), net, LOIHI)[0] is None
    assert decode_lock(data.replace(b"16,", b"17,"), net, LOIHI)[0] is None
