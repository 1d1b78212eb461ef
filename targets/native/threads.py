"""Runs independent work on threads."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def each(work: Callable[[int], T], count: int) -> list[T]:
    """`work(k)` for every k from 0 to count - 1, in order. What runs shares nothing, so any number of threads gives the
    same bits; only loops that hold no interpreter lock run side by side."""
    if count <= 1:
        return [work(k) for k in range(count)]
    first = work(0)  # compiles, once
    with ThreadPoolExecutor(min(count, os.cpu_count() or 1)) as pool:
        return [first, *pool.map(work, range(1, count))]
