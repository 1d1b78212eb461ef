"""The compiled loop that goes along all synapses of shared rows without listing them."""
# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
# An element of an array is a scalar to the kernel's compiler, and an array to a type checker.

from __future__ import annotations

import numpy as np

from ..native.jit import compiled


@compiled
def add_up(
    row: np.ndarray, base: np.ndarray, start: np.ndarray, offset: np.ndarray, values: np.ndarray, totals: np.ndarray
) -> None:  # fmt: skip
    """Add the values (S,) of synapses to the totals of the neurons that they go to, (n,) float64, in order of
    axons; arrays as of `SynapseRows`."""
    for axon in range(row.size):
        for k in range(start[row[axon]], start[row[axon] + 1]):
            totals[base[axon] + offset[k]] += values[k]
