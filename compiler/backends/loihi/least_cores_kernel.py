"""The compiled loop that counts whom each source reaches, and which weights each neuron hears."""
# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
# An element of an array is a scalar to the kernel's compiler, and an array to a type checker.

from __future__ import annotations

import numpy as np

from ....targets.native.jit import compiled


@compiled
def reach(
    source: np.ndarray, row: np.ndarray, base: np.ndarray, start: np.ndarray, offset: np.ndarray, code: np.ndarray,
    seen: np.ndarray, targets: np.ndarray, heard: np.ndarray,
) -> None:  # fmt: skip
    """Count the different neurons that each source reaches, and mark the weights that each neuron hears.

    source, row, base: axons of a projection, all of a source together. seen: (neurons,) int64 of -1 to work in.
    targets: (sources,) int64 zeros. heard: (neurons, 4) uint64 zeros: a bit for the low byte of each weight."""
    for axon in range(source.size):
        for k in range(start[row[axon]], start[row[axon] + 1]):
            neuron = base[axon] + offset[k]
            weight = np.int64(code[k]) & 0xFF
            heard[neuron, weight >> 6] |= np.uint64(1) << np.uint64(weight & 63)
            if seen[neuron] != source[axon]:
                seen[neuron] = source[axon]
                targets[source[axon]] += 1
