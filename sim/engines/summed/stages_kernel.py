"""The compiled loop that takes neurons off level by level: those first that no other leads to."""
# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
# An element of an array is a scalar to the kernel's compiler, and an array to a type checker.

from __future__ import annotations

import numpy as np

from ....targets.native.jit import compiled


@compiled
def take_off(
    axons: np.ndarray, row: np.ndarray, base: np.ndarray, start: np.ndarray, offset: np.ndarray, most: int,
    waits: np.ndarray, level: np.ndarray, ready: np.ndarray,
) -> None:  # fmt: skip
    """Write to `level`, (n,) of -1, the length of the longest chain that leads to each neuron, up to `most`; -1 stays
    where a loop leads to it.

    axons: (n + 1,) where the axons of each neuron begin; row, base, start, offset: as of `SynapseRows`. waits, ready:
    (n,) int64, waits of zeros, to work in."""
    for axon in range(axons[-1]):
        for k in range(start[row[axon]], start[row[axon] + 1]):
            waits[base[axon] + offset[k]] += 1
    filled, done = 0, 0
    for neuron in range(waits.size):
        if waits[neuron] == 0:
            ready[filled], level[neuron] = neuron, 0
            filled += 1
    while done < filled and level[ready[done]] < most:
        neuron = ready[done]
        for axon in range(axons[neuron], axons[neuron + 1]):
            for k in range(start[row[axon]], start[row[axon] + 1]):
                post = base[axon] + offset[k]
                waits[post] -= 1
                if waits[post] == 0:  # those who are taken off last lead to it by the longest chain
                    ready[filled], level[post] = post, level[neuron] + 1
                    filled += 1
        done += 1
