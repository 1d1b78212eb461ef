"""Writes what loads a core over SPI: frames of a 20-bit address and 20 bits of data, in an order that is safe."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import ModuleType

import numpy as np

from ..images import image_of, words_of
from ..layout import DecodeError
from .model import Capacity
from .synapse_words import SYNAPSES_PER_WORD

WRITE = 1 << 18
NEURONS, SYNAPSES = 1 << 16, 2 << 16
SYNAPSE_BYTES = 4
# the lowest bit of a byte's number in an address
NEURON_BYTE, SYNAPSE_BYTE = 8, 13
_LINE = re.compile(rb"([0-9a-f]{5}) ([0-9a-f]{5})")


def writes(
    neurons: np.ndarray,
    synapses: np.ndarray,
    rows: np.ndarray,
    last: int,
    registers: Mapping[str, int],
    words: ModuleType,
) -> np.ndarray:
    """List the writes. (K, 2) int64 addresses and data: registers with the network stopped and the loop open, all
    neurons, the synapses of `rows` with neurons 0 .. last, then the loop as it is to be, then the network runs.

    neurons (N, bytes of a word) and synapses (R * N / 8, 4): images. words: the chip's module, for the numbers of
    registers. A reset of the core comes before, never between."""
    number = {name: k for k, name in enumerate(words.REGISTERS)}
    stopped = {**registers, "gate_activity": 1, "open_loop": 1}
    columns = np.arange(last // SYNAPSES_PER_WORD + 1)
    used = (rows[:, None] * (len(neurons) // SYNAPSES_PER_WORD) + columns).ravel()
    parts = [
        np.array([(number[name], stopped[name]) for name in words.REGISTERS], dtype=np.int64),
        _memory(NEURONS, NEURON_BYTE, np.arange(len(neurons)), neurons),
        _memory(SYNAPSES, SYNAPSE_BYTE, used, synapses[used]),
        np.array(
            [(number[name], registers[name]) for name in ("open_loop", "gate_activity")], dtype=np.int64
        ),
    ]
    return np.concatenate(parts)


def _memory(command: int, byte_bit: int, numbers: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Bytes ascending within each word; no bit is masked."""
    bytes_ = np.arange(image.shape[1])
    address = WRITE | command | bytes_ << byte_bit | numbers[:, None]
    return np.stack([address.ravel(), image.astype(np.int64).ravel()], axis=1)


def loaded(
    writes: np.ndarray, words: ModuleType, capacity: Capacity, name: str
) -> tuple[np.ndarray, np.ndarray, dict[str, int]]:
    """Apply writes to an empty memory. Neuron words, synapse words and registers after some writes; what is not
    written is 0.

    Raises DecodeError for a write to nothing, or with masked bits. The order is not looked at."""
    address, data = writes[:, 0], writes[:, 1]
    command, place = address >> 16, address & 0xFFFF
    to = [command == 0, address & ~0xFFFF == WRITE | NEURONS, address & ~0xFFFF == WRITE | SYNAPSES]
    limits = [len(words.REGISTERS), words.NEURON_BYTES << NEURON_BYTE, SYNAPSE_BYTES << SYNAPSE_BYTE]
    most = np.select(to, limits, 0)
    synapse_words = capacity.rows * capacity.neurons // SYNAPSES_PER_WORD
    number = np.select(to[1:], [place & (1 << NEURON_BYTE) - 1, place & (1 << SYNAPSE_BYTE) - 1], 0)
    past = number >= np.select(to[1:], [capacity.neurons, synapse_words], 1)
    wrong = np.flatnonzero((place >= most) | past | (~to[0] & (data > 0xFF)))
    if wrong.size:
        raise DecodeError(name, int(wrong[0]), "a write to no register and no byte of a memory")
    values = dict.fromkeys(words.REGISTERS, 0)
    for register, value in zip(place[to[0]].tolist(), data[to[0]].tolist(), strict=True):
        values[words.REGISTERS[register]] = value
    neurons = np.zeros((capacity.neurons, words.NEURON_BYTES), dtype=np.uint8)
    synapses = np.zeros((synapse_words, SYNAPSE_BYTES), dtype=np.uint8)
    for image, chosen, bit in ((neurons, to[1], NEURON_BYTE), (synapses, to[2], SYNAPSE_BYTE)):
        image[place[chosen] & (1 << bit) - 1, place[chosen] >> bit] = data[chosen]
    return words_of(neurons), words_of(synapses), values


def text(writes: np.ndarray, sections: Sequence[tuple[int, str]] = ()) -> bytes:
    """Write a line for each write, address and data in hexadecimal, as $readmemh reads it; comments before some of
    them."""
    lines = [f"{address:05x} {data:05x}\n" for address, data in writes.tolist()]
    for number, words in reversed(sections):
        lines.insert(number, f"// {words}\n")
    return "".join(lines).encode()


def read_text(data: bytes, name: str) -> np.ndarray:
    """(K, 2) int64 writes of a text; comments are skipped. Raises DecodeError with the line."""
    writes: list[tuple[int, int]] = []
    for number, line in enumerate(data.split(b"\n")):
        if not line or line.startswith(b"//"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise DecodeError(name, number, "not an address and data of five hexadecimal digits each")
        writes.append((int(match[1], 16), int(match[2], 16)))
    return np.array(writes, dtype=np.int64).reshape(-1, 2)


def images(
    words: ModuleType, neuron_words: np.ndarray, synapse_words: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Convert the words of both memories to images."""
    return image_of(neuron_words, words.NEURON_BYTES), image_of(synapse_words, SYNAPSE_BYTES)
