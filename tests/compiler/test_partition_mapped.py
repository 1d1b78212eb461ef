"""Placements by the mapper obey every rule of the chip, count packets right, and survive their lock."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from spikec.compiler.backends.loihi.core_usage import check_placement, stored_bits
from spikec.compiler.backends.loihi.lock import decode_lock
from spikec.compiler.backends.loihi.partition import partition
from spikec.compiler.backends.loihi.partition_mapped import core_of, mapped, packets
from spikec.compiler.backends.shared.group_sources import Grouped, group_sources, with_memory
from spikec.compiler.backends.shared.placement_lock import encode_lock
from spikec.compiler.ir.placement import Placement, Runs
from spikec.compiler.ir.quantized import QuantizedNetwork
from spikec.sim.diagnostic import DiagnosticError
from spikec.targets import load
from spikec.targets.loihi1.model import LoihiChip

from ..effort import EXAMPLES, THOROUGH
from .quantized_nets import layered, network, population, projection, random_network

SEEDS = st.integers(0, 2**31)
LOIHI = load("loihi1")


def with_capacity(**changes: int) -> LoihiChip:
    return msgspec.structs.replace(LOIHI, capacity=msgspec.structs.replace(LOIHI.capacity, **changes))


def prepared(
    net: QuantizedNetwork, target: LoihiChip, rates: dict[str, np.ndarray]
) -> tuple[Placement, Grouped]:
    """Contiguous slices, and the network with the memory that these take."""
    start = partition(net, target, max_deterministic_seconds=0.1)
    return start, with_memory(group_sources(net, rates), stored_bits(net, start, target))


def packets_by_sets(net: QuantizedNetwork, placement: Placement, rates: dict[str, np.ndarray]) -> float:
    """A spike once for each core other than its own that has a target of it."""
    core = {
        (piece.population, neuron): piece.core
        for piece in placement.slices
        for neuron in placement.neurons(piece).tolist()
    }
    reached: dict[tuple[str, int], set[int]] = {}
    for p in net.projections:
        for row, col in zip(p.rows.tolist(), p.cols.tolist(), strict=True):
            reached.setdefault((p.pre, col), set()).add(core[p.post, row])
    return sum(
        (float(rates[pre][source]) if pre in rates else 1.0) * len(cores - {core.get((pre, source))})
        for (pre, source), cores in reached.items()
    )


@settings(max_examples=EXAMPLES if THOROUGH else 5, deadline=None, derandomize=True)
@given(SEEDS)
def test_every_placement_passes_the_checker(seed: int) -> None:
    rng = np.random.default_rng(seed)
    net = random_network(rng, most=16)
    target = with_capacity(
        compartments=int(rng.integers(4, 20)), synapse_memory_bits=int(rng.integers(20, 200)) * 64
    )
    rates = {p.name: rng.random(p.size) for p in net.populations}
    try:
        _, grouped = prepared(net, target, rates)
    except DiagnosticError:
        return
    found = mapped(net, grouped, target)
    if len({tuple(sorted(p.core_params.items())) for p in net.populations}) > 1:
        assert found is None
    if found is None:
        return
    assert check_placement(net, found, target) == []
    assert found.certificate.least_cores <= found.cores
    neurons = sum(p.size for p in net.populations)
    assert found.certificate.least_cores == -(-neurons // target.capacity.compartments)
    assert found.certificate.bound <= found.certificate.value
    assert packets(found, grouped) == pytest.approx(packets_by_sets(net, found, rates), abs=1e-9)
    core = core_of(found, grouped)
    assert np.bincount(core, minlength=found.cores).tolist() == [u["compartments"] for u in found.used]


def test_it_is_rarely_at_a_loss() -> None:
    """Of random networks within axons and memory that bind, nearly all are mapped."""
    answers = []
    for seed in range(20):
        net = layered([30, 40, 12, 8], recurrent=seed % 2 == 0)
        target = with_capacity(compartments=10 + seed, synapse_memory_bits=64 * (150 + 40 * seed))
        try:
            _, grouped = prepared(net, target, {})
        except DiagnosticError:
            continue
        answers.append(mapped(net, grouped, target) is not None)
    assert len(answers) >= 15
    assert sum(answers) >= len(answers) - 2


def two_halves() -> tuple[QuantizedNetwork, LoihiChip]:
    """Neurons of even and of odd number talk among themselves only: a partition that mixes them pays."""
    n = 24
    side = np.arange(n) % 2
    inside = (side[:, None] == side[None, :]).astype(float)
    links = [projection("p", "p", inside), projection("in", "p", np.ones((n, 1)))]
    return network([population("p", n)], 1, links), with_capacity(compartments=8)


def test_the_mapper_wins_where_the_index_is_no_guide() -> None:
    net, target = two_halves()
    start, grouped = prepared(net, target, {})
    found = mapped(net, grouped, target)
    assert found is not None
    sides = [set((found.neurons(s) % 2).tolist()) for s in found.slices]
    assert found.cores == 3 or all(len(held) == 1 for held in sides)
    chosen = partition(net, target)
    assert (chosen.cores, packets(chosen, grouped)) <= (start.cores, packets(start, grouped))
    assert packets(found, grouped) < 3 * 1 + 24 * 2  # what in the order of the index it is
    assert any(isinstance(walk, Runs) for walk in found.traversals.values())


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.permutations(range(14)), st.integers(0, 14))
def test_runs_are_the_order(order: list[int], kept: int) -> None:
    for wanted in (np.array(order), np.array(order[:kept] + sorted(order[kept:])), np.array(order[:1])):
        runs = Runs.of(wanted)
        assert np.array_equal(runs.order, wanted)
        assert sum(count for _, _, count in runs.runs) == wanted.size


def test_runs_are_few_where_steps_repeat() -> None:
    assert Runs.of(np.arange(100)).runs == ((0, 1, 100),)
    assert Runs.of(np.arange(99, -1, -1)).runs == ((99, -1, 100),)
    assert Runs.of(np.r_[0:50:2, 1:50:2]).runs == ((0, 2, 25), (1, 2, 25))
    assert Runs.of(np.array([7])).runs == ((7, 1, 1),)


def locked() -> tuple[QuantizedNetwork, LoihiChip, Placement, bytes]:
    net, target = two_halves()
    _, grouped = prepared(net, target, {})
    found = mapped(net, grouped, target)
    assert found is not None
    assert isinstance(found.traversals["p"], Runs)
    return net, target, found, encode_lock(net, found)


def test_a_lock_keeps_the_order() -> None:
    net, target, placement, data = locked()
    assert decode_lock(data, net, target) == (placement, [])
    kept = partition(net, target, lock=placement)
    assert kept == placement


def with_readout(size: int) -> QuantizedNetwork:
    """The two halves, and neurons that hear all of them."""
    net, _ = two_halves()
    links = [*net.projections, projection("p", "q", np.ones((size, 24)))]
    return network([net.population("p"), population("q", size)], 1, links)


def test_an_unchanged_population_keeps_its_order() -> None:
    """q grows: each neuron of p stays on its core, although these are not in the order of the index."""
    target = with_capacity(compartments=10)
    net, larger = with_readout(4), with_readout(9)
    _, grouped = prepared(net, target, {})
    before = mapped(net, grouped, target)
    assert before is not None
    assert isinstance(before.traversals["p"], Runs)
    earlier, notes = decode_lock(encode_lock(net, before), larger, target)
    assert earlier is not None
    assert [note.code for note in notes] == ["SPK2011"]
    after = partition(larger, target, lock=earlier)
    assert check_placement(larger, after, target) == []

    def where(placement: Placement) -> list[tuple[int, int]]:
        return sorted(
            (neuron, placement.site(piece.core))
            for piece in placement.slices
            if piece.population == "p"
            for neuron in placement.neurons(piece).tolist()
        )

    assert where(after) == where(before)


def replaced(runs: list[list[int]]) -> Callable[[Any], None]:
    def change(lock: Any) -> None:
        lock["orders"]["p"]["runs"] = runs

    return change


def walked_twice(lock: Any) -> None:
    lock["traversals"]["p"] = {"shape": [1, 1, 24], "channels": 1, "rows": 1, "columns": 4}


def renamed(lock: Any) -> None:
    lock["orders"]["q"] = lock["orders"].pop("p")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (replaced([[0, 1, 23]]), "not one of 24 neurons"),
        (replaced([[0, 1, 25]]), "not one of 24 neurons"),
        (replaced([[0, 1, 23], [22, 1, 1]]), "does not visit each neuron once"),
        (replaced([[1, 1, 24]]), "does not visit each neuron once"),
        (replaced([[0, 0, 24]]), "does not visit each neuron once"),
        (replaced([[0, -1, 24]]), "does not visit each neuron once"),
        (replaced([[0, 1, 24], [0, 1, 0]]), "not a placement lock"),
        (replaced([[0, 1, 2**70]]), "not one of 24 neurons"),
        (replaced([[0, 2**62, 24]]), "does not visit each neuron once"),
        (replaced([[2**63, 1, 24]]), "does not visit each neuron once"),
        (replaced([]), "not one of 24 neurons"),
        (walked_twice, "not one of 24 neurons"),
        (renamed, "not one of 0 neurons"),
    ],
)
def test_a_broken_order_is_ignored_with_a_note(change: Callable[[Any], None], reason: str) -> None:
    net, target, _, data = locked()
    lock = json.loads(data)
    change(lock)
    kept, notes = decode_lock(json.dumps(lock).encode(), net, target)
    assert kept is None
    assert [note.code for note in notes] == ["SPK2010"]
    assert reason in notes[0].message
