"""Moves keep an exact account, cuts follow their order, parts have the size asked for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from spikec.compiler.mapping.graph import RATE_UNITS, GroupedGraph, Limits
from spikec.compiler.mapping.grow_kernel import grow
from spikec.compiler.mapping.items import cluster_items, make_state, vertex_items
from spikec.compiler.mapping.metric import measure
from spikec.compiler.mapping.pack_kernel import ALIGNED, FREE, REMAINDER, Order, pack, pins
from spikec.compiler.mapping.refine import (
    EXACT,
    SMOOTHED,
    exchanged,
    merge,
    numbered,
    refine,
    smoothing,
    sweeps,
)
from spikec.compiler.mapping.refine_kernels import (
    Items,
    State,
    drain,
    exchange,
    put,
    shuffle,
    survey,
    sweep,
    take,
)
from spikec.compiler.mapping.spectral import bisect, embedding
from spikec.compiler.mapping.traversals import Traversal, atoms

from ...benchmarks.networks import reservoir
from .graphs import SEEDS, flat, made, random_graph, random_limits

WIDE = Limits(neurons=10**6, axons=10**6, memory=10**6)


def packed(graph: GroupedGraph, limits: Limits) -> np.ndarray:
    """A partition within the limits."""
    one = np.ones(graph.vertices, dtype=np.int64)
    none = np.zeros(graph.vertices, dtype=np.int64)
    core = np.full(graph.vertices, -1, dtype=np.int64)
    pack(Order(np.arange(graph.vertices), one, one, none > 0, none), FREE, pins(graph, limits), 0, core)
    return core


def accounts(graph: GroupedGraph, state: State, core: np.ndarray) -> None:
    """The state says of `core` what the metric says."""
    cost = measure(graph, core)
    cores = cost.cores
    assert int(state.packets[0]) == round(cost.packets * RATE_UNITS)
    assert state.load[:cores, 0].tolist() == cost.core_neurons.tolist()
    assert state.load[:cores, 1].tolist() == cost.core_axons.tolist()
    assert state.load[:cores, 2].tolist() == cost.core_memory.tolist()
    assert not state.load[cores:].any()


def content(state: State) -> tuple[list[dict[int, tuple[int, int]]], list[list[int]], int]:
    """What the state holds, without the order of its slots."""
    slots = [
        {
            int(state.slot_core[k]): (int(state.slot_count[k]), int(state.slot_home[k]))
            for k in range(first, first + int(used))
        }
        for first, used in zip(state.slot_start[:-1].tolist(), state.slot_used, strict=True)
    ]
    return slots, state.load.tolist(), int(state.packets[0])


@settings(max_examples=100, deadline=None, derandomize=True)
@given(SEEDS)
def test_take_undoes_put_and_a_survey_tells_the_gain(seed: int) -> None:
    graph, random = random_graph(seed, most=12), np.random.default_rng(seed)
    core = random.integers(0, 4, graph.vertices)
    label = np.unique(random.integers(0, graph.vertices, graph.vertices), return_inverse=True)[1]
    whole = label[np.arange(graph.vertices)]
    by_label = np.zeros(int(label.max()) + 1, dtype=np.int64)
    by_label[label] = core
    for items, start, back in (
        (vertex_items(graph, WIDE), core, np.arange(graph.vertices)),
        (cluster_items(graph, WIDE, label), by_label, whole),
    ):
        state = make_state(items, start, 4, 1)
        accounts(graph, state, start[back])
        for _ in range(10):
            item, there = int(random.integers(len(start))), int(random.integers(4))
            here, before = int(state.core[item]), content(state)
            survey(items, state, item, smoothing(EXACT))
            gain = state.gain[there] - state.gain[here]
            take(items, state, item)
            put(items, state, item, here)
            assert content(state) == before
            take(items, state, item)
            put(items, state, item, there)
            accounts(graph, state, state.core[back])
            assert before[2] - int(state.packets[0]) == gain


@settings(max_examples=60, deadline=None, derandomize=True)
@given(SEEDS, SEEDS)
def test_the_account_is_exact_after_any_sequence(seed: int, other: int) -> None:
    graph = random_graph(seed, most=40)
    limits, random = random_limits(graph, other), np.random.default_rng(other)
    items, core = vertex_items(graph, limits), packed(graph, limits)
    state = make_state(items, core, int(core.max()) + 1, seed)
    order = np.arange(graph.vertices)
    for _ in range(6):
        before = int(state.packets[0])
        step = int(random.integers(4))
        shuffle(order, state.random)
        assert sorted(order.tolist()) == list(range(graph.vertices))
        if step == 0:
            sweep(items, state, order, 0.5 * RATE_UNITS, smoothing(0.5))
        elif step == 1:
            sweep(items, state, order, 0.0, smoothing(EXACT))
            assert state.packets[0] <= before
        elif step == 2:
            pairs = exchange(items, state, order, smoothing(EXACT))
            assert (state.packets[0] < before) == (pairs > 0)
        else:
            drained(items, state, int(random.choice(np.unique(state.core))), before)
        accounts(graph, state, state.core)
        assert measure(graph, state.core).within(limits)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(SEEDS)
def test_a_core_is_emptied_or_left_as_it_was(seed: int) -> None:
    """Where there is room the ceiling decides."""
    graph, random = random_graph(seed, most=20), np.random.default_rng(seed)
    items = vertex_items(graph, WIDE)
    state = make_state(items, numbered(random.integers(0, 4, graph.vertices)), 4, 1)
    for core in range(4):
        if (state.core == core).any():
            before = int(state.packets[0])
            drained(items, state, core, before + int(random.integers(-1, 2)) * RATE_UNITS)
            accounts(graph, state, state.core)


def drained(items: Items, state: State, core: int, ceiling: int) -> None:
    held, before = np.flatnonzero(state.core == core), content(state)
    done = drain(items, state, held, smoothing(EXACT), ceiling)
    assert done == (not (state.core == core).any())
    assert done or content(state) == before
    assert not done or state.packets[0] <= ceiling


@settings(max_examples=40, deadline=None, derandomize=True)
@given(SEEDS, SEEDS)
def test_refinement_never_worsens(seed: int, other: int) -> None:
    graph = random_graph(seed, most=30)
    limits = random_limits(graph, other)
    core = packed(graph, limits)
    items, before = vertex_items(graph, limits), measure(graph, core)
    cold = [(0.0, share) for share in SMOOTHED]
    for found in (
        sweeps(items, core, np.arange(graph.vertices), cold, seed),
        exchanged(items, core, seed),
        merge(items, core, seed),
        refine(graph, limits, core, seed),
    ):
        after = measure(graph, found)
        assert after.within(limits)
        assert after.packets <= before.packets
        assert np.unique(found).size <= before.cores
    fewer = merge(items, core, seed, at_any_price=True)
    assert measure(graph, fewer).within(limits)
    assert np.unique(fewer).size <= np.unique(merge(items, core, seed)).size


def test_only_chosen_items_move() -> None:
    graph = reservoir("loop", 120, 0.1, spatial=True)
    limits = Limits(neurons=30, axons=200, memory=10**6)
    core = packed(graph, limits)
    chosen = np.arange(0, 120, 3)
    found = sweeps(vertex_items(graph, limits), core, chosen, [(1e6, 0.5), (0.0, EXACT)], 1)
    moved = np.flatnonzero(found != core)
    assert moved.size
    assert np.isin(moved, chosen).all()


def test_numbers_follow_the_first_vertex() -> None:
    assert numbered(np.array([7, 2, 7, 0, 2])).tolist() == [0, 1, 0, 2, 1]


def blocks_of(order: Order) -> list[list[int]]:
    """The vertices of each block in order."""
    found: list[list[int]] = []
    for i in range(len(order.vertex)):
        if i == 0 or order.block[i] != order.block[i - 1]:
            found.append([])
        found[-1] += [int(order.vertex[i] + j * order.step[i]) for j in range(order.length[i])]
    return found


def cut(graph: GroupedGraph, limits: Limits, blocks: list[list[int]], mode: int) -> list[list[int]]:
    """The cores that the kernel ought to make, by sets."""

    def fits(held: list[int]) -> bool:
        groups = {g for v in held for g in graph.in_group[graph.in_start[v] : graph.in_start[v + 1]].tolist()}
        return (
            len(held) <= limits.neurons
            and sum(int(graph.group_axons[g]) for g in groups) <= limits.axons
            and sum(int(graph.vertex_memory[v]) for v in held) <= limits.memory
        )

    def fill(cores: list[list[int]], vertices: list[int]) -> None:
        for v in vertices:
            if not fits([*cores[-1], v]):
                cores.append([])
            cores[-1].append(v)

    cores: list[list[int]] = [[]]
    rest: list[int] = []
    for block in blocks:
        if mode == ALIGNED and cores[-1] and not fits(cores[-1] + block):
            cores.append([])
        fill(cores, block)
        if mode == REMAINDER:
            rest += cores.pop()
            cores.append([])
    fill(cores, rest)
    return [held for held in cores if held]


def sent_to(graph: GroupedGraph, held: list[int]) -> int:
    """Spikes per step (RATE_UNITS) that reach a core of these vertices from elsewhere."""
    heard = {g for v in held for g in graph.in_group[graph.in_start[v] : graph.in_start[v + 1]].tolist()}
    own = sum(int(graph.out_rate[v]) for v in held if int(graph.out_group[v]) in heard)
    return sum(int(graph.group_rate[g]) for g in heard) - own


def walks(graph: GroupedGraph, random: np.random.Generator) -> Iterator[Order]:
    for index, part in enumerate(graph.layers):
        walk = Traversal(
            first=index, last=index, grid=index, rows=int(random.integers(1, part.height + 1)),
            columns=int(random.integers(1, part.width + 1)), chunks=int(random.integers(1, min(part.channels, 2) + 1)),
        )  # fmt: skip
        for mode in (FREE, ALIGNED, REMAINDER):
            yield atoms(graph, walk).order(mode)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(SEEDS, SEEDS, st.sampled_from([FREE, ALIGNED, REMAINDER]))
def test_cuts_are_those_of_their_definition(seed: int, other: int, mode: int) -> None:
    graph = random_graph(seed, most=40)
    limits, random = random_limits(graph, other), np.random.default_rng(other)
    for order in walks(graph, random):
        held = np.sort(np.concatenate(blocks_of(order)))
        expected = cut(graph, limits, blocks_of(order), mode)
        core = np.full(graph.vertices, -1, dtype=np.int64)
        cores, packets = pack(order, mode, pins(graph, limits), 5, core)
        assert np.array_equal(np.flatnonzero(core >= 0), held)
        assert [np.flatnonzero(core == 5 + k).tolist() for k in range(cores)] == [sorted(c) for c in expected]
        assert packets == sum(sent_to(graph, held) for held in expected)


def test_a_vertex_too_large_is_said() -> None:
    graph = random_graph(5, most=10)
    order = atoms(graph, Traversal(first=0, last=0, grid=0, rows=1, columns=1)).order(FREE)
    small = Limits(neurons=4, axons=int(graph.fan_in[order.vertex].max()) - 1, memory=10**6)
    assert pack(order, FREE, pins(graph, small), 0, np.zeros(graph.vertices, dtype=np.int64))[0] == -1


@settings(max_examples=60, deadline=None, derandomize=True)
@given(SEEDS, SEEDS)
def test_a_walk_visits_every_vertex_once(seed: int, other: int) -> None:
    graph, random = random_graph(seed, most=40), np.random.default_rng(other)
    for index, part in enumerate(graph.layers):
        for order in walks(graph, random):
            inside = order.vertex[0] >= part.first and order.vertex[0] < part.last
            if inside:
                visited = [v for block in blocks_of(order) for v in block]
                assert sorted(visited) == list(range(part.first, part.last)), index


@settings(max_examples=60, deadline=None, derandomize=True)
@given(SEEDS, SEEDS)
def test_growing_obeys_the_limits(seed: int, other: int) -> None:
    graph = random_graph(seed, most=40)
    limits, random = random_limits(graph, other), np.random.default_rng(other)
    free = random.random(graph.vertices) < 0.8
    wanted = np.flatnonzero(free)
    core = np.full(graph.vertices, -1, dtype=np.int64)
    each = int(random.integers(1, limits.neurons + 1))
    cores = grow(pins(graph, limits), graph.target_start, graph.target, free.copy(), 3, each, core)
    assert np.array_equal(np.flatnonzero(core >= 0), wanted)
    assert sorted(set(core[wanted].tolist())) == list(range(3, 3 + cores))
    apart = np.full(graph.vertices, cores, dtype=np.int64)
    apart[wanted] = core[wanted] - 3
    cost = measure(graph, apart)
    for amounts, limit in (
        (cost.core_neurons, each),
        (cost.core_axons, limits.axons),
        (cost.core_memory, limits.memory),
    ):
        assert (amounts[:cores] <= limit).all()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(SEEDS, st.integers(1, 9))
def test_parts_are_as_equal_as_whole_numbers_allow(seed: int, parts: int) -> None:
    graph = random_graph(seed, most=40)
    vertices = np.flatnonzero(np.random.default_rng(seed).random(graph.vertices) < 0.9)
    if vertices.size < parts:
        return
    found = bisect(embedding(graph, vertices), parts)
    sizes = np.bincount(found, minlength=parts)
    assert sizes.size == parts
    assert sizes.sum() == vertices.size
    assert (np.abs(sizes - vertices.size / parts) < 1).all()


def test_slow_modes_find_two_halves() -> None:
    """Two loops of 30 with one link between them, their neurons shuffled."""
    random = np.random.default_rng(1)
    side = random.permutation(np.repeat([0, 1], 30))
    members = [[v] for v in range(60)]
    targets = [random.choice(np.flatnonzero(side == side[v]), 8, replace=False).tolist() for v in range(60)]
    targets[0] = [*targets[0], int(np.flatnonzero(side != side[0])[0])]
    found = bisect(embedding(made(flat(60), members, targets), np.arange(60)), 2)
    assert (found == side).all() or (found == 1 - side).all()


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_smoothed_gain_counts_less_of_few(share: float) -> None:
    table = smoothing(share)
    assert table[0] == 0
    assert table[1:].tolist() == pytest.approx([1 - share / (k + 1) for k in range(1, len(table))])
