"""Runs independent samples on threads."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def each(sample: Callable[[int], None], batch: int) -> None:
    """`sample(b)` for every b. Samples share nothing, so any number of threads gives the same bits."""
    if batch <= 1:
        for b in range(batch):
            sample(b)
        return
    sample(0)  # compiles, once
    with ThreadPoolExecutor(min(batch, os.cpu_count() or 1)) as pool:
        list(pool.map(sample, range(1, batch)))
