"""Reads the synapses of a sparse matrix as rows: sources with the same weights in the same pattern share one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...targets.machines.synapse_rows import NO_AXON, SynapseRows, narrow, narrowest, runs

if TYPE_CHECKING:
    from scipy.sparse import csr_array

FEW = 1 << 20
"""Synapses of a matrix that are not searched for what they share: loading the compiled search would take longer."""
EVERY_BIT = np.uint64((1 << 64) - 1)
"""Of the words by which patterns are found; what is found is compared entry for entry."""


def matrix_rows(matrix: csr_array) -> SynapseRows:
    """The synapses of a (neurons, sources) matrix, an axon for each source that has any: float64 weights, no delays.

    Sources with the same weights in the same pattern share a row where there are more than FEW synapses: a convolution
    has one for each channel and way in which the border cuts its kernel."""
    by_source = matrix.tocsc()
    by_source.sum_duplicates()
    start, post, weight = by_source.indptr.astype(np.int64), by_source.indices, by_source.data
    source = np.flatnonzero(np.diff(start))
    first, end = start[source], start[source + 1]
    base = post[first] if source.size else np.zeros(0, dtype=np.int32)
    chosen, row = np.arange(source.size), np.arange(source.size)
    if weight.size > FEW:
        chosen, row = np.unique(_holders(first, end, post, weight), return_inverse=True)
    lengths = (end - first)[chosen]
    kept = runs(first[chosen], end[chosen]) if chosen.size < source.size else slice(None)
    return SynapseRows(
        source=narrow(source),
        row=narrow(row),
        base=narrow(base),
        axon=np.full(source.size, NO_AXON, dtype=np.int32),
        start=np.concatenate([[0], np.cumsum(lengths)]),
        offset=narrowest(post[kept] - np.repeat(base[chosen], lengths)),
        weight=weight[kept].astype(np.float64, copy=False),
        delay=np.zeros(int(lengths.sum()), dtype=np.int8),
    )


def _holders(first: np.ndarray, end: np.ndarray, post: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """(E,) the first source whose synapses are those of each, moved as a whole."""
    from .matrix_rows_kernel import holders

    table = np.full(1 << (2 * first.size).bit_length(), -1, dtype=np.int64)
    holder = np.zeros(first.size, dtype=np.int64)
    words = np.zeros(first.size, dtype=np.uint64)
    holders(
        first,
        end,
        post,
        weight.astype(np.float64, copy=False).view(np.int64),
        EVERY_BIT,
        table,
        words,
        holder,
    )
    return holder
