"""Compiled loops of one layer: events spread by its kernel, neurons that integrate, fire and reset, spikes pooled.

Channels are the last axis of all arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import ModuleType

import numpy as np

from ...targets.native.jit import SCALARS, compiled


@compiled
def spread(
    counts: np.ndarray, weights: np.ndarray, shape: tuple[int, int, int, int, int, int],
    stride: tuple[int, int], padding: tuple[int, int], sums: np.ndarray,
) -> None:  # fmt: skip
    """Add to sums (n, height * width * F) int32 what counts (n, H, W, C) bring.

    weights: (C * rows * columns * F,) int32. shape: C, rows, columns, height, width, F."""
    _, rows, columns, height, width, features = shape
    for n in range(counts.shape[0]):
        to = sums[n]
        for y in range(counts.shape[1]):
            first_row, last_row = touched(y + padding[0], rows, height, stride[0])
            for x in range(counts.shape[2]):
                first_column, last_column = touched(x + padding[1], columns, width, stride[1])
                for c in range(counts.shape[3]):
                    count = np.int32(counts[n, y, x, c])
                    if count == 0:
                        continue
                    for row in range(first_row, last_row, stride[0]):
                        down = (y + padding[0] - row) // stride[0] * width
                        for column in range(first_column, last_column, stride[1]):
                            place = np.uint64((down + (x + padding[1] - column) // stride[1]) * features)
                            own = np.uint64(((c * rows + row) * columns + column) * features)
                            for f in range(features):
                                to[place + np.uint64(f)] += count * weights[own + np.uint64(f)]


@compiled
def touched(at: int, size: int, neurons: int, stride: int) -> tuple[int, int]:
    """Along one axis: the rows of a kernel, first and behind the last, by which what comes in at place `at` of the
    padded input reaches one of the neurons; every stride-th of them does."""
    first = max(0, at - (neurons - 1) * stride)
    return first + (at - first) % stride, min(size, at + 1)


@compiled
def pool(spikes: np.ndarray, window: int, first: int, sums: np.ndarray) -> None:
    """Add sums over windows of spikes (n, height, width, F) to sums (n, H, W, C), channels `first` and on; what fills
    no window is lost."""
    for n in range(spikes.shape[0]):
        for y in range(sums.shape[1] * window):
            for x in range(sums.shape[2] * window):
                to, own = sums[n, y // window, x // window], spikes[n, y, x]
                for f in range(spikes.shape[3]):
                    to[np.uint64(first + f)] += own[np.uint64(f)]


@cache
def kernel(module: ModuleType, variant: tuple[tuple[str, bool], ...]) -> Callable[..., tuple[int, int]]:
    """The loop with the step of `module.arithmetic(..., **variant)`:
    (drive (T, B, N) int32, bias (N,), v (B, N) int64, threshold, low, spikes (T, B, N) int32,
    recorded (T or 0, B, N) int32, beyond (N,) int64) -> the largest count or |state|, and the largest count.

    v, spikes, recorded and beyond are written; where the result is above 2**31 - 1, what they hold is wrong."""
    step = module.arithmetic(SCALARS, compiled, **dict(variant))

    @compiled
    def run(
        drive: np.ndarray,
        bias: np.ndarray,
        v: np.ndarray,
        threshold: int,
        low: int,
        spikes: np.ndarray,
        recorded: np.ndarray,
        beyond: np.ndarray,
    ) -> tuple[int, int]:
        largest, most = 0, 0
        for t in range(drive.shape[0]):
            for b in range(drive.shape[1]):
                for n in range(drive.shape[2]):
                    after, fired, outside = step(v[b, n], drive[t, b, n] + bias[n], threshold, low)
                    v[b, n] = after
                    spikes[t, b, n] = fired
                    most = max(most, fired)
                    largest = max(largest, abs(after))
                    if outside:
                        beyond[n] += 1
            if recorded.shape[0]:
                for b in range(drive.shape[1]):
                    for n in range(drive.shape[2]):
                        recorded[t, b, n] = v[b, n]
        return max(largest, most), most

    return run
