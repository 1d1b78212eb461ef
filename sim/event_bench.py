"""Writes files to test loaded chips with: of each a stimulus, what it answers, and a bench."""

from __future__ import annotations

import numpy as np

from ..targets.machines.crossbar_events import EventMachine
from ..targets.odin import spi as event_spi, vectors as vectors
from ..targets.odin.arithmetics import modules_of
from ..targets.odin.files import encode, spi_list
from ..targets.odin.model import OdinChip
from ..targets.odin.timing import clocks
from .engines.crossbar_events import MOST_TAKEN, Transcript, transcripts


def bench_files(
    machine: EventMachine, chip: OdinChip, events: np.ndarray, *, most_taken: int = MOST_TAKEN
) -> dict[str, bytes]:
    """File name -> bytes, for one sample of (T, n_inputs) uint8 event counts. They belong beside the files of
    `targets.odin.files.encode`, whose SPI writes the bench of each chip sends first.

    Raises ValueError as `simulate_events`."""
    loaded = encode(machine, chip)
    files: dict[str, bytes] = {}
    for number, said in enumerate(
        transcripts(machine, modules_of(chip).neuron, events, most_taken=most_taken)
    ):
        writes = len(event_spi.read_text(loaded[spi_list(number)], spi_list(number)))
        files |= _files(machine, chip, number, said, writes)
    return files


def _files(
    machine: EventMachine, chip: OdinChip, number: int, said: Transcript, writes: int
) -> dict[str, bytes]:
    told, core = said.operations, machine.cores[number]
    codes = modules_of(chip).codes.encode(told.kind, told.first, told.second)
    busy = clocks(
        chip, core, said.input_events, said.row_events, said.leak_events, said.single_events, said.outputs
    )
    outputs = said.address.size
    return {
        vectors.stimulus_file(number): vectors.stimulus(codes, told.waits, busy),
        vectors.expected_file(number): vectors.expected(said.operation, told.waits, said.address),
        vectors.bench_file(number): vectors.bench(
            chip, number, writes=writes, events=codes.size, outputs=outputs
        ),
    }
