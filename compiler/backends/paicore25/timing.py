"""Finds the chip step in which the cores of each stage start, and the loops that take longer than the network says.

A core's own step k works on what was sent in the own step k - d of its sources, d a delay in chip steps. So it starts
at least 1 - d chip steps after them; and no later than its input buffer holds what was sent ahead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Hop(NamedTuple):
    """From one stage to another: what is sent in own step k is read in own step k + delay."""

    pre: str
    post: str
    delay: int


def start_ticks(stages: Iterable[str], hops: Iterable[Hop]) -> tuple[dict[str, int], tuple[Hop, ...]]:
    """The earliest tick_start of each stage, from 1 on, and the hops of a loop that is too short for any; then no tick
    means something."""
    names, edges = sorted(stages), sorted(set(hops))
    start = dict.fromkeys(names, 1)
    came: dict[str, Hop] = {}
    moved = ""
    for _ in range(len(names) + 1):
        moved = ""
        for hop in edges:
            least = start[hop.pre] + 1 - hop.delay
            if start[hop.post] < least:
                start[hop.post], came[hop.post], moved = least, hop, hop.post
        if not moved:
            return start, ()
    return start, _loop(moved, came, len(names))


def _loop(name: str, came: Mapping[str, Hop], steps: int) -> tuple[Hop, ...]:
    for _ in range(steps):
        name = came[name].pre
    hops: list[Hop] = []
    at = name
    while not hops or at != name:
        hops.append(came[at])
        at = came[at].pre
    return tuple(reversed(hops))
