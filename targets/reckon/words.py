"""The words of ReckOn's memories: a neuron word is a pair of neurons, a weight is a byte."""

from __future__ import annotations

import numpy as np

from ..layout import Field, WordType, pack, unpack

NEURON_LOW = WordType(
    "neuron word, bits 63..0", (Field("v0", 16, True), Field("traces0", 34), Field("v1_low", 14))
)
NEURON_HIGH = WordType(
    "neuron word, bits 127..64",
    (Field("v1_high", 2), Field("traces1", 34), Field("threshold", 16, True), Field("alpha", 12)),
)
MOST_NEURONS, MOST_READOUTS = 256, 16
ALPHA_BITS, LEAST_DIGIT = 12, 7
"""A pair's alpha is a digit, 7 or 8, that a register chooses, and 12 bits of its word."""
CHUNKS = 4
"""Chunks of 32 bits in a word of 128."""


def neuron_words(alpha: np.ndarray, threshold: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Pack pairs: (pairs, 4) uint32, the lowest chunk first. alpha, threshold: (pairs,). v: (2 * pairs,)."""
    zero, even, odd = np.zeros_like(threshold), v[0::2], v[1::2] & 0xFFFF
    low = pack(NEURON_LOW, {"v0": even, "traces0": zero, "v1_low": odd & 0x3FFF})
    high = pack(
        NEURON_HIGH,
        {
            "v1_high": odd >> 14,
            "traces1": zero,
            "threshold": threshold,
            "alpha": alpha & (1 << ALPHA_BITS) - 1,
        },
    )
    return np.stack([low, high], axis=1).astype("<u8").view("<u4")


def read_neuron_words(
    words: np.ndarray, digits: np.ndarray, name: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unpack pairs: alpha, threshold (pairs,), v (2 * pairs,), int64. words: (pairs, 4) uint32. digits: (pairs,) 7 or
    8, the upper digit of each alpha."""
    halves = np.ascontiguousarray(words.astype("<u4")).view("<u8")
    low, high = unpack(NEURON_LOW, halves[:, 0], name), unpack(NEURON_HIGH, halves[:, 1], name)
    odd = low["v1_low"] | high["v1_high"] << 14
    v = np.stack([low["v0"], odd - (odd >= 1 << 15) * (1 << 16)], axis=1)
    return (digits << ALPHA_BITS) | high["alpha"], high["threshold"], v.ravel()


def weight_chunks(weights: np.ndarray) -> np.ndarray:
    """Four weights a chunk, the first in the lowest byte: (rows, chunks) uint32 of (rows, n) int8, filled with 0."""
    rows, n = weights.shape
    filled = np.zeros((rows, -(-n // CHUNKS) * CHUNKS), dtype=np.int8)
    filled[:, :n] = weights
    return filled.view("<u4").astype(np.uint32)


def read_weights(chunks: np.ndarray) -> np.ndarray:
    """(rows, 4 * chunks) int8 of (rows, chunks) uint32."""
    return np.ascontiguousarray(chunks.astype("<u4")).view(np.int8)
