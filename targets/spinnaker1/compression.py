"""Compresses a routing table: blocks with one route are merged, over keys that no packet of the chip has or that an
earlier entry takes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .routing_table import RoutingTable

BITS = 1 << np.arange(32, dtype=np.int64)


class Present(NamedTuple):
    """All blocks of keys that come by at a chip, (N,) each, disjoint and ordered by key. straight: where a packet
    goes on as it would without an entry."""

    key: np.ndarray
    mask: np.ndarray
    route: np.ndarray
    straight: np.ndarray


def compressed(present: Present, most: int) -> RoutingTable:
    """Make the table of a chip: exact as long as it has room for it, else as small as the greedy search makes it.

    First blocks that lie side by side are joined. Where these are more than `most`, routes are taken in turn, those of
    few blocks first: an entry may match whatever earlier entries match, so that the route of most blocks, which is
    last, may match nearly anything."""
    exact = _joined(present)
    return exact if exact.key.size <= most else _covered(present)


def _joined(present: Present) -> RoutingTable:
    """Merge pairs of blocks that differ in one bit and have the same route, until there is none; blocks that go
    straight on need no entry."""
    wanted = ~present.straight
    key, mask, route = present.key[wanted], present.mask[wanted], present.route[wanted]
    merged = True
    while merged:
        merged = False
        for bit in range(32):
            parent, wide = key & ~(1 << bit), mask & ~(1 << bit)
            fixed = (mask >> bit & 1) == 1
            order = np.lexsort((key, ~fixed, parent, wide, route))
            ours, next_one = order[:-1], order[1:]
            same = fixed[ours] & fixed[next_one] & (route[ours] == route[next_one])
            same &= (wide[ours] == wide[next_one]) & (parent[ours] == parent[next_one])
            if same.any():
                merged = True
                key[ours[same]], mask[ours[same]] = parent[ours[same]], wide[ours[same]]
                keep = np.ones(key.size, dtype=np.bool_)
                keep[next_one[same]] = False
                key, mask, route = key[keep], mask[keep], route[keep]
    order = np.argsort(key, kind="stable")
    return RoutingTable(key[order], mask[order], route[order])


def _covered(present: Present) -> RoutingTable:
    """Cover the blocks of each route by few entries that match no block of a later route, nor one that goes straight
    on by another."""
    entries: list[tuple[int, int, int]] = []
    later = np.ones(present.key.size, dtype=np.bool_)
    for route in _in_turn(present):
        ours = ~present.straight & (present.route == route)
        later &= ~ours
        left = np.flatnonzero(ours)
        while left.size:
            inside = left[_widened(present, left, later & (present.route != route))]
            key, mask = _narrowest(present.key[inside], present.mask[inside])
            entries.append((key, mask, route))
            left = np.setdiff1d(left, inside, assume_unique=True)
    key, mask, route = np.array(entries, dtype=np.int64).reshape(-1, 3).T
    return RoutingTable(key, mask, route)


def _in_turn(present: Present) -> list[int]:
    """Routes that need entries, those of fewest blocks first."""
    routes, blocks = np.unique(present.route[~present.straight], return_counts=True)
    return routes[np.lexsort((routes, blocks))].tolist()


def _widened(present: Present, left: np.ndarray, later: np.ndarray) -> np.ndarray:
    """Widen the first block that is left, bit by bit, as long as it meets none of `later`: each time by the bit with
    which it holds most of those left, of several the lowest. Returns which of those left it holds, bool."""
    key, mask = present.key[left[0]], present.mask[left[0]]
    # Bits that keep each block out; one that is left alone may not go.
    apart = np.unique((present.key[later] ^ key) & mask & present.mask[later])
    missing = ((present.key[left] ^ key) & mask) | (mask & ~present.mask[left])
    while True:
        useful = np.flatnonzero(missing[:, None] & BITS != 0)
        allowed = BITS[np.unique(useful % BITS.size)]
        allowed = allowed[~np.isin(allowed, apart)]
        if not allowed.size:
            return missing == 0
        gained = (missing == allowed[:, None]).sum(axis=1)
        bit = allowed[int(gained.argmax())]
        apart, missing = apart & ~bit, missing & ~bit


def _narrowest(key: np.ndarray, mask: np.ndarray) -> tuple[int, int]:
    """Find the fewest keys of an entry that matches all of these blocks."""
    common = np.bitwise_and.reduce(mask) & ~np.bitwise_or.reduce(key ^ key[0])
    return int(key[0] & common), int(common)
