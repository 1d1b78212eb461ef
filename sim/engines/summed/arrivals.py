"""Lists the synapses of a machine by the stage that they lead to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ....targets.machines.synapse_rows import SynapseRows

Arrivals = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Of synapses, (k,) int32 each: the column of the source, the place in the stage, the weight, the latency in steps."""


def arrivals(
    synapses: SynapseRows,
    part: slice,
    column: np.ndarray,
    hop: np.ndarray,
    owner: np.ndarray,
    place: np.ndarray,
    behind: Sequence[int],
) -> Iterator[tuple[int, Arrivals]]:
    """List what the axons of a part bring to each stage that they lead to: the stage, and its synapses in order.

    column: of each source. hop: (E,) of each axon, the latency to which delays are added. owner, place: (places,)
    int32, the stage of each place that synapses lead to, and the place in it. behind: of each stage, how far the places
    of negative weights lie behind the others, whose magnitudes are then listed; 0 where signs are not apart."""
    from .arrivals_kernel import list_arrivals, mark_reached

    ends = (synapses.row[part], synapses.base[part], synapses.start, synapses.offset)
    counts = np.zeros(len(behind), dtype=np.int64)
    mark_reached(*ends, owner, counts)
    for k in np.flatnonzero(counts).tolist():
        to = np.empty((4, int(counts[k])), dtype=np.int32)
        given = (column[synapses.source[part]], hop[part], *ends, synapses.weight, synapses.delay)
        list_arrivals(*given, k, owner, place, behind[k], to)
        yield k, (to[0], to[1], to[2], to[3])
