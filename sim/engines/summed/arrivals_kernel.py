"""The compiled loops that list what the axons of a part bring to a stage."""
# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
# An element of an array is a scalar to the kernel's compiler, and an array to a type checker.

from __future__ import annotations

import numpy as np

from ....targets.native.jit import compiled


@compiled
def mark_reached(
    row: np.ndarray, base: np.ndarray, start: np.ndarray, offset: np.ndarray, owner: np.ndarray, counts: np.ndarray
) -> None:  # fmt: skip
    """Count the synapses onto each stage. row, base, start, offset: of some axons, as of `SynapseRows`. owner: (n,)
    int32, the stage of each place; counts: (stages,) int64, counted on."""
    for axon in range(row.size):
        for k in range(start[row[axon]], start[row[axon] + 1]):
            counts[owner[base[axon] + offset[k]]] += 1


@compiled
def list_arrivals(
    column: np.ndarray, steps: np.ndarray, row: np.ndarray, base: np.ndarray, start: np.ndarray, offset: np.ndarray,
    weight: np.ndarray, delay: np.ndarray, stage: int, owner: np.ndarray, place: np.ndarray, behind: int,
    to: np.ndarray,
) -> None:  # fmt: skip
    """List the synapses of some axons onto a stage, in order. column, steps: (E,) of each axon, the column of its
    source and the latency to which delays are added. owner, place: (n,) int32, the stage of each place and the place in
    it. behind: how far the places of negative weights lie behind, which are then listed by their magnitudes; 0 where
    signs are not apart. to: (4, k) int32: column, place, weight and latency of each."""
    count = 0
    for axon in range(row.size):
        for k in range(start[row[axon]], start[row[axon] + 1]):
            post = base[axon] + offset[k]
            if owner[post] != stage:
                continue
            apart = behind > 0 and weight[k] < 0
            to[0, count], to[1, count] = column[axon], place[post] + (behind if apart else 0)
            to[2, count], to[3, count] = -weight[k] if apart else weight[k], steps[axon] + delay[k]
            count += 1
