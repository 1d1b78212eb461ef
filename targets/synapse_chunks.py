"""Counts the bits of synapses that are stored in chunks, each behind a header, in whole words."""

from __future__ import annotations

from typing import Protocol, overload

import numpy as np

from .chip import Natural, Positive


class ChunkedMemory(Protocol):
    """How synapses lie in memory. chunk: synapses of a chunk; index_bits: widths in which one names its neuron."""

    @property
    def chunk(self) -> Positive:
        """Synapses of a chunk."""
        ...

    @property
    def chunk_header_bits(self) -> Natural:
        """Of a chunk's header."""
        ...

    @property
    def word_bits(self) -> Positive:
        """Of a word of the memory."""
        ...

    @property
    def index_bits(self) -> tuple[Natural, ...]:
        """Widths in which a synapse names its neuron."""
        ...


@overload
def chunked_bits(n: int, bits_per_synapse: int, memory: ChunkedMemory) -> int: ...
@overload
def chunked_bits(n: np.ndarray, bits_per_synapse: int, memory: ChunkedMemory) -> np.ndarray: ...
def chunked_bits(n: int | np.ndarray, bits_per_synapse: int, memory: ChunkedMemory) -> int | np.ndarray:
    """Bits of one input axon with `n` synapses (an int >= 0 or an array of them): whole chunks and the rest."""

    def words(bits: int | np.ndarray) -> int | np.ndarray:
        return -(-bits // memory.word_bits) * memory.word_bits

    whole, rest = n // memory.chunk, n % memory.chunk
    full = words(memory.chunk * bits_per_synapse + memory.chunk_header_bits)
    return whole * full + (rest > 0) * words(rest * bits_per_synapse + memory.chunk_header_bits)


def index_bits(max_index: int, memory: ChunkedMemory) -> int:
    """Choose the narrowest index field that holds `max_index`; ValueError when none does."""
    for bits in sorted(memory.index_bits):
        if max_index < 1 << bits:
            return bits
    raise ValueError(f"no index field holds compartment {max_index}")
