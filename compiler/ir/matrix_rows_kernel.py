"""The compiled loop that finds which columns of a sparse matrix hold the same values in the same pattern."""
# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
# An element of an array is a scalar to the kernel's compiler, and an array to a type checker.

from __future__ import annotations

import numpy as np

from ...targets.native.jit import compiled, mixed

FIRST_WORD = np.uint64(0x9E3779B97F4A7C15)


@compiled
def alike(
    first: int, end: int, other: int, other_end: int, place: np.ndarray, value: np.ndarray
) -> bool:  # fmt: skip
    """Whether entries first .. end - 1 hold what those of another column do, one by one, from their first place on."""
    if end - first != other_end - other:
        return False
    moved = place[first] - place[other]
    same = True
    for k in range(end - first):
        same &= place[first + k] - moved == place[other + k] and value[first + k] == value[other + k]
    return same


@compiled
def holders(
    start: np.ndarray, end: np.ndarray, place: np.ndarray, value: np.ndarray, mask: np.uint64, table: np.ndarray,
    words: np.ndarray, holder: np.ndarray,
) -> None:  # fmt: skip
    """Write to `holder`, (E,), the first column that is like each. place, value: (K,) of all entries, values as int64
    bits; start, end: (E,) of each column's entries, at least one. table: of -1, a power of two, more than E; words:
    (E,) uint64 to work in; mask: the bits of a word that count."""
    last = np.uint64(table.size - 1)
    for column in range(start.size):
        word = FIRST_WORD
        for k in range(start[column], end[column]):
            word = mixed(
                word ^ np.uint64(place[k] - place[start[column]]) ^ (np.uint64(value[k]) << np.uint64(1))
            )
        word &= mask
        slot = word & last
        while table[slot] >= 0:
            other = table[slot]
            if words[other] == word and alike(
                start[column], end[column], start[other], end[other], place, value
            ):
                break
            slot = (slot + np.uint64(1)) & last
        if table[slot] < 0:
            table[slot], words[column] = column, word
        holder[column] = table[slot]
