"""Rounds array sizes up, so that machines of like size are run by the same compiled code."""

from __future__ import annotations

import numpy as np


def rounded_up(size: int) -> int:
    """The next size that has at most three significant bits, at least 1: never more than a quarter above `size`."""
    step = 1 << max(0, size.bit_length() - 3)
    return max(1, -(-size // step) * step)


def power_of_two(size: int) -> int:
    """The least power of two that is not below `size`, at least 1."""
    return 1 << (max(1, size) - 1).bit_length()


def padded(values: np.ndarray, shape: tuple[int, ...], fill: int = 0) -> np.ndarray:
    """`values` with `fill` behind the end of every axis, up to `shape`; the type stays."""
    if values.shape == shape:
        return values
    found = np.full(shape, fill, dtype=values.dtype)
    found[tuple(slice(size) for size in values.shape)] = values
    return found
