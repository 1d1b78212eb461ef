"""Enumerates orders in which runs of layers are cut into cores: bands, tiles and channel chunks, several layers
together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .graph import GroupedGraph, Layer, Limits

if TYPE_CHECKING:
    from .pack_kernel import Order


@dataclass(frozen=True, kw_only=True)
class Traversal:
    """Layers `first .. last` walked together on the grid of layer `grid`, in tiles of `rows` x `columns` of its
    positions, back and forth; in a tile column by column, at each position layer by layer. chunks: the whole walk
    is done once for each of so many equal parts of the channels."""

    first: int
    last: int
    grid: int
    rows: int
    columns: int
    chunks: int = 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Atoms:
    """Vertices `vertex[i] + j * step[i]`, j < count[i], in order. alike: reached by the same groups.
    tile, place: number of the tile and of the grid position that an atom belongs to, ascending."""

    vertex: np.ndarray
    step: np.ndarray
    count: np.ndarray
    alike: np.ndarray
    tile: np.ndarray
    place: np.ndarray

    def modes(self, graph: GroupedGraph, limits: Limits) -> tuple[int, ...]:
        """The ways to cut that differ: one block has no seams, and blocks smaller than a core have no remainder."""
        from .pack_kernel import ALIGNED, FREE, REMAINDER

        if self.place[-1] == 0:
            return (FREE,)
        neurons = np.bincount(self.place, weights=self.count).max()
        memory = np.bincount(self.place, weights=self.count * graph.vertex_memory[self.vertex]).max()
        whole = neurons > limits.neurons or memory > limits.memory
        return (FREE, ALIGNED, REMAINDER) if whole else (FREE, ALIGNED)

    def order(self, mode: int) -> Order:
        """Convert to the kernel's order: the blocks of ALIGNED are tiles, those of REMAINDER positions."""
        from .pack_kernel import ALIGNED, Order

        block = self.tile if mode == ALIGNED else self.place
        return Order(self.vertex, self.step, self.count, self.alike, block)


def runs(layers: tuple[Layer, ...], longest: int) -> Iterator[tuple[int, int]]:
    """List (first, last) of every run of consecutive layers: each slides over the one before, or none has a grid."""
    for first in range(len(layers)):
        spatial = layers[first].kind == "spatial"
        for last in range(first, min(first + longest, len(layers))):
            slides = layers[last].kind == "spatial" and layers[last].source == last - 1
            if last > first and not (slides if spatial else layers[last].kind == "flat"):
                break
            yield first, last


def atoms(graph: GroupedGraph, walk: Traversal) -> Atoms:
    """List the atoms of a traversal in its order."""
    parts = [
        _of_layer(graph, walk, index, chunk)
        for chunk in range(walk.chunks)
        for index in range(walk.first, walk.last + 1)
    ]
    vertex, step, count, alike, chunk, y, x, within = (np.concatenate(c) for c in zip(*parts, strict=True))
    band, column = y // walk.rows, x // walk.columns
    column = np.where(band % 2 == 1, -column, column)
    inside = np.where(band % 2 == 1, -x, x)
    up = np.where(inside % 2 == 1, -y, y)
    order = np.argsort(_combined([chunk, band, column, inside, up, within]), kind="stable")
    return Atoms(
        vertex=vertex[order],
        step=step[order],
        count=count[order],
        alike=alike[order],
        tile=_numbers(_combined([chunk, band, column])[order]),
        place=_numbers(_combined([chunk, y, x])[order]),
    )


def _of_layer(graph: GroupedGraph, walk: Traversal, index: int, chunk: int) -> list[np.ndarray]:
    """vertex, step, count, alike, chunk, y, x on the grid, order at a position: of the atoms of a layer."""
    layer = graph.layers[index]
    edges = np.linspace(0, layer.channels, walk.chunks + 1).round().astype(np.int64)
    n = layer.positions
    y, x = _on_grid(graph.layers, index, walk.grid)
    return [
        layer.first + edges[chunk] * n + np.arange(n),
        np.full(n, n),
        np.full(n, edges[chunk + 1] - edges[chunk]),
        np.full(n, graph.uniform[index]),
        np.full(n, chunk),
        y,
        x,
        np.full(n, index),
    ]


def _combined(keys: list[np.ndarray]) -> np.ndarray:
    """One number that sorts like the keys, the first being the most significant."""
    combined = np.zeros(len(keys[0]), dtype=np.int64)
    for key in keys:
        low = key.min()
        combined = combined * (key.max() - low + 1) + (key - low)
    return combined


def _numbers(key: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(key[1:] != key[:-1])])


def _on_grid(layers: tuple[Layer, ...], index: int, grid: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the positions of layer `index` lie on the grid of layer `grid`: the window with the nearest centre."""
    y, x = (axis.reshape(-1) for axis in np.indices((layers[index].height, layers[index].width)))
    while index < grid:
        index += 1
        y = _down(y, layers[index], 0, layers[index].height)
        x = _down(x, layers[index], 1, layers[index].width)
    while index > grid:
        y = _up(y, layers[index], 0, layers[index - 1].height)
        x = _up(x, layers[index], 1, layers[index - 1].width)
        index -= 1
    return y, x


def _down(at: np.ndarray, layer: Layer, axis: int, size: int) -> np.ndarray:
    stride, middle = layer.stride[axis], layer.middle[axis]
    return np.clip((2 * at - middle + stride) // (2 * stride), 0, size - 1)


def _up(at: np.ndarray, layer: Layer, axis: int, size: int) -> np.ndarray:
    return np.clip((2 * at * layer.stride[axis] + layer.middle[axis]) // 2, 0, size - 1)
