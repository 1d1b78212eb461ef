"""Writes the packets that the host sends for some events, and what answers on the output bus, as text to test a chip
with, and a bench for the public Verilog sources.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..machines.crossbar_grid import GridMachine
from ..verilog_bench import BENCH, filled_bench
from .images import encode_images
from .model import RancChip, address_bits
from .simulator import encode_simulator
from .timing import sweep_clocks
from .words import bits_of, text_of

PACKETS, EXPECTED = "packets.txt", "expected.txt"
LOCAL_CLOCKS, HOP_CLOCKS, PACKET_CLOCKS = (
    64,
    16,
    4,
)  # more than a router takes, of its whole way and of each packet


def vectors(
    machine: GridMachine, chip: RancChip, spikes: np.ndarray, events: np.ndarray, samples: Sequence[int]
) -> dict[str, bytes]:
    """Of each sample the packets to send and the lines that answer; the first of them as RANC's own simulator reads
    it; and the bench with the memories that it reads, where the public sources can be such a chip.

    spikes: (T, B, n_neurons), events: (T, B, n_inputs), of 0 and 1. samples: the number of each in its stimulus."""
    sent = [packets(machine, events[:, b]) for b in range(len(samples))]
    answers = [output_lines(machine, spikes[:, b]) for b in range(len(samples))]
    made = {
        PACKETS: _sections(samples, [packet_text(each, chip) for each in sent]),
        EXPECTED: _sections(samples, [expected_text(each) for each in answers]),
        **encode_simulator(machine, chip, sent[0]),
    }
    if not has_bench(chip):
        return made
    return {**made, **encode_images(machine, chip), BENCH: bench(machine, chip, spikes)}


def has_bench(chip: RancChip) -> bool:
    """Whether the public sources can be such a chip: they have one width for potentials and what these are reset to."""
    return chip.bits.reset_potential == chip.bits.potential


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


def _sections(samples: Sequence[int], texts: Sequence[bytes]) -> bytes:
    """The texts of all samples, a comment before each."""
    return b"".join(b"// sample %d\n%b" % (sample, text) for sample, text in zip(samples, texts, strict=True))


def bench(machine: GridMachine, chip: RancChip, spikes: np.ndarray) -> bytes:
    """The bench for spikes (T, B, n_neurons) of B samples: a grid for each."""
    ticks, batch, _ = spikes.shape
    place, axon, delay = (address_bits(n) for n in (chip.grid.dimension, chip.core.axons, chip.core.slots))
    most = int(spikes.sum(axis=2, dtype=np.int64).max(initial=0))
    names = [f"sample{k}" for k in range(batch)]
    values = {
        "packets": PACKETS, "expected": EXPECTED, "ticks": ticks, "lines": max(2, machine.n_outputs),
        "width": 2 * place + axon + delay, "sweep": sweep_clocks(chip),
        "drain": LOCAL_CLOCKS + HOP_CLOCKS * (machine.columns + machine.rows) + PACKET_CLOCKS * most,
        "columns": machine.columns, "rows": machine.rows, "x": machine.output[0], "y": machine.output[1],
        "neurons": chip.core.neurons, "axons": chip.core.axons, "slots": chip.core.slots, "types": chip.core.types,
        "potential": chip.bits.potential, "weight": chip.bits.weight, "leak": chip.bits.leak,
        "threshold": chip.bits.threshold, "dx_high": 2 * place + axon + delay - 1, "dx_low": place + axon + delay,
        "dy_high": place + axon + delay - 1, "dy_low": axon + delay, "last": batch - 1, "count": batch,
        "samples": "\n".join(
            f"    grid_bench #(.INDEX({k})) {name} (.done(done[{k}]));" for k, name in enumerate(names)
        ),
        "sent": " + ".join(f"{name}.sent" for name in names),
        "outputs": " + ".join(f"{name}.outputs" for name in names),
    }  # fmt: skip
    return filled_bench(__package__ or "", values)
