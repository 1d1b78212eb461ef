"""Keys, trees and tables: every key reaches the cores that want it, once, and no other."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from spikec.targets.spinnaker1 import board
from spikec.targets.spinnaker1.board import (
    LINKS,
    NOWHERE,
    Boards,
    boards_for,
    chips_of,
    ethernet_chips,
    hops,
    links_of,
    neighbours,
)
from spikec.targets.spinnaker1.keys import KeysExhaustedError, Source, allocate, key_of, mask_of
from spikec.targets.spinnaker1.routing import Net, TableFullError, routing_tables
from spikec.targets.spinnaker1.routing_faults import routing_faults
from spikec.targets.spinnaker1.routing_table import RoutingTable, core_bit
from spikec.targets.spinnaker1.trees import tree

from ..effort import EXAMPLES
from .spinnaker_nets import random_nets

ONE, THREE, SIX = Boards(0, 0), Boards(1, 1), Boards(2, 1)


@pytest.mark.parametrize(("boards", "count", "chips"), [(ONE, 1, 48), (THREE, 3, 144), (SIX, 6, 288)])
def test_boards(boards: Boards, count: int, chips: int) -> None:
    assert (boards.count, int(chips_of(boards).sum()), ethernet_chips(boards).size) == (count, chips, count)
    joined = neighbours(boards)
    for link in range(len(LINKS)):
        here = np.flatnonzero(joined[:, link] != NOWHERE)
        np.testing.assert_array_equal(joined[joined[here, link], (link + 3) % 6], here)


def test_a_board_is_a_hexagon() -> None:
    rows = chips_of(ONE).reshape(8, 8)
    assert rows.sum(axis=1).tolist() == [5, 6, 7, 8, 7, 6, 5, 4]
    assert rows[0, :5].all()
    assert rows[7, 4:].all()


@pytest.mark.parametrize(("chips", "boards"), [(48, ONE), (49, THREE), (145, SIX), (500, Boards(2, 2))])
def test_the_smallest_system(chips: int, boards: Boards) -> None:
    assert boards_for(chips) == boards


def distances(boards: Boards, root: int) -> np.ndarray:
    """By breadth-first search, -1 where there is no chip."""
    joined = neighbours(boards)
    found = np.full(joined.shape[0], -1)
    found[root] = 0
    front = [root]
    while front:
        following = [int(n) for chip in front for n in joined[chip] if n != NOWHERE and found[n] < 0]
        for chip in following:
            found[chip] = found[front[0]] + 1
        front = sorted({*following})
    return found


@pytest.mark.parametrize("boards", [ONE, THREE, SIX])
def test_ways_are_shortest(boards: Boards) -> None:
    chips = np.flatnonzero(chips_of(boards)).tolist()
    joined = neighbours(boards)
    for root in (chips[0], chips[7], chips[-3]):
        wanted = distances(boards, root)
        assert [links_of(*hops(boards, root, chip)) for chip in chips] == wanted[chips].tolist()
        assert board.distances(boards, np.array(root), np.array(chips)).tolist() == wanted[chips].tolist()
        steps = {step.chip: step for step in tree(boards, joined, root, chips)}
        assert sorted(steps) == chips
        for chip, step in steps.items():
            if chip != root:
                before = int(joined[chip, step.entered])
                assert wanted[before] == wanted[chip] - 1
                assert (step.entered + 3) % 6 in steps[before].leaves
        assert sum(len(step.leaves) for step in steps.values()) == len(chips) - 1


def test_a_straight_way_takes_no_entries() -> None:
    """From (0, 0) to (4, 7): four chips along the diagonal, then three up; entries where it begins, turns and ends."""
    tables = routing_tables([Net(0, 0xFFFFFF00, 0, ((4 + 7 * 8, 5),))], ONE)
    assert {chip: table.route.tolist() for chip, table in tables.items()} == {
        0: [0b10],
        4 + 4 * 8: [0b100],
        4 + 7 * 8: [core_bit(5)],
    }


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.integers(0, 10**6),
    st.sampled_from([ONE, THREE, SIX]),
    st.integers(1, 40),
    st.integers(1, 30),
    st.booleans(),
)
def test_every_key_arrives(seed: int, boards: Boards, populations: int, fan_out: int, together: bool) -> None:
    nets = random_nets(boards, seed, populations, fan_out, together)
    tables = routing_tables(nets, boards)
    assert routing_faults(nets, tables, boards) == ()


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([ONE, THREE]), st.integers(5, 25), st.booleans())
def test_compressed_tables_say_the_same(seed: int, boards: Boards, populations: int, together: bool) -> None:
    nets = random_nets(boards, seed, populations, 25, together)
    exact = routing_tables(nets, boards)
    most = max(table.key.size for table in exact.values())
    try:
        tables = routing_tables(nets, boards, most=most - 1)
    except TableFullError:
        return  # of some that are drawn nothing can be merged
    assert max(table.key.size for table in tables.values()) < most
    assert routing_faults(nets, tables, boards) == ()


def of_one_chip(routes: Iterable[int]) -> list[Net]:
    """A net for each route, all from chip 1 to cores of chip 0."""
    senders = allocate([Source(1, 256)] * len(routes := [*routes]))
    return [
        Net(each.key, each.mask, 1, tuple((0, core) for core in range(1, 17) if route >> core & 1))
        for each, route in zip(senders, routes, strict=True)
    ]


def test_keys_that_nobody_sends_are_matched_too() -> None:
    """768 populations of three cores are 1,536 entries where blocks side by side are joined, half with the fourth
    block that each mask allows."""
    routes = np.random.default_rng(3).integers(2, 1 << 17, 768).tolist()
    nets = [
        Net(key_of(each, core), mask_of(each), 1, net.targets)
        for each, net in zip(allocate([Source(3, 256)] * 768), of_one_chip(routes), strict=True)
        for core in range(3)
    ]
    tables = routing_tables(nets, ONE)
    assert tables[0].key.size <= 768
    assert routing_faults(nets, tables, ONE) == ()


def test_an_early_entry_takes_what_a_later_one_matches() -> None:
    """600 blocks in the midst of 2,400 of another route: these are what is left behind the others, in one entry."""
    random = np.random.default_rng(5)
    routes = np.full(3000, 2)
    routes[random.choice(3000, 600, replace=False)] = 4
    nets = of_one_chip(routes.tolist())
    tables = routing_tables(nets, ONE)
    assert tables[0].route.tolist()[-1] == core_bit(1)
    assert (tables[0].route == core_bit(1)).sum() == 1
    assert tables[0].key.size <= 601
    assert routing_faults(nets, tables, ONE) == ()


def test_a_table_that_is_full() -> None:
    """As many blocks as routes: nothing can be merged."""
    senders = allocate([Source(1, 16)] * 40)
    nets = [
        Net(each.key, each.mask, 0, tuple((0, core) for core in range(1, 7) if k + 1 >> core - 1 & 1))
        for k, each in enumerate(senders)
    ]
    with pytest.raises(TableFullError) as caught:
        routing_tables(nets, ONE, most=30)
    assert (caught.value.chip, caught.value.needed, caught.value.available) == (0, 40, 30)


def test_keys_are_blocks_without_gaps() -> None:
    sources = [Source(1, 10), Source(3, 256), Source(1, 700), Source(2, 1)]
    senders = allocate(sources)
    spans = sorted((each.key, (~each.mask & 0xFFFFFFFF) + 1) for each in senders)
    assert all(key % span == 0 for key, span in spans)
    assert [key for key, _ in spans] == np.cumsum([0, *(span for _, span in spans[:-1])]).tolist()
    for source, each in zip(sources, senders, strict=True):
        last = key_of(each, source.cores - 1) + (source.neurons - 1 << 4) + 15
        assert last & each.mask == each.key
        assert last & mask_of(each) == key_of(each, source.cores - 1)
        assert (last >> each.mask_shift) & each.core_mask == source.cores - 1


def test_keys_run_out() -> None:
    with pytest.raises(KeysExhaustedError) as caught:
        allocate([Source(16, 256)] * 3, bits=17)
    assert (caught.value.needed, caught.value.available) == (3 << 16, 1 << 17)


def faulty(kind: str) -> tuple[list[Net], dict[int, RoutingTable]]:
    """Two nets on a board, with one fault in the tables."""
    nets = [Net(0x100, 0xFFFFFF00, 0, ((9, 2), (9, 3))), Net(0x200, 0xFFFFFF00, 10, ((0, 1),))]
    tables = routing_tables(nets, ONE)
    key, mask, route = (column.copy() for column in tables[9])
    if kind == "missing":
        route[key == 0x100] = core_bit(2)
    elif kind == "stray":
        route[key == 0x100] |= core_bit(4)
    elif kind == "loop":
        route[key == 0x100] |= 0b10000
    elif kind == "lost":
        tables[0] = RoutingTable(*(column[:0] for column in tables[0]))
    elif kind == "part":
        mask[key == 0x100] = 0xFFFFFF80
    tables[9] = RoutingTable(key, mask, route)
    return nets, tables


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("missing", {("missing", 0x100, 9, 3)}),
        ("stray", {("stray", 0x100, 9, 4)}),
        ("part", {("missing", 0x100, 9, 2), ("missing", 0x100, 9, 3)}),
    ],
)
def test_faults_are_found(kind: str, wanted: set[tuple[str, int, int, int]]) -> None:
    nets, tables = faulty(kind)
    found = {(fault.kind, fault.key, fault.chip, fault.core) for fault in routing_faults(nets, tables, ONE)}
    assert wanted <= found
    assert {fault for fault in found if fault[0] in {"missing", "stray"}} == wanted


@pytest.mark.parametrize("kind", ["loop", "lost"])
def test_packets_that_never_end_or_begin(kind: str) -> None:
    nets, tables = faulty(kind)
    found = {fault.kind for fault in routing_faults(nets, tables, ONE)}
    assert kind in found


def test_without_a_fault_none_is_found() -> None:
    nets, tables = faulty("")
    assert routing_faults(nets, tables, ONE) == ()


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 10**6))
def test_a_changed_entry_is_seen(seed: int) -> None:
    """Any entry left out, or with one bit of its route changed, is a fault."""
    random = np.random.default_rng(seed)
    nets = random_nets(ONE, seed, 12, 20)
    tables = routing_tables(nets, ONE)
    chip = int(random.choice([*tables]))
    table = tables[chip]
    at = int(random.integers(table.key.size))
    for changed in (
        RoutingTable(*(np.delete(column, at) for column in table)),
        table._replace(
            route=table.route ^ np.where(np.arange(table.key.size) == at, 1 << random.integers(6), 0)
        ),
    ):
        assert routing_faults(nets, {**tables, chip: changed}, ONE)
