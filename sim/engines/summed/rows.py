"""Keeps synapses as rows: what one spike of a source adds, and to which neurons; rows that are alike once.

Sums of what arrives in a step do not depend on order, so that synapses of one pair and latency are one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....targets.row_order import row_order

MEAN_RUN = 4
"""Synapses in a run, fewer of which are rather listed one by one."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Axons of sources, and the rows that they share. A row is runs of synapses onto neurons side by side or, where
    these would be short, one run of synapses whose places are listed.

    first: (S + 1,) int64, the axons of each source. axons: (A, 4) int32: first run of its row and the one after its
    last, the neuron that the row's places count from, latency in steps. runs: (Q, 4) int64: place of the first synapse,
    how many are side by side, how many are listed (one of these is 0), where their weights begin, and their places in
    `places`. weights: (W,) int8, int16 or int32, the narrowest that holds them; places: (W,) int32."""

    first: np.ndarray
    axons: np.ndarray
    runs: np.ndarray
    weights: np.ndarray
    places: np.ndarray


def rows_of(
    sources: int, source: np.ndarray, post: np.ndarray, weight: np.ndarray, latency: np.ndarray
) -> Rows:
    """Make rows of synapses, (k,) integers each; sums onto a neuron are proven to fit 32 bits."""
    order = row_order(source, latency, post)
    source, post, weight, latency = (values[order] for values in (source, post, weight, latency))
    new_axon = np.ones(source.size, dtype=np.bool_)
    new_axon[1:] = (np.diff(source) != 0) | (np.diff(latency) != 0)
    new = new_axon.copy()
    new[1:] |= np.diff(post) != 0
    kept = np.flatnonzero(new)
    weight = np.add.reduceat(weight, kept, dtype=np.int64) if kept.size else weight
    source, post, latency, new_axon = source[kept], post[kept], latency[kept], new_axon[kept]
    heads = np.flatnonzero(new_axon)
    sizes = np.diff(np.append(heads, post.size))
    place = post - np.repeat(post[heads], sizes)
    row, chosen = _alike(heads, sizes, place, weight)
    place, weight, start = _of_rows(heads[chosen], sizes[chosen], place, weight)
    run_head = np.ones(place.size, dtype=np.bool_)
    run_head[1:] = np.diff(place) != 1
    run_head[start[:-1]] = True
    owner = np.repeat(np.arange(start.size - 1), np.diff(start))
    short = np.bincount(owner[run_head], minlength=start.size - 1) * MEAN_RUN > np.diff(start)
    run_head &= ~short[owner]
    run_head[start[:-1]] = True
    begins = np.flatnonzero(run_head)
    sizes = np.diff(np.append(begins, place.size))
    listed = short[owner[begins]]
    first_run = np.searchsorted(begins, start)
    return Rows(
        first=np.searchsorted(source[heads], np.arange(sources + 1)).astype(np.int64),
        axons=np.stack([first_run[row], first_run[row + 1], post[heads], latency[heads]], axis=1).astype(
            np.int32
        ),
        runs=np.stack([place[begins], sizes * ~listed, sizes * listed, begins], axis=1),
        weights=weight.astype(_narrowest(weight)),
        places=place.astype(np.int32),
    )


def _narrowest(weight: np.ndarray) -> type[np.signedinteger]:
    largest = max(-int(weight.min(initial=0)) - 1, int(weight.max(initial=0)))
    return np.int8 if largest < 1 << 7 else np.int16 if largest < 1 << 15 else np.int32


def _alike(
    heads: np.ndarray, sizes: np.ndarray, place: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(A,) the row of each axon; (R,) an axon of each row. Rows are alike where every place and weight is.

    Found by a sum of mixed 64-bit words, then looked at one by one: an axon that only has the same sum keeps a row of
    its own."""
    if not heads.size:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    within = np.arange(place.size) - np.repeat(heads, sizes)
    words = _mixed(_mixed(place.astype(np.uint64)) + weight.astype(np.uint64)) * (2 * within + 1).astype(
        np.uint64
    )
    _, first, row = np.unique(
        np.add.reduceat(words, heads) + sizes.astype(np.uint64), return_index=True, return_inverse=True
    )
    twin = heads[first[row]]
    longest = place.size - twin
    there = np.repeat(twin, sizes) + np.minimum(within, np.repeat(longest - 1, sizes))
    same = (place[there] == place) & (weight[there] == weight)
    alike = np.logical_and.reduceat(same, heads) & (sizes == sizes[first[row]])
    alone = np.flatnonzero(~alike)
    row[alone] = first.size + np.arange(alone.size)
    return row, np.concatenate([first, alone])


def _mixed(words: np.ndarray) -> np.ndarray:
    """Words whose bits all depend on all bits (the finishing steps of splitmix64)."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


def _of_rows(
    heads: np.ndarray, sizes: np.ndarray, place: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places and weights of the chosen axons end to end, and where each begins, (R + 1,)."""
    start = np.concatenate([[0], np.cumsum(sizes)])
    index = np.arange(int(start[-1])) - np.repeat(start[:-1] - heads, sizes)
    return place[index], weight[index], start
