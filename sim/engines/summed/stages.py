"""Orders neurons in stages: a stage takes spikes of inputs, of earlier stages, and of itself only where it is a loop.

So a stage can do many steps before the next one starts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MOST_STAGES = 64
"""Of a machine in longer chains all neurons are one stage."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """neurons: (n,) int64, ascending. loops: whether spikes of the stage reach neurons of it."""

    neurons: np.ndarray
    loops: bool


def stages(n: int, source: np.ndarray, post: np.ndarray) -> tuple[Stage, ...]:
    """The stages of n neurons. source, post: (k,) int64, the ends of what joins neurons."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    if not n:
        return ()
    links = csr_array((np.ones(source.size, dtype=np.int8), (source, post)), shape=(n, n))
    count, member = connected_components(links, directed=True, connection="strong")
    inside = member[source] == member[post]
    looped = np.zeros(count, dtype=np.bool_)
    looped[member[source[inside]]] = True
    level = _levels(count, member[source[~inside]], member[post[~inside]])
    if int(level.max()) >= MOST_STAGES:
        return (Stage(neurons=np.arange(n), loops=True),)
    key = 2 * level[member] + looped[member]
    return tuple(Stage(neurons=np.flatnonzero(key == k), loops=bool(k % 2)) for k in np.unique(key).tolist())


def _levels(count: int, source: np.ndarray, post: np.ndarray) -> np.ndarray:
    """(count,) length of the longest chain that leads to each; it has no circles."""
    from scipy.sparse import csr_array

    links = csr_array((np.ones(source.size, dtype=np.int64), (source, post)), shape=(count, count))
    links.sum_duplicates()
    waits = np.bincount(links.indices, minlength=count)
    level, ready = np.zeros(count, dtype=np.int64), np.flatnonzero(waits == 0)
    step = 0
    while ready.size:
        level[ready] = step
        reached = links[ready].indices
        waits -= np.bincount(reached, minlength=count)
        candidates = np.unique(reached)
        ready, step = candidates[waits[candidates] == 0], step + 1
    return level
