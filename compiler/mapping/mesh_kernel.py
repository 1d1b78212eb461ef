"""Exchanges two sites of a mesh at a time, by falling temperature or downhill only."""
# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
# An element of an array is a scalar to the kernel's compiler, and an array to a type checker.

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...sim.engines.jit import compiled


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
    """Takes the best move of each item to a site at most `reach` away until none helps."""
    sites = len(m.row)
    moved = True
    while moved:
        moved = False
        for i in range(len(m.site)):
            target, best, here = -1, 0, m.site[i]
            for to_site in range(sites):
                way = abs(m.row[here] - m.row[to_site]) + abs(m.column[here] - m.column[to_site])
                if 0 < way <= reach:
                    more = _change(m, i, m.item[to_site], to_site)
                    if more < best:
                        target, best = to_site, more
            if target >= 0:
                _move(m, i, target)
                moved = True


@compiled
def _uniform(random: np.ndarray) -> float:
    """The next number of (0, 1) of a xorshift* generator."""
    x = random[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    random[0] = x
    return (np.float64((x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(11)) + 0.5) / 9007199254740992.0
