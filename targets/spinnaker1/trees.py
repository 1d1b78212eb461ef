"""Routes packets: a tree of shortest ways from a chip to all chips that it sends to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from .board import NOWHERE, Boards, hops, links_of


class Step(NamedTuple):
    """A chip of a tree, the link by which packets come in, or NOWHERE at the root, and the links they leave by."""

    chip: int
    entered: int
    leaves: tuple[int, ...]


def tree(boards: Boards, joined: np.ndarray, root: int, targets: Iterable[int]) -> tuple[Step, ...]:
    """Find the tree from `root` to the chips `targets`, each on a shortest way. joined: `neighbours(boards)`.

    Near targets come first. The way to a target goes along its longer stretch first, so that chips are crossed
    straight, and leaves the tree where it last meets it."""
    entered = {root: NOWHERE}
    leaves: dict[int, list[int]] = {root: []}
    ways = sorted((links_of(*hops(boards, root, target)), target) for target in {*targets})
    for _, target in ways:
        way = _way(boards, joined, root, target)
        last = max(k for k, (chip, _) in enumerate(way) if chip in entered)
        for (chip, link), (following, _) in zip(way[last:], way[last + 1 :], strict=False):
            leaves[chip].append(link)
            entered[following] = (link + 3) % 6
            leaves[following] = []
    return tuple(Step(chip, entered[chip], tuple(sorted(leaves[chip]))) for chip in sorted(entered))


def _way(boards: Boards, joined: np.ndarray, root: int, target: int) -> list[tuple[int, int]]:
    """Chips from root to target, each with the link to the next."""
    way: list[tuple[int, int]] = []
    chip = root
    for link, count in stretches(*hops(boards, root, target)):
        for _ in range(count):
            way.append((chip, link))
            chip = int(joined[chip, link])
    return [*way, (target, NOWHERE)]


def stretches(right: int, up: int) -> list[tuple[int, int]]:
    """Links and how often each is taken on a shortest way of so many columns and rows, the longer stretch first."""
    both = min(abs(right), abs(up)) if (right >= 0) == (up >= 0) else 0
    sign = 1 if right >= 0 else -1
    diagonal = (1 if sign > 0 else 4, both)
    right, up = right - sign * both, up - sign * both
    across = (0 if right > 0 else 3, abs(right))
    along = (2 if up > 0 else 5, abs(up))
    taken = [stretch for stretch in (diagonal, across, along) if stretch[1]]
    return sorted(taken, key=lambda stretch: (-stretch[1], stretch[0]))
