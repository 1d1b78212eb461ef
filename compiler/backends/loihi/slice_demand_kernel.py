"""The compiled loops that sort synapses by target, and find what a run of neurons has stored on its core."""
# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
# An element of an array is a scalar to the kernel's compiler, and an array to a type checker.

from __future__ import annotations

import numpy as np

from ....targets.native.jit import compiled
from .cut_rows_kernel import word_of


@compiled
def sources_of(
    col: np.ndarray, neuron: np.ndarray, code: np.ndarray, delay: np.ndarray, first: int, max_base: int,
    raised: np.ndarray, lowered: np.ndarray, place: np.ndarray, found: np.ndarray, words: np.ndarray,
) -> int:  # fmt: skip
    """Find the sources of synapses onto neurons in ascending order, of which `first` lies in compartment 0, and what
    is stored for each.

    col, neuron, code, delay: (k,) of each synapse. max_base: the largest compartment that a row can count from. raised,
    lowered: see `moves`. place: (sources,) int64 to work in. found: (k, 5) int64: source, lowest and highest
    compartment, synapses, whether two of them meet; words: (k, 2) uint64, sums of words of its synapses as they are
    stored. The number of sources."""
    count = 0
    for k in range(col.size):
        source, slot = col[k], neuron[k] - first
        at = place[source]
        if at < 0 or at >= count or found[at, 0] != source:
            at = place[source] = count
            found[at, 0], found[at, 1], found[at, 2], found[at, 3], found[at, 4] = source, slot, -1, 0, 0
            words[at, 0], words[at, 1] = 0, 0
            count += 1
        found[at, 4] |= found[at, 2] == slot
        found[at, 2] = slot
        found[at, 3] += 1
        word = word_of(code[k], delay[k])
        words[at, 0] += word * raised[slot, 0]
        words[at, 1] += word * raised[slot, 1]
    for at in range(count):
        least = min(found[at, 1], max_base)
        words[at, 0] *= lowered[least, 0]
        words[at, 1] *= lowered[least, 1]
    return count


@compiled
def by_target(
    place: np.ndarray, col: np.ndarray, row: np.ndarray, code: np.ndarray, delay: np.ndarray, cols: np.ndarray,
    codes: np.ndarray, delays: np.ndarray,
) -> None:  # fmt: skip
    """Write synapses in ascending order of their targets `row`, those of one in the order given. place: (targets,)
    int64 where the first of each goes, counted on."""
    for k in range(row.size):
        at = place[row[k]]
        cols[at], codes[at], delays[at] = col[k], code[k], delay[k]
        place[row[k]] = at + 1
