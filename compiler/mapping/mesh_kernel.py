"""Exchanges two sites of a mesh at a time, by falling temperature or downhill only."""
# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
# An element of an array is a scalar to the kernel's compiler, and an array to a type checker.

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...targets.native.jit import compiled


class Mesh(NamedTuple):
    """flow: (items, items) int32, symmetric, 0 on the diagonal, no row sum times the longest way above 2**31 - 1.
    row, column: (sites,) int32. site: of each item, item: on each site (-1: none), changed in place; y, x: of each
    item, too, one vectorised pass being what every trial costs."""

    flow: np.ndarray
    row: np.ndarray
    column: np.ndarray
    site: np.ndarray
    item: np.ndarray
    y: np.ndarray
    x: np.ndarray


@compiled
def _change(m: Mesh, i: int, j: int, to_site: int) -> int:
    """What the hops grow by if item i goes to site `there`, and item j (none if < 0), which is there, to i's."""
    here = m.site[i]
    y0, x0, y1, x1 = m.row[here], m.column[here], m.row[to_site], m.column[to_site]
    change = np.int32(0)
    mine = m.flow[i]
    if j < 0:
        for k in range(len(mine)):
            step = np.int32(abs(y1 - m.y[k]) + abs(x1 - m.x[k]) - abs(y0 - m.y[k]) - abs(x0 - m.x[k]))
            change = np.int32(change + mine[k] * step)
        return int(change)
    other = m.flow[j]
    for k in range(len(mine)):
        step = np.int32(abs(y1 - m.y[k]) + abs(x1 - m.x[k]) - abs(y0 - m.y[k]) - abs(x0 - m.x[k]))
        change = np.int32(change + np.int32(mine[k] - other[k]) * step)
    return int(change) + 2 * np.int64(mine[j]) * (
        abs(y1 - y0) + abs(x1 - x0)
    )  # the two stay as far apart as they were


@compiled
def _move(m: Mesh, i: int, to_site: int) -> None:
    here, j = m.site[i], m.item[to_site]
    m.site[i], m.item[to_site], m.item[here] = to_site, i, j
    m.y[i], m.x[i] = m.row[to_site], m.column[to_site]
    if j >= 0:
        m.site[j] = here
        m.y[j], m.x[j] = m.row[here], m.column[here]


@compiled
def cool(m: Mesh, heat: float, sweeps: int, random: np.ndarray) -> None:
    """Random moves to random sites, at temperatures from `heat` down to a hundredth of it: `sweeps` times as many
    as there are items."""
    items, sites = len(m.site), len(m.row)
    for sweep in range(sweeps):
        warmth = heat * 0.01 ** (sweep / sweeps)
        for _ in range(items):
            i = int(_uniform(random) * items)
            to_site = int(_uniform(random) * sites)
            if to_site == m.site[i]:
                continue
            more = _change(m, i, m.item[to_site], to_site)
            if more <= 0 or _uniform(random) < np.exp(-more / warmth):
                _move(m, i, to_site)


@compiled
def settle(m: Mesh, reach: int) -> None:
    """Takes the best move of each item to a site at most `reach` away until none helps.

    What an item costs in every row and in every column is known, and kept up where an item moves: a trial looks at no
    flow but the one between the two."""
    items, sites = len(m.site), len(m.row)
    row, column, item, site, flow = m.row, m.column, m.item, m.site, m.flow
    down = np.zeros((items, row.max() + 1), np.int64)
    across = np.zeros((items, column.max() + 1), np.int64)
    _cost(flow, m.y, down)
    _cost(flow, m.x, across)
    moved = True
    while moved:
        moved = False
        for i in range(items):
            target, best, here = -1, 0, site[i]
            y0, x0 = row[here], column[here]
            leaving = down[i, y0] + across[i, x0]
            for to_site in range(sites):
                y1, x1, j = row[to_site], column[to_site], item[to_site]
                if to_site == here or abs(y1 - y0) + abs(x1 - x0) > reach:
                    continue
                more = down[i, y1] + across[i, x1] - leaving
                if j >= 0:  # the two stay as far apart as they were
                    more += down[j, y0] + across[j, x0] - down[j, y1] - across[j, x1]
                    more += 2 * np.int64(flow[i, j]) * (abs(y1 - y0) + abs(x1 - x0))
                if more < best:
                    target, best = to_site, more
            if target >= 0:
                j = item[target]
                _move(m, i, target)
                _follow(flow[i], y0, row[target], down)
                _follow(flow[i], x0, column[target], across)
                if j >= 0:
                    _follow(flow[j], row[target], y0, down)
                    _follow(flow[j], column[target], x0, across)
                moved = True


@compiled
def _cost(flow: np.ndarray, at: np.ndarray, cost: np.ndarray) -> None:
    """cost[i, line]: the flows of item i times the lines between it and all others, which are at[k], were it there."""
    lines = cost.shape[1]
    there = np.zeros(lines, np.int64)
    for i in range(len(flow)):
        there[:] = 0
        for k in range(len(at)):
            there[at[k]] += flow[i, k]
        for line in range(lines):
            for other in range(lines):
                cost[i, line] += there[other] * abs(line - other)


@compiled
def _follow(flow: np.ndarray, before: int, after: int, cost: np.ndarray) -> None:
    """Keep up costs after an item, whose flows these are, went from one line to another."""
    if before == after:
        return
    for k in range(len(flow)):
        if flow[k]:
            for line in range(cost.shape[1]):
                cost[k, line] += np.int64(flow[k]) * (abs(line - after) - abs(line - before))


@compiled
def _uniform(random: np.ndarray) -> float:
    """The next number of (0, 1) of a xorshift* generator."""
    x = random[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    random[0] = x
    return (np.float64((x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(11)) + 0.5) / 9007199254740992.0
