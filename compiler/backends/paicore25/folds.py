"""Finds kernels that walk over maps: rectangles of a channel whose neurons read the same weights, shifted with them.

Relative to where a neuron of row y and column x stands, (stride_rows * y, stride_columns * x) of its source, every
neuron of a channel has the same synapses, but for those that would lie outside the source. Where others are missing, as
at the edge of a pooled map whose last row no window covers, rows and columns are cut apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...ir.quantized import QuantizedPopulation
from .geometry import as_map


@dataclass(frozen=True, kw_only=True)
class Taps:
    """Synapses from one source in one delay, (k,) int64 each: row and column of the source relative to where its
    neuron stands, and channel of the source; channel, row and column of the neuron; weight. shape: of the source;
    sides: of the map that it is, in rows and columns."""

    row: np.ndarray
    column: np.ndarray
    channel: np.ndarray
    post_channel: np.ndarray
    post_row: np.ndarray
    post_column: np.ndarray
    weight: np.ndarray
    shape: tuple[int, int, int]
    sides: tuple[int, int]


Cuts = tuple[tuple[int, ...], tuple[int, ...]]
"""Rows, and columns, at which a map is cut: 0, ..., and its side."""


def taps_of(
    population: QuantizedPopulation,
    shape: tuple[int, ...],
    cols: np.ndarray,
    rows: np.ndarray,
    weight: np.ndarray,
    *,
    places: bool,
) -> Taps:
    """Read synapses as taps. shape: of the source. places: its elements stand for places of the map itself, one for
    each neuron of a channel, as those of an always-on input."""
    stride_rows, stride_columns = (population.core_params[f"stride_{side}"] for side in ("rows", "columns"))
    source, own = as_map(shape), as_map(population.shape)
    channel, row, column = np.unravel_index(cols, source)
    post_channel, post_row, post_column = np.unravel_index(rows, own)
    if places:
        row, column = row * stride_rows, column * stride_columns
    return Taps(
        row=row - stride_rows * post_row,
        column=column - stride_columns * post_column,
        channel=channel,
        post_channel=post_channel,
        post_row=post_row,
        post_column=post_column,
        weight=weight,
        shape=source,
        sides=(
            stride_rows * (source[1] - 1) + 1 if places else source[1],
            stride_columns * (source[2] - 1) + 1 if places else source[2],
        ),
    )


def cuts_of(population: QuantizedPopulation, taps: Sequence[Taps]) -> Cuts | None:
    """Cut a map so that in each rectangle every channel has one kernel; None where no cuts do that."""
    _, rows, columns = as_map(population.shape)
    strides = tuple(population.core_params[f"stride_{side}"] for side in ("rows", "columns"))
    if not all(_alike(values, population.shape) for values in population.params.values()):
        return None
    cuts: list[set[int]] = [{0, rows}, {0, columns}]
    for one in taps:
        cuts[0] |= _missing(one.row, one.post_row, rows, strides[0], one.sides[0])
        cuts[1] |= _missing(one.column, one.post_column, columns, strides[1], one.sides[1])
    found = tuple(sorted(cuts[0])), tuple(sorted(cuts[1]))
    return found if all(_is_whole(one, found, strides, population.shape[0]) for one in taps) else None


def _alike(values: np.ndarray, shape: tuple[int, ...]) -> bool:
    channels = values.reshape(shape[0], -1)
    return bool(
        np.array_equal(channels, np.repeat(channels[:, 0], channels.shape[1]).reshape(channels.shape))
    )


def _missing(offset: np.ndarray, post: np.ndarray, size: int, stride: int, side: int) -> set[int]:
    """Places along one side where the offsets that are there, of those that lie inside the source, change."""
    if not offset.size:
        return set()
    low = int(offset.min())
    there = np.zeros((size, int(offset.max()) - low + 1), dtype=np.bool_)
    there[post, offset - low] = True
    at = stride * np.arange(size)[:, None] + low + np.arange(there.shape[1])[None, :]
    lacks = ~there & (at >= 0) & (at < side) & np.any(there, axis=0, keepdims=True)
    return set((np.flatnonzero((lacks[1:] != lacks[:-1]).any(axis=1)) + 1).tolist())


def _is_whole(taps: Taps, cuts: Cuts, strides: tuple[int, ...], channels: int) -> bool:
    """Whether in each rectangle each tap has one weight, and is there for every neuron for which it lies inside."""
    if not taps.weight.size:
        return True
    band = np.searchsorted(cuts[0], taps.post_row, side="right") - 1
    strip = np.searchsorted(cuts[1], taps.post_column, side="right") - 1
    low = int(taps.row.min()), int(taps.column.min())
    sides = (
        channels, taps.shape[0], int(taps.row.max()) - low[0] + 1, int(taps.column.max()) - low[1] + 1,
        len(cuts[0]) - 1, len(cuts[1]) - 1,
    )  # fmt: skip
    key = np.ravel_multi_index(
        (taps.post_channel, taps.channel, taps.row - low[0], taps.column - low[1], band, strip), sides
    )
    order = np.argsort(key, kind="stable")
    key, weight = key[order], taps.weight[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    count = np.diff(np.append(first, key.size))
    if not np.array_equal(np.repeat(weight[first], count), weight):
        return False
    _, _, row, column, band, strip = np.unravel_index(key[first], sides)
    inside = _inside(row + low[0], band, cuts[0], strides[0], taps.sides[0])
    across = _inside(column + low[1], strip, cuts[1], strides[1], taps.sides[1])
    return np.array_equal(inside * across, count)


def _inside(
    offset: np.ndarray, part: np.ndarray, cuts: tuple[int, ...], stride: int, side: int
) -> np.ndarray:
    """(k,) how many places of a part have an offset inside the source."""
    edges = np.asarray(cuts)
    first = np.maximum(edges[part], -(offset // stride))
    last = np.minimum(edges[part + 1] - 1, (side - 1 - offset) // stride)
    return np.maximum(0, last - first + 1)
