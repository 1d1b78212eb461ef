"""Reads the synapses of a sparse matrix as rows: sources with the same weights in the same pattern share one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...targets.machines.synapse_rows import NO_AXON, PART, SynapseRows, narrow, narrowest, runs

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def matrix_rows(matrix: csr_array) -> SynapseRows:
    """The synapses of a (neurons, sources) matrix, an axon for each source that has any, weights float64, no delays.

    A convolution has a row for each channel and way in which the border cuts its kernel. Patterns are found by a 64-bit
    word and compared entry for entry; one that only has the same word as another keeps a row of its own."""
    by_source = matrix.tocsc()
    by_source.sum_duplicates()
    start, post, weight = by_source.indptr.astype(np.int64), by_source.indices, by_source.data
    source = np.flatnonzero(np.diff(start))
    first, end = start[source], start[source + 1]
    base = post[first] if source.size else np.zeros(0, dtype=np.int32)
    word = np.zeros(source.size, dtype=np.uint64)
    for part in _parts(end - first):
        at, lengths = slice(first[part][0], end[part][-1]), (end - first)[part]
        place = post[at] - np.repeat(base[part], lengths)
        words = _mixed(_mixed(place.astype(np.uint64)) ^ weight[at].view(np.uint64))
        order = np.arange(words.size, dtype=np.uint64) - np.repeat(
            first[part] - first[part][0], lengths
        ).astype(np.uint64)
        words *= np.uint64(2) * order + np.uint64(1)
        word[part] = np.add.reduceat(words, first[part] - first[part][0])
    _, holder, row = np.unique(word, return_index=True, return_inverse=True)
    holder = _told_apart(holder[row], (first, end, base), post, weight)
    chosen, row = np.unique(holder, return_inverse=True)
    lengths = (end - first)[chosen]
    kept = runs(first[chosen], end[chosen])
    return SynapseRows(
        source=narrow(source),
        row=narrow(row),
        base=narrow(base),
        axon=np.full(source.size, NO_AXON, dtype=np.int32),
        start=np.concatenate([[0], np.cumsum(lengths)]),
        offset=narrowest(post[kept] - np.repeat(base[chosen], lengths)),
        weight=weight[kept].astype(np.float64),
        delay=np.zeros(kept.size, dtype=np.int8),
    )


def _told_apart(
    holder: np.ndarray, axons: tuple[np.ndarray, np.ndarray, np.ndarray], post: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """(E,) the axon whose row each one shares: `holder` where all is the same, else itself."""
    first, end, base = axons
    sharing = np.flatnonzero((holder != np.arange(holder.size)) & (end - first == (end - first)[holder]))
    alike = np.arange(holder.size)
    for part in _parts((end - first)[sharing]):
        own, other = sharing[part], holder[sharing[part]]
        lengths = (end - first)[own]
        mine, theirs = runs(first[own], end[own]), runs(first[other], end[other])
        moved = np.repeat(base[own] - base[other], lengths)
        same = (post[mine] - moved == post[theirs]) & (
            weight[mine].view(np.uint64) == weight[theirs].view(np.uint64)
        )
        all_same = np.logical_and.reduceat(same, np.cumsum(lengths) - lengths)
        alike[own[all_same]] = other[all_same]
    return alike


def _parts(lengths: np.ndarray) -> list[slice]:
    """Runs of axons with about PART synapses."""
    if not lengths.size:
        return []
    heads = np.flatnonzero(np.diff(np.cumsum(lengths) // PART)) + 1
    return [slice(int(a), int(b)) for a, b in zip([0, *heads], [*heads, lengths.size], strict=True)]


def _mixed(words: np.ndarray) -> np.ndarray:
    """Words whose bits all depend on all bits (the finishing steps of splitmix64)."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
