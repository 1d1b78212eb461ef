"""Gives every source population a block of keys of its own, which says core, neuron and colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .core_image import COLOUR_BITS
from .rows import Senders

KEY_BITS = 32


class Source(NamedTuple):
    """A population that sends: on how many cores, and neurons of a core, but perhaps of the last."""

    cores: int
    neurons: int


class KeysExhaustedError(ValueError):
    """Raised where the keys of all populations are more than there are: needed, available."""

    def __init__(self, needed: int, available: int) -> None:
        super().__init__(f"{needed} keys are needed; there are {available}")
        self.needed, self.available = needed, available


def _bits(count: int) -> int:
    return (count - 1).bit_length()


def allocate(sources: Sequence[Source], bits: int = KEY_BITS) -> tuple[Senders, ...]:
    """Allocate a block for each source: a power of two of keys, aligned to its size, so that one mask matches it.

    Larger blocks come first, which leaves no gaps. bits: of the keys that are given out. Raises KeysExhaustedError."""
    sizes = [_bits(source.cores) + _bits(source.neurons) + COLOUR_BITS for source in sources]
    keys = [0] * len(sources)
    free = 0
    for number in sorted(range(len(sources)), key=lambda number: (-sizes[number], number)):
        keys[number] = free
        free += 1 << sizes[number]
    if free > 1 << bits:
        raise KeysExhaustedError(free, 1 << bits)
    return tuple(
        Senders(
            key=key,
            mask=(1 << KEY_BITS) - (1 << size),
            core_mask=(1 << _bits(source.cores)) - 1,
            mask_shift=_bits(source.neurons) + COLOUR_BITS,
            n_neurons=source.neurons,
        )
        for source, size, key in zip(sources, sizes, keys, strict=True)
    )


def key_of(senders: Senders, core: int) -> int:
    """The key of the first neuron of a core of a population, without colour."""
    return senders.key | core << senders.mask_shift


def mask_of(senders: Senders) -> int:
    """What matches all keys of one core."""
    return (1 << KEY_BITS) - (1 << senders.mask_shift)
