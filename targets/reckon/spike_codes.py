"""Carries spikes out of a chip that has no output for them: as codes that the read-outs add up.

A read-out that keeps half of itself a step, and is added to with a shift of 1, is at the end of a step

    o[t] = code[t] + (o[t-1] >> 1)

so that the codes of each step can be told from what is sent in each step, for ever. Eight neurons share a read-out: the
code is a number of eight bits in two's complement, a bit for each.
"""

from __future__ import annotations

import numpy as np

CODES = 8
"""Neurons whose spikes a read-out can carry: the bits of a weight."""
KAPPA, SHIFT = 64, 1


def code_of(bit: np.ndarray) -> np.ndarray:
    """The output weight of the neuron that has a bit of the code, (n,) int64."""
    return np.where(bit == CODES - 1, -(1 << (CODES - 1)), 1 << bit)


def carried(weights: np.ndarray, kappa: int, shift: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Find the spikes that read-outs carry. Of each read-out the bits (k,) ascending, and the neurons (k,) whose they
    are; none where its weights are no code. weights: (N, O) int8 [neuron, read-out]."""
    wide = weights.astype(np.int64)
    alone = (wide & (wide - 1) & 0xFF) == 0
    bit = np.zeros_like(wide)
    for k in range(CODES):
        bit[(wide >> k) & 1 == 1] = np.where(alone, k, 0)[(wide >> k) & 1 == 1]
    bits: list[np.ndarray] = []
    neurons: list[np.ndarray] = []
    for readout in range(weights.shape[1]):
        neuron = np.flatnonzero(wide[:, readout])
        mine = bit[neuron, readout]
        is_code = (kappa, shift) == (KAPPA, SHIFT) and bool(alone[neuron, readout].all())
        if not is_code or np.unique(mine).size != mine.size:
            neuron = mine = np.zeros(0, dtype=np.int64)
        order = np.argsort(mine)
        bits.append(mine[order])
        neurons.append(neuron[order])
    return bits, neurons


def told(sent: np.ndarray) -> np.ndarray:
    """Tell the codes from what is sent: (T, ..., CODES) bits of (T, ...) read-outs at the end of each step, of a sample
    from its start."""
    before = np.concatenate([np.zeros_like(sent[:1]), sent[:-1]])
    code = sent - (before >> 1)
    return (code[..., None] >> np.arange(CODES)) & 1
