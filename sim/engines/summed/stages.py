"""Orders neurons in stages: a stage takes spikes of inputs, of earlier stages, and of itself only where it is a loop.

So a stage can do many steps before the next one starts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....targets.machines.synapse_rows import SynapseRows, as_rows

MOST_STAGES = 64
"""Of a machine in longer chains all neurons are one stage."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """neurons: (n,) int64, ascending. loops: whether spikes of the stage reach neurons of it."""

    neurons: np.ndarray
    loops: bool


NO_TAKERS = np.zeros(0, dtype=np.int64)


def stages(n: int, synapses: SynapseRows, takers: np.ndarray = NO_TAKERS) -> tuple[Stage, ...]:
    """The stages of n neurons, which `synapses` join, in order of sources; sources from n on are no neurons.
    takers: (k,) the neurons that take what leads to n, n + 1 ...

    What no loop leads to is taken off level by level; only the rest is asked for its loops."""
    if not n:
        return ()
    if takers.size:
        source, post, *others = synapses.flat()
        synapses = as_rows(source, np.append(np.arange(n), takers)[post], *others)
    level, looped = _taken_off(n, synapses), np.zeros(n, dtype=np.bool_)
    rest = np.flatnonzero(level < 0)
    if rest.size and int(level.max()) < MOST_STAGES:
        level[rest], looped[rest] = _with_loops(n, synapses, level, rest)
    if int(level.max()) >= MOST_STAGES:
        return (Stage(neurons=np.arange(n), loops=True),)
    key = 2 * level + looped
    return tuple(Stage(neurons=np.flatnonzero(key == k), loops=bool(k % 2)) for k in np.unique(key).tolist())


def _taken_off(n: int, synapses: SynapseRows) -> np.ndarray:
    """(n,) length of the longest chain that leads to each neuron, -1 from the first loop of it on; MOST_STAGES and no
    more where that is longer."""
    from .stages_kernel import take_off

    axons = np.searchsorted(synapses.source, np.arange(n + 1)).astype(np.int64)
    level, waits, ready = np.full(n, -1, dtype=np.int64), *(np.zeros(n, dtype=np.int64) for _ in range(2))
    take_off(
        axons, synapses.row, synapses.base, synapses.start, synapses.offset, MOST_STAGES, waits, level, ready
    )
    return level


def _with_loops(
    n: int, synapses: SynapseRows, level: np.ndarray, rest: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Levels of the rest of the neurons, the same for a whole loop, and whether each is in one."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    place = np.full(n, -1, dtype=np.int32)
    place[rest] = np.arange(rest.size)
    floor = np.zeros(rest.size, dtype=np.int64)
    source, post = [], []
    for part in synapses.parts():
        found = synapses.flat(part)
        inside = (found.source < n) & (place[found.post] >= 0)
        to, of = place[found.post[inside]], found.source[inside]
        outer = level[of] >= 0
        np.maximum.at(floor, to[outer], level[of[outer]] + 1)
        source.append(place[of[~outer]])
        post.append(to[~outer])
    ends = np.concatenate(source), np.concatenate(post)
    links = csr_array((np.ones(ends[0].size, dtype=np.int8), ends), shape=(rest.size, rest.size))
    count, member = connected_components(links, directed=True, connection="strong")
    inside = member[ends[0]] == member[ends[1]]
    looped = np.zeros(count, dtype=np.bool_)
    looped[member[ends[0][inside]]] = True
    least = np.zeros(count, dtype=np.int64)
    np.maximum.at(least, member, floor)
    found = _levels(least, member[ends[0][~inside]], member[ends[1][~inside]])
    return found[member], looped[member]


def _levels(least: np.ndarray, source: np.ndarray, post: np.ndarray) -> np.ndarray:
    """(count,) length of the longest chain that leads to each, and at least `least`; it has no circles."""
    from scipy.sparse import csr_array

    count = least.size
    links = csr_array((np.ones(source.size, dtype=np.int64), (source, post)), shape=(count, count))
    links.sum_duplicates()
    waits = np.bincount(links.indices, minlength=count)
    level, ready = least.copy(), np.flatnonzero(waits == 0)
    while ready.size:
        reached = links[ready].indices
        np.maximum.at(level, reached, np.repeat(level[ready] + 1, np.diff(links.indptr)[ready]))
        waits -= np.bincount(reached, minlength=count)
        candidates = np.unique(reached)
        ready = candidates[waits[candidates] == 0]
    return level
