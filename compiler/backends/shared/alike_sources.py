"""Groups sources that reach nearly the same neurons: the channels of a position, the neurons of a flat layer.

Weights that round to 0 leave each source a pattern of its own, in which the mapper would lose the layers of a large
network. Here such sources are one group, which reaches all that any of them does.
"""

from __future__ import annotations

import numpy as np

from ....targets.machines.synapse_rows import SynapseRows, narrow
from ...mapping.distinct import distinct

SHARE = 0.8
"""Of the synapses of a group, if each of its sources reached all that any does, that must be there."""
TABLE = 1 << 25


def alike_sources(
    rows: SynapseRows, kind: np.ndarray, nodes: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The kinds whose sources have nearly all targets in common, ascending, the targets of each end to end, and how
    many these are. rows: synapses between nodes. kind: (nodes,) int64 of each source."""
    kinds = SynapseRows(
        source=narrow(kind[rows.source]), row=rows.row, base=rows.base, axon=rows.axon, start=rows.start,
        offset=rows.offset, weight=rows.weight, delay=rows.delay,
    ).by_source()  # fmt: skip
    members = np.bincount(kind[distinct(rows.source)], minlength=int(kind.max(initial=0)) + 1)
    synapses = np.bincount(kinds.source, kinds.lengths, members.size)
    found, targets, counts = ([np.zeros(0, dtype=np.int64)] for _ in range(3))
    for part in kinds.parts():
        source, post, _, _, _ = kinds.flat(part)
        new = np.concatenate([[True], source[1:] != source[:-1]])  # they are in order
        present, place = source[new], np.cumsum(new) - 1
        if present.size * nodes <= TABLE:
            seen = np.zeros(present.size * nodes, dtype=np.bool_)
            seen[place * nodes + post] = True
            key = np.flatnonzero(seen)
        else:
            key = distinct(place * np.int64(nodes) + post)
        count = np.bincount(key // nodes, minlength=present.size)
        near = synapses[present] >= SHARE * members[present] * count
        found.append(present[near])
        targets.append((key % nodes)[np.repeat(near, count)])
        counts.append(count[near])
    return np.concatenate(found), np.concatenate(targets), np.concatenate(counts)
