"""Recognises a convolution from single synapses, and proves that its kernel makes these synapses and no others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

TRIED, KEPT = 64, 4
"""Strides that are looked at for each axis, those with the smallest kernels; and of those that would do, how many are
tried with the weights."""
ROOM, SHARED = 4, 2
"""Numbers in a kernel for each synapse, at most; and synapses for each weight of it that is not 0, at least: any
synapses make a kernel that uses each of its weights once."""
TABLE = 1 << 24
"""Pairs of numbers that are looked up in a table rather than sorted."""
Grid = tuple[int, int, int]
"""Channels, rows, columns."""


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """A convolution without a bias. weights: (rows, columns, channels of a group, features) int64. before, after:
    channels, rows and columns of what it takes and gives. padding: zeros above and below, left and right; below 0
    where rows or columns are cut off."""

    weights: np.ndarray
    before: Grid
    after: Grid
    stride: tuple[int, int]
    padding: tuple[tuple[int, int], tuple[int, int]]
    dilation: tuple[int, int]
    groups: int

    @property
    def largest_sum(self) -> int:
        """No sum of weights onto a neuron is larger."""
        return int(np.abs(self.weights).sum(axis=(0, 1, 2)).max(initial=0))


def recognise(
    source: np.ndarray,
    post: np.ndarray,
    weight: np.ndarray,
    pre_shape: Sequence[int],
    post_shape: Sequence[int],
) -> Kernel | None:
    """Find the kernel whose synapses are exactly those given, None where there is none that shares its weights.

    source, post, weight: (k,) integers, the ends of each synapse counted row-major over the shapes, which are
    (channels,), (channels, columns) or (channels, rows, columns). Synapses of one pair add up, and those that come to
    0 are none. Pools are kernels of as many groups as channels."""
    if len(pre_shape) not in (1, 2, 3) or len(post_shape) not in (1, 2, 3):
        return None
    before, after = _grid(pre_shape), _grid(post_shape)
    source, post, weight = _added_up(source, post, weight, math.prod(before))
    if not weight.size:
        return None
    (c, y, x), (f, row, column) = np.unravel_index(source, before), np.unravel_index(post, after)
    groups = _groups(c, f, before[0], after[0])
    axes = _axes(y, row, before[1], after[1]), _axes(x, column, before[2], after[2])
    for down, across in sorted(product(*axes), key=lambda pair: pair[0].taps * pair[1].taps):
        deep = before[0] // groups
        shape = (down.taps, across.taps, deep, after[0])
        if math.prod(shape) > ROOM * weight.size:
            continue
        tap = down.tap(y, row), across.tap(x, column)
        weights = _filled((*tap, c % deep, f), weight, shape)
        if weights is None or _implied(weights, down, across) != weight.size:
            continue
        if SHARED * np.count_nonzero(weights) > weight.size:
            continue
        return Kernel(
            weights=weights,
            before=before,
            after=after,
            stride=(down.stride, across.stride),
            padding=(down.padding, across.padding),
            dilation=(down.dilation, across.dilation),
            groups=groups,
        )
    return None


def _grid(shape: Sequence[int]) -> Grid:
    channels, *sides = shape
    rows, columns = [1] * (2 - len(sides)) + list(sides)
    return channels, rows, columns


def _added_up(
    source: np.ndarray, post: np.ndarray, weight: np.ndarray, sources: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each pair once, without those that come to 0."""
    key = post.astype(np.int64) * sources + source
    order = np.argsort(key, kind="stable")
    key, first = np.unique(key[order], return_index=True)
    total = np.add.reduceat(weight[order], first, dtype=np.int64) if first.size else first
    there = total != 0
    return key[there] % max(1, sources), key[there] // max(1, sources), total[there]


@dataclass(frozen=True, kw_only=True)
class _Axis:
    """A kernel along one axis. lowest: place that its first tap sees from place 0. size, outputs: places before and
    after."""

    stride: int
    lowest: int
    dilation: int
    taps: int
    size: int
    outputs: int

    @property
    def padding(self) -> tuple[int, int]:
        """Zeros before the first place and behind the last."""
        end = (self.outputs - 1) * self.stride + self.lowest + (self.taps - 1) * self.dilation
        return -self.lowest, end + 1 - self.size

    def tap(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Which tap joins two places."""
        return (before - self.stride * after - self.lowest) // self.dilation

    @property
    def seen(self) -> np.ndarray:
        """(taps,) how many outputs each tap sees a place of."""
        places = self.stride * np.arange(self.outputs)[:, None]
        places = places + self.lowest + self.dilation * np.arange(self.taps)
        return ((places >= 0) & (places < self.size)).sum(axis=0)


def _axes(before: np.ndarray, after: np.ndarray, size: int, outputs: int) -> list[_Axis]:
    """The axes that join exactly these places, those with the fewest places between their ends; at most KEPT of those
    among TRIED."""
    pairs = _distinct(after.astype(np.int64) * size + before, size * outputs)
    before, after = pairs % size, pairs // size
    strides = np.arange(1, size + 1) if outputs > 1 else np.ones(1, dtype=np.int64)
    places, first = np.unique(after, return_index=True)
    low, high = np.minimum.reduceat(before, first), np.maximum.reduceat(before, first)
    reach = [int((high - s * places).max() - (low - s * places).min()) for s in strides.tolist()]
    found: list[_Axis] = []
    for stride in strides[np.argsort(reach, kind="stable")][:TRIED].tolist():
        offset = before - stride * after
        lowest = int(offset.min())
        dilation = max(1, int(np.gcd.reduce(offset - lowest)))
        axis = _Axis(
            stride=stride,
            lowest=lowest,
            dilation=dilation,
            taps=int(offset.max() - lowest) // dilation + 1,
            size=size,
            outputs=outputs,
        )
        if int(axis.seen[np.unique(axis.tap(before, after))].sum()) == pairs.size:
            found.append(axis)
    return found[:KEPT]


def _groups(c: np.ndarray, f: np.ndarray, channels: int, features: int) -> int:
    """The most groups of as many channels and as many features each, of which each feature sees its own."""
    pairs = _distinct(c.astype(np.int64) * features + f, channels * features)
    c, f = pairs // features, pairs % features
    both = math.gcd(channels, features)
    for groups in range(both, 1, -1):
        if both % groups == 0 and bool((c // (channels // groups) == f // (features // groups)).all()):
            return groups
    return 1


def _distinct(values: np.ndarray, below: int) -> np.ndarray:
    """Each value once, ascending. values: natural numbers below `below`."""
    if below > TABLE:
        return np.unique(values)
    table = np.zeros(below, dtype=np.bool_)
    table[values] = True
    return np.flatnonzero(table)


def _filled(at: tuple[np.ndarray, ...], weight: np.ndarray, shape: tuple[int, ...]) -> np.ndarray | None:
    """A kernel with these weights, None where two differ that should be one."""
    place = np.ravel_multi_index(at, shape)
    weights = np.zeros(math.prod(shape), dtype=np.int64)
    weights[place] = weight
    return weights.reshape(shape) if bool((weights[place] == weight).all()) else None


def _implied(weights: np.ndarray, down: _Axis, across: _Axis) -> int:
    """How many synapses a kernel makes. All that are given are among these: as many are the same ones."""
    each = np.count_nonzero(weights, axis=(2, 3))
    return int((each * down.seen[:, None] * across.seen).sum())
