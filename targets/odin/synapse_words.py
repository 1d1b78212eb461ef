"""The synapse memory of a crossbar of 256 x 256: four bits a synapse, eight in a word of 32 bits."""

from __future__ import annotations

import numpy as np

SIZE = 256
SYNAPSES_PER_WORD = 8
WORDS_PER_ROW = SIZE // SYNAPSES_PER_WORD
SYNAPSE_WORDS = SIZE * WORDS_PER_ROW
_SHIFTS = 4 * np.arange(SYNAPSES_PER_WORD, dtype=np.uint64)


def synapse_words(nibbles: np.ndarray) -> np.ndarray:
    """(8192,) uint64 words, 32 of a row after those of the row before, of (256 rows, 256 neurons) integers 0..15;
    the lowest neuron is in the lowest bits."""
    grouped = nibbles.astype(np.uint64).reshape(SYNAPSE_WORDS, SYNAPSES_PER_WORD)
    return np.bitwise_or.reduce(grouped << _SHIFTS, axis=1)


def nibbles(words: np.ndarray) -> np.ndarray:
    """(256, 256) int64 0..15 of (8192,) words of 32 bits."""
    parts = (words.astype(np.uint64)[:, None] >> _SHIFTS) & np.uint64(15)
    return parts.astype(np.int64).reshape(SIZE, SIZE)
