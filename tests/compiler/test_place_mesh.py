"""Sites on boards of meshes: each core its own, hops as the coordinates say, bounds below them."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from spikec.compiler.backends.shared.place_on_mesh import mesh_cost, place
from spikec.compiler.ir.placement import Certificate, Placement, Slice
from spikec.targets import load
from spikec.targets.loihi1.model import LoihiChip


def board(cores_per_chip: int, rows: int, chips: int) -> LoihiChip:
    loihi = load("loihi1")
    grid = msgspec.structs.replace(loihi.grid, cores_per_chip=cores_per_chip, rows=rows, chips=chips)
    return msgspec.structs.replace(loihi, grid=grid)


def spread(cores: int) -> Placement:
    """One neuron on each core."""
    return Placement(
        slices=tuple(Slice(population=f"p{k}", first=0, size=1, core=k, slot=0) for k in range(cores)),
        cores=cores,
        used=tuple({} for _ in range(cores)),
        available={},
        certificate=Certificate(objective="cores", value=cores, bound=1, status="feasible", family="any"),
    )


def coordinates(site: int, target: LoihiChip) -> tuple[int, int]:
    """Row and column of a site: the cores of a chip row by row, chips side by side."""
    chip, core = divmod(site, target.grid.cores_per_chip)
    wide = target.grid.cores_per_chip // target.grid.rows
    return core // wide, chip * wide + core % wide


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 2**31), st.integers(1, 4), st.integers(1, 4), st.integers(1, 3))
def test_hops_are_those_of_the_coordinates(seed: int, rows: int, wide: int, chips: int) -> None:
    random = np.random.default_rng(seed)
    target = board(rows * wide, rows, chips)
    cores = int(random.integers(1, target.cores + 1))
    traffic = random.integers(0, 64, (cores, cores)) / 16
    np.fill_diagonal(traffic, 0)
    placed = place(spread(cores), target, {}, traffic)
    sites = [placed.site(core) for core in range(cores)]
    assert len(set(sites)) == cores
    assert max(sites) < target.cores
    assert max(sites) // target.grid.cores_per_chip < -(-cores // target.grid.cores_per_chip)
    at = [coordinates(site, target) for site in sites]
    hops = sum(
        float(traffic[a, b]) * (abs(at[a][0] - at[b][0]) + abs(at[a][1] - at[b][1]))
        for a in range(cores)
        for b in range(cores)
    )
    cost = mesh_cost(placed, target, traffic, "given")
    assert cost.hops == hops
    assert cost.packets == traffic.sum()
    assert cost.bound <= cost.hops
    in_order = mesh_cost(spread(cores), target, traffic, "given")
    assert cost.bound <= in_order.hops
    if cores > 1:
        assert min(row for row, _ in at) == min(column for _, column in at) == 0


def test_neighbours_are_neighbours() -> None:
    """A chain of 8 on a chip of 2 x 4 takes 7 hops, whatever the numbers of its cores."""
    chain = np.random.default_rng(3).permutation(8)
    traffic = np.zeros((8, 8))
    traffic[chain[:-1], chain[1:]] = 1.0
    target = board(8, 2, 1)
    cost = mesh_cost(place(spread(8), target, {}, traffic), target, traffic, "given")
    assert (cost.hops, cost.packets, cost.rows, cost.columns) == (7.0, 7.0, 2, 4)


@pytest.mark.parametrize("rows", [2, 3])
def test_a_core_past_a_chip_is_next_to_it(rows: int) -> None:
    """Two chips of 4 (or 6) cores side by side: their facing columns are one hop apart."""
    target = board(2 * rows, rows, 2)
    traffic = np.zeros((2, 2))
    traffic[0, 1] = 1.0
    sites = (1, 2 * rows)  # the first row's last core of a chip, the next chip's first
    cost = mesh_cost(replace(spread(2), sites=sites), target, traffic, "given")
    assert (cost.hops, cost.columns) == (1.0, 4)


def test_pins_and_earlier_sites_stay() -> None:
    target, traffic = board(8, 2, 1), np.ones((3, 3)) - np.eye(3)
    earlier = replace(spread(3), sites=(5, 1, 7))
    assert place(earlier, target, {}, traffic) == earlier
    pinned = place(spread(3), target, {"p1": 6}, traffic)
    assert [pinned.site(core) for core in range(3)] == [0, 6, 1]


def test_without_traffic_cores_are_in_order() -> None:
    assert place(spread(5), board(8, 2, 1), {}).sites == ()
