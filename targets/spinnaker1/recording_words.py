"""Encodes which variables a core records each tick, and where; and reads it back."""

from __future__ import annotations

import numpy as np

from ..layout import DecodeError
from .core_image import CoreImage, Recorded

SELECTION = "neuron_recording"
CHANNELS = "recording"
VALUES: tuple[Recorded, ...] = ("v", "gsyn_exc", "gsyn_inh")
BITS: tuple[Recorded, ...] = ("spikes",)
VARIABLES: tuple[Recorded, ...] = ("v", "gsyn_exc", "gsyn_inh", "spikes")
N_CHANNELS = 6
"""Of memory that is recorded into: the variables, then packets a tick and rewirings, which stay empty."""
CHANNEL_WORDS = 3
"""Of a channel's header: bytes of room, then two that the binary fills in."""
VALUE_BYTES = 4


def selection(core: CoreImage) -> np.ndarray:
    """Encode the neurons whose variables are recorded: all of a core, or none: uint32."""
    n = core.n_neurons
    pairs = -(-n // 2)
    parts = [np.array([len(VALUES), len(BITS)], dtype=np.uint32)]
    for name in VARIABLES:
        on = name in core.recorded
        head = [1, n] if on else [0, 0]
        index = np.arange(2 * pairs, dtype="<u2") if on else np.zeros(2 * pairs, dtype="<u2")
        parts.append(np.array(head if name in BITS else [*head, VALUE_BYTES], dtype=np.uint32))
        parts.append(index.view("<u4").astype(np.uint32))
    return np.concatenate(parts)


def record_bytes(name: Recorded, n_neurons: int) -> int:
    """Bytes of one tick's record: the tick, then a word a neuron, or a bit."""
    return 4 + 4 * (-(-n_neurons // 32) if name in BITS else n_neurons)


def channels(core: CoreImage) -> np.ndarray:
    """Encode how many bytes each channel has room for: (1 + 3 * 6,) uint32."""
    words = np.zeros((N_CHANNELS, CHANNEL_WORDS), dtype=np.uint32)
    for channel, name in enumerate(VARIABLES):
        if name in core.recorded:
            words[channel, 0] = record_bytes(name, core.n_neurons) * core.recorded_ticks
    return np.concatenate([[N_CHANNELS], words.ravel()]).astype(np.uint32)


def read_recording(
    selected: np.ndarray, room: np.ndarray, n_neurons: int
) -> tuple[tuple[Recorded, ...], int]:
    """Read the recorded variables, and the ticks that there is room for.

    Raises DecodeError for lists of another size; whether they say the same is checked when the core is written."""
    pairs = -(-n_neurons // 2)
    heads = np.cumsum([2, *(len(VALUES) * [3 + pairs]), *(len(BITS) * [2 + pairs])])
    if selected.size != heads[-1]:
        raise DecodeError(SELECTION, -1, f"{selected.size} words; {heads[-1]} are expected")
    if room.size != 1 + N_CHANNELS * CHANNEL_WORDS:
        raise DecodeError(CHANNELS, -1, f"{room.size} words; {1 + N_CHANNELS * CHANNEL_WORDS} are expected")
    recorded: tuple[Recorded, ...] = tuple(name for k, name in enumerate(VARIABLES) if selected[heads[k]])
    ticks = 0
    if recorded:
        channel = VARIABLES.index(recorded[0])
        ticks = int(room[1 + CHANNEL_WORDS * channel]) // record_bytes(recorded[0], n_neurons)
    return recorded, ticks
