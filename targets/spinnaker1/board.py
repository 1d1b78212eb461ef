"""Where the chips of one or several boards lie, and which links join them: hexagons, wrapped around or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LINKS = ((1, 0), (1, 1), (0, 1), (-1, 0), (-1, -1), (0, -1))
"""Columns and rows that a link goes on by: east, north-east, north, west, south-west, south."""
N_LINKS = len(LINKS)
BOARD_EDGE = 8
"""Columns and rows of a board, whose chips are a hexagon."""
TRIAD_EDGE = 12
TRIAD = ((0, 0), (4, 8), (8, 4))
"""Where the boards of a triad begin; three boards fill 12 x 12 chips that wrap around."""
CHIPS_PER_BOARD = 48
NOWHERE = -1


@dataclass(frozen=True)
class Boards:
    """One board, or a rectangle of triads whose opposite edges are joined. across, up: triads; 0, 0: one board.

    A chip's number is x + y * columns."""

    across: int
    up: int

    @property
    def count(self) -> int:
        """How many boards."""
        return max(1, len(TRIAD) * self.across * self.up)

    @property
    def columns(self) -> int:
        """Columns of chips."""
        return TRIAD_EDGE * self.across if self.across else BOARD_EDGE

    @property
    def rows(self) -> int:
        """Rows of chips."""
        return TRIAD_EDGE * self.up if self.across else BOARD_EDGE

    @property
    def wraps(self) -> bool:
        """Whether opposite edges are joined."""
        return self.across > 0


def boards_for(chips: int) -> Boards:
    """Find the smallest system with at least so many chips: a board, or triads in as square a rectangle as can be."""
    if chips <= CHIPS_PER_BOARD:
        return Boards(0, 0)
    triads = -(-chips // (len(TRIAD) * CHIPS_PER_BOARD))
    up = max(k for k in range(1, int(triads**0.5) + 1) if triads % k == 0)
    return Boards(triads // up, up)


def chips_of(boards: Boards) -> np.ndarray:
    """(columns * rows,) bool: whether there is a chip of each number."""
    if boards.wraps:
        return np.ones(boards.columns * boards.rows, dtype=np.bool_)
    y, x = np.divmod(np.arange(BOARD_EDGE * BOARD_EDGE), BOARD_EDGE)
    return (y - x <= 3) & (x - y <= 4)


def ethernet_chips(boards: Boards) -> np.ndarray:
    """Numbers of the chips through which the host reaches each board, ascending."""
    corners = [
        (TRIAD_EDGE * across + x) + (TRIAD_EDGE * up + y) * boards.columns
        for up in range(boards.up)
        for across in range(boards.across)
        for x, y in TRIAD
    ]
    return np.array(sorted(corners) or [0], dtype=np.int64)


def neighbours(boards: Boards) -> np.ndarray:
    """(columns * rows, 6) int64: the chip at the other end of each link, NOWHERE where there is none."""
    there = chips_of(boards)
    y, x = np.divmod(np.arange(there.size), boards.columns)
    found = np.empty((there.size, N_LINKS), dtype=np.int64)
    for link, (right, up) in enumerate(LINKS):
        column, row = x + right, y + up
        inside = (column >= 0) & (column < boards.columns) & (row >= 0) & (row < boards.rows)
        number = column % boards.columns + row % boards.rows * boards.columns
        joined = there & there[number] & (inside | boards.wraps)
        found[:, link] = np.where(joined, number, NOWHERE)
    return found


def hops(boards: Boards, here: int, there: int) -> tuple[int, int]:
    """Find the shortest way from chip to chip: columns and rows to go, signed. It takes as many links as the larger of
    them where they have the same sign, and else as both together."""
    columns, rows = boards.columns, boards.rows
    right, up = there % columns - here % columns, there // columns - here // columns
    if not boards.wraps:
        return right, up
    right, up = right % columns, up % rows
    ways = [(x, y) for x in (right, right - columns) for y in (up, up - rows)]
    return min(ways, key=lambda way: (links_of(*way), way))


def distances(boards: Boards, here: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Count the links of the shortest ways between chips by their numbers; both are broadcast."""
    right = there % boards.columns - here % boards.columns
    up = there // boards.columns - here // boards.columns
    if not boards.wraps:
        return _links(right, up)
    right, up = right % boards.columns, up % boards.rows
    ways = [_links(x, y) for x in (right, right - boards.columns) for y in (up, up - boards.rows)]
    return np.minimum.reduce(ways)


def _links(right: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Count them as `links_of` does, of many ways."""
    across, along = np.abs(right), np.abs(up)
    return np.where((right >= 0) == (up >= 0), np.maximum(across, along), across + along)


def links_of(right: int, up: int) -> int:
    """Count the links of a way that goes so many columns and rows."""
    return max(abs(right), abs(up)) if (right >= 0) == (up >= 0) else abs(right) + abs(up)
