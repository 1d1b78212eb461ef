"""Cuts a stage into pieces: single neurons, and rectangles of a map whose neurons walk one weight vector."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ....targets.paicore25.configuration import Vector
from ....targets.paicore25.weight_words import rows_of
from .folds import Cuts
from .geometry import as_map

MOST_INCREMENT = 2047
MOST_SKEW = (1 << 15) - 1
POTENTIALS_A_ROW = 4


@dataclass(frozen=True, kw_only=True, eq=False)
class Piece:
    """Neurons of one stage that are one record, row by row of `width` each: (n,) int64."""

    neurons: np.ndarray
    width: int

    @property
    def size(self) -> int:
        """Number of neurons."""
        return int(self.neurons.size)

    @property
    def height(self) -> int:
        """Rows of the rectangle."""
        return self.size // self.width

    def halves(self) -> list[Piece]:
        """Two pieces, cut between rows, or within the only one."""
        if self.height > 1:
            at = self.height // 2 * self.width
            return [Piece(neurons=part, width=self.width) for part in np.split(self.neurons, [at])]
        return [Piece(neurons=part, width=part.size) for part in np.split(self.neurons, [self.width // 2])]

    def lines(self) -> list[Piece]:
        """A piece for each row."""
        return [Piece(neurons=row, width=self.width) for row in self.neurons.reshape(self.height, self.width)]


@dataclass(frozen=True, kw_only=True, eq=False)
class Reads:
    """What a piece reads. vector: None where nothing. skew: bits from the start of a step to its first element, for the
    first neuron. along, across: bits from a neuron to the next in its row, and from the last of a row to the next."""

    vector: Vector | None
    skew: int
    along: int
    across: int


def single(size: int) -> list[Piece]:
    """Each neuron a piece."""
    return [Piece(neurons=np.array([k]), width=1) for k in range(size)]


def rectangles(shape: tuple[int, ...], cuts: Cuts) -> list[Piece]:
    """A piece for each rectangle of each channel."""
    channels, rows, columns = as_map(shape)
    number = np.arange(channels * rows * columns).reshape(channels, rows, columns)
    return [
        Piece(neurons=number[c, top:bottom, left:right].reshape(-1), width=right - left)
        for c in range(channels)
        for top, bottom in zip(cuts[0][:-1], cuts[0][1:], strict=True)
        for left, right in zip(cuts[1][:-1], cuts[1][1:], strict=True)
    ]


def steps_of(piece: Piece, address: np.ndarray) -> tuple[int, int] | None:
    """From a neuron's address to that of the next in its row, and from the last of a row to the first of the next; None
    where no record could walk so. address: (n,) of all neurons of the stage."""
    mine = address[piece.neurons].reshape(piece.height, piece.width)
    along = int(mine[0, 1] - mine[0, 0]) if piece.width > 1 else 0
    across = int(mine[1, 0] - mine[0, -1]) if piece.height > 1 else 0
    if not (0 <= along <= MOST_INCREMENT and 0 <= across <= MOST_INCREMENT):
        return None
    row = along * (piece.width - 1) + across
    walked = mine[0, 0] + row * np.arange(piece.height)[:, None] + along * np.arange(piece.width)[None, :]
    return (along, across) if np.array_equal(walked, mine) else None


def walkable(pieces: Iterable[Piece], addresses: Sequence[np.ndarray]) -> list[Piece]:
    """Cut pieces until every one of them can walk along all `addresses`."""
    found: list[Piece] = []
    for piece in pieces:
        if piece.size == 1 or all(steps_of(piece, address) is not None for address in addresses):
            found.append(piece)
        elif piece.height > 1:
            found += walkable(piece.lines(), addresses)
        else:
            found += [Piece(neurons=piece.neurons[k : k + 1], width=1) for k in range(piece.size)]
    return found


def fold_rows(size: int) -> int:
    """Rows that a record takes beyond its first two where it stands for several neurons."""
    return 0 if size == 1 else 1 + -(-(size - 1) // POTENTIALS_A_ROW)


def vector_rows(vector: Vector | None, bits: int) -> int:
    """Rows that a vector takes."""
    return 0 if vector is None else rows_of(vector, bits)


def shorter(at: np.ndarray, weight: np.ndarray, bits: int) -> tuple[Vector, int]:
    """The vector that takes fewer rows, dense or sparse, and the bit that its first element meets. at: (k,) bits,
    ascending, of weights that are not 0."""
    skew = min(int(at[0]), MOST_SKEW)
    dense = np.zeros(int(at[-1]) - skew + 1, dtype=np.int64)
    dense[at - skew] = weight
    plain, packed = Vector(weights=dense), Vector(weights=weight.astype(np.int64), address=at - skew)
    return (packed if rows_of(packed, bits) < rows_of(plain, bits) else plain), skew
