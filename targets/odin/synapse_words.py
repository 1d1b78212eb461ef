"""Packs the synapse memory of a crossbar: four bits a synapse, eight in a word of 32 bits; rows follow each other."""

from __future__ import annotations

import numpy as np

MOST = 256  # rows, and neurons: both are numbered with eight bits
SYNAPSES_PER_WORD = 8
_SHIFTS = 4 * np.arange(SYNAPSES_PER_WORD, dtype=np.uint64)


def synapse_words(nibbles: np.ndarray) -> np.ndarray:
    """(R * N / 8,) uint64 words, those of a row after those of the row before, of (R rows, N neurons) integers 0..15;
    the lowest neuron is in the lowest bits. N: a multiple of 8."""
    grouped = nibbles.astype(np.uint64).reshape(-1, SYNAPSES_PER_WORD)
    return np.bitwise_or.reduce(grouped << _SHIFTS, axis=1)


def nibbles(words: np.ndarray, neurons: int) -> np.ndarray:
    """(R, neurons) int64 0..15 of (R * neurons / 8,) words of 32 bits."""
    parts = (words.astype(np.uint64)[:, None] >> _SHIFTS) & np.uint64(15)
    return parts.astype(np.int64).reshape(-1, neurons)
