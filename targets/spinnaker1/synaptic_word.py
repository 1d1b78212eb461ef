"""Packs synapses into the words of a row, and back."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..layout import DecodeError, require_range
from .core_image import N_SYNAPSE_TYPES, CoreImage

WEIGHT_BITS = 16
LOG_TYPES = 1
RING_BITS = 14
"""Bits of a word that find a place in the ring buffers: delay slot, synapse type, neuron."""
MAX_ROW_LENGTH = 256


class Synapses(NamedTuple):
    """Synapses one by one, (S,) int64 each. post: neuron of the core. kind: 0 excitatory, 1 inhibitory. delay: ticks,
    1 .. 2^log_delay_slots. weight: 0 .. 65535, before the ring buffer's shift."""

    post: np.ndarray
    kind: np.ndarray
    delay: np.ndarray
    weight: np.ndarray


def pack_synapses(synapses: Synapses, log_neurons: int, log_delay_slots: int) -> np.ndarray:
    """Pack into (S,) uint32: from the lowest bit on post, kind, delay; weight in the upper half.

    The longest delay sets the bit above the slots of the ring; the binary takes the slot alone. Raises ValueError
    naming a value that does not fit."""
    require_range("post", synapses.post, 0, (1 << log_neurons) - 1)
    require_range("kind", synapses.kind, 0, N_SYNAPSE_TYPES - 1)
    require_range("delay", synapses.delay, 1, 1 << log_delay_slots)
    require_range("weight", synapses.weight, 0, (1 << WEIGHT_BITS) - 1)
    words = synapses.weight.astype(np.uint32) << np.uint32(32 - WEIGHT_BITS)
    words |= synapses.delay.astype(np.uint32) << np.uint32(log_neurons + LOG_TYPES)
    words |= synapses.kind.astype(np.uint32) << np.uint32(log_neurons)
    return words | synapses.post.astype(np.uint32)


def unpack_synapses(words: np.ndarray, log_neurons: int) -> Synapses:
    """Unpack (S,) uint32; their values are what `check_words` looks at."""
    return Synapses(
        post=(words & np.uint32((1 << log_neurons) - 1)).astype(np.int64),
        kind=((words >> np.uint32(log_neurons)) & np.uint32(1)).astype(np.int64),
        delay=((words & np.uint32(0xFFFF)) >> np.uint32(log_neurons + LOG_TYPES)).astype(np.int64),
        weight=(words >> np.uint32(32 - WEIGHT_BITS)).astype(np.int64),
    )


def synapses_of(core: CoreImage) -> Synapses:
    """List the synapses of all rows of a core, in the order of their words."""
    return unpack_synapses(core.matrix.words, core.log_neurons)


def check_words(
    words: np.ndarray, n_neurons: int, log_neurons: int, log_delay_slots: int, image: str
) -> None:
    """Raise DecodeError at the first word that goes to a neuron the core does not have, or to no slot of the ring."""
    found = unpack_synapses(words, log_neurons)
    slots = 1 << log_delay_slots
    wrong = np.flatnonzero((found.post >= n_neurons) | (found.delay < 1) | (found.delay > slots))
    if wrong.size:
        at = int(wrong[0])
        text = f"goes to neuron {int(found.post[at])} of {n_neurons} after {int(found.delay[at])} of 1..{slots} ticks"
        raise DecodeError(image, -1, f"synapse {at}: {int(words[at]):#010x} {text}")
