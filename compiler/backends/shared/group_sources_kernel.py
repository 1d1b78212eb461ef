"""The compiled loops behind `group_sources`: a word for the targets of each source, and one for its synapses."""
# pyright: reportArgumentType=false, reportReturnType=false
# An element of an array is a scalar to the kernel's compiler, and an array to a type checker.

from __future__ import annotations

import numpy as np

from ....targets.native.jit import compiled, mixed


@compiled
def sources_in_order(source: np.ndarray, target: np.ndarray) -> int:
    """Count the runs of equal sources, (k,) integers ascending; -1 where the targets within one do not ascend."""
    found = 0
    for k in range(source.size):
        if k == 0 or source[k] != source[k - 1]:
            found += 1
        elif target[k] < target[k - 1]:
            return -1
    return found


@compiled
def told(
    source: np.ndarray, target: np.ndarray, what: np.ndarray, node: np.ndarray, count: np.ndarray, kind: np.ndarray,
    synapses: np.ndarray, once: np.ndarray,
) -> int:  # fmt: skip
    """Sum up synapses in order of sources, then targets, (k,) integers each; how many different pairs there are.

    node, count, kind, synapses: written, of each source, its number, how many different targets it has, and sums of
    words that wrap: of its targets, and of its targets and what leads there. once: (k,) written, the different targets
    of each source end to end."""
    one, filled = -1, 0
    for k in range(source.size):
        new = k == 0 or source[k] != source[k - 1]
        if new:
            one += 1
            node[one], count[one], kind[one], synapses[one] = source[k], 0, 0, 0
        word = mixed(np.uint64(target[k]) + np.uint64(1))
        if new or target[k] != target[k - 1]:
            kind[one] += word
            count[one] += 1
            once[filled] = target[k]
            filled += 1
        synapses[one] += mixed(np.uint64(what[k]) ^ word)
    return filled


@compiled
def seen_along(
    source: np.ndarray, target: np.ndarray, columns: int, area: int, source_columns: int, source_area: int,
    rows_seen: np.ndarray, columns_seen: np.ndarray,
) -> None:  # fmt: skip
    """Mark which rows of its source each row of a grid sees, and likewise columns: (places, sources) bool each.

    source, target: (k,) of synapses, in the order (channel, row, column). area: rows times columns."""
    for k in range(source.size):
        to, of = target[k] % area, source[k] % source_area
        rows_seen[to // columns, of // source_columns] = True
        columns_seen[to % columns, of % source_columns] = True
