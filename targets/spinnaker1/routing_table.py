"""Records a router's table, and what it does with a key: the first entry that matches, or straight on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .board import N_LINKS

CORE_BITS = N_LINKS
"""Bit of a route that stands for core 0; below it the links, from east on."""
ALL_BITS = 0xFFFFFFFF
MOST_ENTRIES = 1023
"""Entries that are free for applications; the router has 1,024."""


class RoutingTable(NamedTuple):
    """Entries in the order in which they are tried, (N,) int64 each. A key k matches where k & mask == key, and goes
    along the links and to the cores whose bits of `route` are set. A key that no entry matches goes on along the link
    opposite to the one that it came by."""

    key: np.ndarray
    mask: np.ndarray
    route: np.ndarray


def link_bit(link: int) -> int:
    """The bit of a route for a link."""
    return 1 << link


def core_bit(core: int) -> int:
    """The bit of a route for a core of the chip."""
    return 1 << (CORE_BITS + core)


def opposite(link: int) -> int:
    """The link of the next chip that leads back; also the one by which a packet without entry goes on."""
    return (link + N_LINKS // 2) % N_LINKS


def meet(key: np.ndarray, mask: np.ndarray, other_key: np.ndarray, other_mask: np.ndarray) -> np.ndarray:
    """Find which blocks of keys have a key in common, elementwise: bool."""
    return ((key ^ other_key) & mask & other_mask) == 0
