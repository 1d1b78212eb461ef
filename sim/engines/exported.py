"""Reads a run at the chip's output lines: what leaves the chip, and nothing else."""

from __future__ import annotations

import numpy as np

from ...targets.machines.exports import Exports


def exported(exports: Exports, spikes: np.ndarray, membrane: np.ndarray | None) -> np.ndarray:
    """(T, B, n_lines) int64: on each line the spikes of its neurons in a step, added up, or a membrane.

    spikes, membrane: (T, B, N) of the machine. Raises ValueError where a line shows a membrane and none is given."""
    out = np.zeros((*spikes.shape[:2], exports.n_lines), dtype=np.int64)
    if exports.membrane.any() and membrane is None and not exports.always:
        raise ValueError("an output line shows a membrane, and the run kept none")
    for shown, values in ((False, spikes), (True, membrane)):
        picked = exports.membrane == shown
        if values is None or not picked.any():
            continue
        line, neuron = exports.line[picked], exports.neuron[picked]
        order = np.argsort(line, kind="stable")
        starts = np.flatnonzero(np.diff(line[order], prepend=-1))
        columns = values[:, :, neuron[order]].astype(np.int64)
        out[:, :, line[order][starts]] += np.add.reduceat(columns, starts, axis=2)
    return out
