"""Compiles numeric kernels with numba; imported only where a kernel is about to run."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numba


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` as machine code, compiled on its first call and for this process alone: a closure over another
    compiled function has no name that a later process could find it by. It runs without the interpreter lock."""
    return numba.njit(function, nogil=True, error_model="numpy")


@compiled
def floor_divide(dividend: int, divisor: int) -> int:
    """Of natural numbers; most dividends are smaller than their divisor, and dividing is slow."""
    return dividend // divisor if dividend >= divisor else 0


SCALARS = SimpleNamespace(minimum=min, maximum=max, floor_divide=floor_divide)
"""The array namespace of arithmetic that is compiled for one number at a time."""
