"""Writes the packets that the host sends for some events, and what answers on the output bus: text to test a chip
with.
"""

from __future__ import annotations

import numpy as np

from ..machines.crossbar_grid import GridMachine
from .model import RancChip
from .simulator import encode_simulator
from .words import bits_of, text_of

PACKETS, EXPECTED = "packets.txt", "expected.txt"


def vectors(machine: GridMachine, chip: RancChip, spikes: np.ndarray, events: np.ndarray) -> dict[str, bytes]:
    """Of one sample: the packets to send and the lines that answer, and all of it as RANC's own simulator reads it.

    spikes: (T, n_neurons), events: (T, n_inputs), of 0 and 1."""
    sent = packets(machine, events)
    return {
        PACKETS: packet_text(sent, chip),
        EXPECTED: expected_text(output_lines(machine, spikes)),
        **encode_simulator(machine, chip, sent),
    }


def packets(machine: GridMachine, events: np.ndarray) -> tuple[np.ndarray, ...]:
    """(T, n_inputs) events of 0 and 1 -> for each tick rows of x, y, axon, delay, to be sent before it."""
    element, rows = machine.inputs[:, 0], machine.inputs[:, 1:]
    return tuple(rows[tick[element] > 0] for tick in events)


def output_lines(machine: GridMachine, spikes: np.ndarray) -> np.ndarray:
    """(T, n_neurons) spikes of one sample -> (k, 2) int64 rows of tick and line of the output bus, sorted. Two neurons
    that drive one line in one tick are two rows."""
    number, line, _ = machine.targets()
    tick, neuron = np.nonzero(spikes * (number == -1))
    lines = np.stack([tick, line[neuron]], axis=1).astype(np.int64)
    return lines[np.lexsort((lines[:, 1], lines[:, 0]))]


def packet_text(sent: tuple[np.ndarray, ...], chip: RancChip) -> bytes:
    """A line a packet: the tick that it is sent before, decimal, and the word in binary."""
    lines: list[str] = []
    for tick, rows in enumerate(sent):
        fields: dict[str, np.ndarray] = dict(zip(("x", "y", "axon", "delay"), rows.T, strict=True))
        words = text_of(bits_of(chip.packet(), fields)).decode().split()
        lines += [f"{tick} {word}\n" for word in words]
    return "".join(lines).encode()


def expected_text(lines: np.ndarray) -> bytes:
    """A line an output event: tick and line of the bus, decimal."""
    return "".join(f"{tick} {line}\n" for tick, line in lines.tolist()).encode()
