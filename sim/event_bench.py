"""Writes files to test loaded chips with: of each a stimulus, what it answers, and a bench for all of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..targets.machines.crossbar_events import EventMachine
from ..targets.odin import vectors as vectors
from ..targets.odin.arithmetics import modules_of
from ..targets.odin.files import encode, spi_list
from ..targets.odin.model import OdinChip
from ..targets.odin.timing import clocks
from ..targets.verilog_bench import BENCH
from .engines.crossbar_events import MOST_TAKEN, Transcript, transcripts
from .engines.delivery.event import learns


def bench_files(
    machine: EventMachine,
    chip: OdinChip,
    events: np.ndarray,
    samples: Sequence[int],
    *,
    most_taken: int = MOST_TAKEN,
) -> dict[str, bytes]:
    """File name -> bytes, all that the bench reads, for (T, B, n_inputs) uint8 event counts of B samples.

    samples: the number of each in its stimulus. Raises ValueError as `simulate_events`."""
    loaded, neuron = encode(machine, chip), modules_of(chip).neuron
    parts: dict[str, list[bytes]] = {}
    for b, sample in enumerate(samples):
        for number, said in enumerate(transcripts(machine, neuron, events[:, b], most_taken=most_taken)):
            told = _core_vectors(machine, chip, number, said)
            parts.setdefault(vectors.stimulus_file(number), []).append(vectors.stimulus(sample, told))
            parts.setdefault(vectors.expected_file(number), []).append(vectors.expected(sample, told))
    load = {spi_list(number): loaded[spi_list(number)] for number in range(len(machine.cores))}
    bench = {BENCH: vectors.bench(chip, [learns(core) for core in machine.cores])}
    return {**{name: b"".join(texts) for name, texts in parts.items()}, **load, **bench}


def _core_vectors(
    machine: EventMachine, chip: OdinChip, number: int, said: Transcript
) -> vectors.CoreVectors:
    told, core = said.operations, machine.cores[number]
    return vectors.CoreVectors(
        codes=modules_of(chip).codes.encode(told.kind, told.first, told.second),
        waits=told.waits,
        clocks=clocks(
            chip, core, said.input_events, said.row_events, said.leak_events, said.single_events, said.outputs
        ),
        ends=said.ends,
        operation=said.operation,
        address=said.address,
    )
