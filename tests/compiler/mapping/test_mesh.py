"""Placement on a mesh against every placement, and the bound below which none goes."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from spikec.compiler.mapping.graph import RATE_UNITS
from spikec.compiler.mapping.mesh import (
    MANY_CORES,
    gilmore_lawler,
    hilbert,
    hops_of,
    in_kernel,
    manhattan,
    place_on_mesh,
)
from spikec.compiler.mapping.mesh_kernel import cool, settle

from .graphs import SEEDS


def random_traffic(seed: int, cores: int) -> np.ndarray:
    """Whole numbers of 1/16 packets, many of them 0; the diagonal is not 0, and does not count."""
    random = np.random.default_rng(seed)
    found = random.integers(0, 64, (cores, cores)) / 16
    return np.where(random.random((cores, cores)) < random.random(), found, 0.0)


def every_hops(traffic: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """The hops of every placement."""
    sites = np.array(list(permutations(range(rows * columns), len(traffic))))
    y, x = np.divmod(sites, columns)
    total = np.zeros(len(sites))
    for a in range(len(traffic)):
        for b in range(len(traffic)):
            way = np.abs(y[:, a] - y[:, b]) + np.abs(x[:, a] - x[:, b])
            total += traffic[a, b] * way
    return total


@settings(max_examples=60, deadline=None, derandomize=True)
@given(SEEDS, st.integers(1, 3), st.integers(1, 3), st.integers(1, 6))
def test_against_every_placement(seed: int, rows: int, columns: int, cores: int) -> None:
    cores = min(cores, rows * columns)
    traffic = random_traffic(seed, cores)
    least = float(every_hops(traffic, rows, columns).min())
    assert gilmore_lawler(traffic, rows, columns) <= least
    site = place_on_mesh(traffic, rows, columns)
    assert site.shape == (cores,)
    assert np.unique(site).size == cores
    assert site.min() >= 0
    assert site.max() < rows * columns
    assert hops_of(traffic, rows, columns, site) == least


def test_flows_are_rounded_to_the_nearest_unit() -> None:
    for flow in (2500.0, 1.6, 0.8, 0.4, 0.1):
        traffic = np.array([[0, flow], [flow / 2, 0]])
        assert abs(hops_of(traffic, 1, 2, np.array([0, 1])) - 1.5 * flow) <= 0.5 / RATE_UNITS


@pytest.mark.parametrize("seed", range(4))
def test_seven_cores(seed: int) -> None:
    traffic = random_traffic(seed, 7)
    least = float(every_hops(traffic, 3, 3).min())
    assert gilmore_lawler(traffic, 3, 3) <= least
    assert hops_of(traffic, 3, 3, place_on_mesh(traffic, 3, 3)) == least


@settings(max_examples=30, deadline=None, derandomize=True)
@given(SEEDS, st.integers(1, 6), st.integers(1, 6))
def test_never_worse_than_a_curve_or_below_the_bound(seed: int, rows: int, columns: int) -> None:
    cores = int(np.random.default_rng(seed).integers(1, rows * columns + 1))
    traffic = random_traffic(seed, cores)
    hops = hops_of(traffic, rows, columns, place_on_mesh(traffic, rows, columns))
    curve = hilbert(rows, columns)[:cores]
    flow = np.rint((traffic + traffic.T) * RATE_UNITS).astype(np.int64)
    np.fill_diagonal(flow, 0)
    mesh, _ = in_kernel(flow, columns, curve, rows * columns)
    settle(mesh, 1)
    settled = hops_of(traffic, rows, columns, mesh.site)
    assert gilmore_lawler(traffic, rows, columns) <= hops <= hops_of(traffic, rows, columns, curve)
    assert settled <= hops_of(traffic, rows, columns, curve)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(SEEDS, st.integers(1, 5), st.integers(1, 5), st.booleans())
def test_kernels_keep_their_tables_together(seed: int, rows: int, columns: int, hot: bool) -> None:
    """Items and sites stay each other's inverse, and settling leaves no move within reach that helps."""
    sites, random = rows * columns, np.random.default_rng(seed)
    cores = int(random.integers(1, sites + 1))
    traffic = random_traffic(seed, cores)
    flow = np.rint((traffic + traffic.T) * 16).astype(np.int64)
    np.fill_diagonal(flow, 0)
    start = random.permutation(sites)[:cores]
    mesh, unit = in_kernel(flow, columns, start, sites)
    assert unit == 1
    if hot:
        cool(mesh, 100.0, 20, np.array([seed * 2 + 1], dtype=np.uint64))
    settle(mesh, 2)
    assert sorted(mesh.item[mesh.item >= 0].tolist()) == list(range(cores))
    for i in range(cores):
        assert mesh.item[mesh.site[i]] == i
        assert (mesh.y[i], mesh.x[i]) == divmod(int(mesh.site[i]), columns)
    now = hops_of(traffic, rows, columns, mesh.site)
    assert hot or now <= hops_of(traffic, rows, columns, start)
    distance = manhattan(rows, columns)
    for i in range(cores):
        for there in np.flatnonzero(distance[mesh.site[i]] <= 2).tolist():
            moved = mesh.site.copy()
            other = int(mesh.item[there])
            if other >= 0:
                moved[other] = mesh.site[i]
            moved[i] = there
            assert hops_of(traffic, rows, columns, moved) >= now


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (2, 2), (4, 4), (8, 8), (3, 5), (1, 7), (6, 2)])
def test_a_curve_visits_every_site(rows: int, columns: int) -> None:
    order = hilbert(rows, columns)
    assert sorted(order.tolist()) == list(range(rows * columns))
    if rows == columns and rows & (rows - 1) == 0:
        step = manhattan(rows, columns)[order[:-1], order[1:]]
        assert (step == 1).all()


def test_flows_far_apart_in_size() -> None:
    """The largest flow takes 31 bits in the kernel, the smallest is nothing to it; still every core has its site."""
    traffic = np.array([[0, 1e6, 0], [0, 0, 1e-7], [1e-7, 0, 0]])
    site = place_on_mesh(traffic, 2, 3)
    assert np.unique(site).size == 3
    assert hops_of(traffic, 2, 3, site) == pytest.approx(1e6, rel=1e-9)


def test_a_mesh_that_is_too_small() -> None:
    with pytest.raises(ValueError, match="5 cores on a mesh of 2 x 2"):
        place_on_mesh(np.ones((5, 5)), 2, 2)
    assert gilmore_lawler(np.zeros((1, 1)), 1, 1) == 0
    assert place_on_mesh(np.zeros((3, 3)), 2, 2).tolist() == hilbert(2, 2)[:3].tolist()


@pytest.mark.parametrize("flows", [(), ((0, 1, 5.0),)], ids=["none", "one pair"])
def test_many_cores_that_hardly_talk(flows: tuple[tuple[int, int, float], ...]) -> None:
    """So few flows have hardly any modes, of many cores too: every core still has a site of its own."""
    cores = MANY_CORES + 8
    traffic = np.zeros((cores, cores))
    for source, to, packets in flows:
        traffic[source, to] = packets
    site = place_on_mesh(traffic, 24, 24)
    assert np.unique(site).size == cores
    assert hops_of(traffic, 24, 24, site) == sum(packets for _, _, packets in flows)
