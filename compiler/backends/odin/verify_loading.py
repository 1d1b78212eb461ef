"""Checks what is written to a core over SPI: nothing that a spike can meet is left as the memories come up, and nothing
spikes meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ....targets.machines.crossbar_events import EventCore, EventMachine
from ....targets.odin.arithmetics import modules_of
from ....targets.odin.files import spi_list
from ....targets.odin.model import OdinChip
from ....targets.odin.spi import read_text

MEMORY_WRITE = 1 << 18
NEURON_MEMORY, SYNAPSE_MEMORY = 1, 2
"""Bits 17 and 16 of the address of a write to a memory."""
SYNAPSES_A_WORD, BYTES_OF_SYNAPSES = 8, 4


def loading_findings(machine: EventMachine, files: Mapping[str, bytes], chip: OdinChip) -> Iterator[str]:
    """Say what is wrong with the writes of each chip of a decoded machine. files: those that it was decoded from."""
    for number, core in enumerate(machine.cores):
        name = spi_list(number)
        writes = read_text(files[name], name)
        neurons, synapses = _written(writes)
        yield from _unwritten(f"chip {number}", core, _rows(machine, number), neurons, synapses, chip)
        yield from _running(f"chip {number}", writes, chip)


def _written(writes: np.ndarray) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """The (word, byte) of neurons and of synapses that are written."""
    neurons: set[tuple[int, int]] = set()
    synapses: set[tuple[int, int]] = set()
    for address in writes[:, 0].tolist():
        memory, place = address >> 16 & 3, address & 0xFFFF
        if address & MEMORY_WRITE and memory == NEURON_MEMORY:
            neurons.add((place & 0xFF, place >> 8))
        elif address & MEMORY_WRITE and memory == SYNAPSE_MEMORY:
            synapses.add((place & 0x1FFF, place >> 13))
    return neurons, synapses


def _rows(machine: EventMachine, number: int) -> list[int]:
    """Rows on which the host or, in a closed loop, an enabled neuron of the core sends spikes."""
    core, routes = machine.cores[number], machine.routes
    rows = set(routes.row[routes.core == number].tolist())
    if core.closed_loop:
        rows |= {n for n in range(core.last_neuron + 1) if not core.params["disable"][n]}
    return sorted(rows)


def _unwritten(
    place: str,
    core: EventCore,
    rows: list[int],
    neurons: set[tuple[int, int]],
    synapses: set[tuple[int, int]],
    chip: OdinChip,
) -> Iterator[str]:
    width = modules_of(chip).words.NEURON_BYTES
    for n in range(core.n_neurons):
        if missing := width - sum((n, byte) in neurons for byte in range(width)):
            yield f"{place}: {missing} of {width} bytes of neuron {n} are not written"
    row_words = core.n_neurons // SYNAPSES_A_WORD
    met: set[tuple[int, int]] = set()
    for row in rows:
        words = range(row * row_words, row * row_words + core.last_neuron // SYNAPSES_A_WORD + 1)
        asked = [(word, byte) for word in words for byte in range(BYTES_OF_SYNAPSES)]
        if missing := sum(pair not in synapses for pair in asked):
            yield f"{place}: spikes come on row {row}, of which {missing} of {len(asked)} bytes are not written"
        met.update(asked)
    if more := len(synapses - met):
        yield f"{place}: {more} bytes of synapses are written that no spike meets"


def _running(place: str, writes: np.ndarray, chip: OdinChip) -> Iterator[str]:
    """While a memory is written the network is stopped and the loop open."""
    names = tuple(modules_of(chip).words.REGISTERS)
    values: dict[str, int] = {}
    for k, (address, data) in enumerate(writes.tolist()):
        if not address & MEMORY_WRITE:
            values[names[address]] = data
        elif values.get("gate_activity") != 1 or values.get("open_loop") != 1:
            yield f"{place}: write {k} is to a memory while the network may run"
            return
    if values.get("gate_activity") != 0:
        yield f"{place}: the network does not run at the end"
