"""Puts the boxes of sections on the board, each touching those that are there: signals pass from core to core.

A route reaches a rectangle of cores, so that the cores of a section are one, with cores without neurons where its size
is no product. A box comes as near as it can to those that it hears.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ....targets.paicore25.signals import STEPS
from .layout import Layout


class Box(NamedTuple):
    """Columns x .. x + width - 1, rows y .. y + height - 1."""

    x: int
    y: int
    width: int
    height: int

    @property
    def positions(self) -> tuple[tuple[int, int], ...]:
        """Row by row."""
        return tuple(
            (x, y) for y in range(self.y, self.y + self.height) for x in range(self.x, self.x + self.width)
        )


class Board(NamedTuple):
    """Positions with cores: columns 0 .. columns - 1, rows first_row .. rows - 1."""

    columns: int
    rows: int
    first_row: int

    @property
    def size(self) -> int:
        """Number of cores."""
        return self.columns * (self.rows - self.first_row)

    def site(self, position: tuple[int, int]) -> int:
        """Number of a position, row by row."""
        return (position[1] - self.first_row) * self.columns + position[0]

    def position(self, site: int) -> tuple[int, int]:
        """The inverse of `site`."""
        return site % self.columns, self.first_row + site // self.columns


def boxes_of(layout: Layout, board: Board) -> dict[int, Box] | None:
    """Section -> its box; None where the search finds no room for all. The boxes of the sections that start first are
    placed first; if that fails, the largest ones are."""
    by_tick = sorted(
        range(len(layout.sections)), key=lambda k: (layout.stages[layout.sections[k].stage].tick, k)
    )
    by_size = sorted(by_tick, key=lambda k: -len(layout.sections[k].cores))
    near = _neighbours(layout)
    for order in (by_tick, by_size):
        found = _placed(order, layout, near, board)
        if found is not None:
            return found
    return None


def _neighbours(layout: Layout) -> dict[int, set[int]]:
    """Section -> those that it hears or sends to."""
    near: dict[int, set[int]] = {k: set() for k in range(len(layout.sections))}
    of_stage: dict[str, list[int]] = {}
    for k, section in enumerate(layout.sections):
        of_stage.setdefault(section.stage, []).append(k)
    for name, stage in layout.stages.items():
        for send in stage.sends:
            if send.section is not None:
                for own in of_stage[name]:
                    near[own].add(send.section)
                    near[send.section].add(own)
    return near


def _placed(
    order: Sequence[int], layout: Layout, near: Mapping[int, set[int]], board: Board
) -> dict[int, Box] | None:
    taken: set[tuple[int, int]] = set()
    found: dict[int, Box] = {}
    for k in order:
        others = [found[other] for other in sorted(near[k]) if other in found]
        box = _best(len(layout.sections[k].cores), taken, others, board)
        if box is None:
            return None
        found[k] = box
        taken |= {*box.positions}
    return found


def _best(cores: int, taken: set[tuple[int, int]], others: Sequence[Box], board: Board) -> Box | None:
    """The box of the least size, then nearest to others, that touches what is taken."""
    height = board.rows - board.first_row
    shapes = sorted(
        (
            (w, h)
            for w in range(1, board.columns + 1)
            for h in range(1, height + 1)
            if w * h >= cores and (w - 1) * h < cores and w * (h - 1) < cores
        ),
        key=lambda side: (side[0] * side[1], abs(side[0] - side[1]), side),
    )
    for w, h in shapes:
        fits = [
            box
            for y in range(board.first_row, board.rows - h + 1)
            for x in range(board.columns - w + 1)
            for box in [Box(x, y, w, h)]
            if taken.isdisjoint(box.positions) and (not taken or _touches(box, taken))
        ]
        if fits:
            return min(fits, key=lambda box: (sum(_apart(box, other) for other in others), box.y, box.x))
    return None


def _touches(box: Box, taken: set[tuple[int, int]]) -> bool:
    return any((x + dx, y + dy) in taken for x, y in box.positions for dx, dy in STEPS)


def _apart(a: Box, b: Box) -> int:
    """Hops between the nearest corners."""
    across = max(0, a.x - (b.x + b.width - 1), b.x - (a.x + a.width - 1))
    along = max(0, a.y - (b.y + b.height - 1), b.y - (a.y + a.height - 1))
    return across + along
