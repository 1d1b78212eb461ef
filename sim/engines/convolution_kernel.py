"""The compiled loop over the neurons of one layer: integrate, fire, reset, step after step."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import ModuleType

import numpy as np

from .jit import SCALARS, compiled


@cache
def kernel(module: ModuleType, variant: tuple[tuple[str, bool], ...]) -> Callable[..., int]:
    """The loop with the step of `module.arithmetic(..., **variant)`:
    (drive (T, B, N) int32, bias (N,), v (B, N) int64, threshold, low, spikes (T, B, N) int32,
    recorded (T or 0, B, N) int32, beyond (N,) int64) -> the largest count or |state|.

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
    ) -> int:
        largest = 0
        for t in range(drive.shape[0]):
            for b in range(drive.shape[1]):
                for n in range(drive.shape[2]):
                    after, fired, outside = step(v[b, n], drive[t, b, n] + bias[n], threshold, low)
                    v[b, n] = after
                    spikes[t, b, n] = fired
                    largest = max(largest, fired, abs(after))
                    if outside:
                        beyond[n] += 1
            if recorded.shape[0]:
                for b in range(drive.shape[1]):
                    for n in range(drive.shape[2]):
                        recorded[t, b, n] = v[b, n]
        return largest

    return run
