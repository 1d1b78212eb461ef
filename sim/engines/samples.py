"""Runs independent samples on threads."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def each(sample: Callable[[int], T], batch: int) -> list[T]:
    """`sample(b)` for every b, in order. Samples share nothing, so any number of threads gives the same bits."""
    if batch <= 1:
        return [sample(b) for b in range(batch)]
    first = sample(0)  # compiles, once
    with ThreadPoolExecutor(min(batch, os.cpu_count() or 1)) as pool:
        return [first, *pool.map(sample, range(1, batch))]
