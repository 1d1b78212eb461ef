"""Writes and reads a machine on disk: memories and SPI writes of each chip, and where the host sends spikes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Literal

import msgspec
import numpy as np

from ..documents import check, named, parsed, text_of
from ..images import memh, raw
from ..layout import DecodeError
from ..machines.crossbar_events import EventCore, EventMachine, HostRoutes, Protocol
from ..machines.exports import Exports, one_each
from . import spi as event_spi
from .arithmetics import modules_of
from .limits import violations
from .model import OdinChip
from .synapse_words import MOST, SYNAPSES_PER_WORD

FILE = "host.json"
FORMAT = "spikec-events/1"
MAX_BYTES = 1 << 28

Natural = Annotated[int, msgspec.Meta(ge=0, le=1 << 20)]
Row = Annotated[int, msgspec.Meta(ge=0, lt=MOST)]
Answer = Annotated[int, msgspec.Meta(ge=1, le=127)]
Route = tuple[Natural, Row, Natural]


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the host does. inputs: of each element, where its events go: rows of chip, row, delay in steps. neurons: of
    each chip, neuron number -> where its spikes go. row_order: of each chip, its rows in the order in which the spikes
    of a step are sent; leaks: how many events of a leak of all neurons then follow; behind: of each chip, how many
    rows, the last of the order, come behind these, none where it is not there. outputs: of each output line the chip
    and the neuron whose spikes it shows. protocol: see README.md. answers: of each chip, neuron number -> what the
    host adds to it by a virtual event after each of its spikes; none where no spike is answered."""

    format: Literal["spikec-events/1"]
    target: str
    protocol: Protocol
    leaks: Natural
    inputs: list[list[Route]]
    neurons: list[dict[str, list[Route]]]
    row_order: list[list[Row]]
    outputs: list[tuple[Natural, Row]]
    answers: list[dict[str, Answer]] | msgspec.UnsetType = msgspec.UNSET
    behind: list[Row] | msgspec.UnsetType = msgspec.UNSET


def neuron_image(chip: int) -> str:
    """File name of a chip's neuron memory."""
    return f"chip{chip:02d}_neurons.mem"


def synapse_image(chip: int) -> str:
    """File name of a chip's synapse memory."""
    return f"chip{chip:02d}_synapses.mem"


def spi_list(chip: int) -> str:
    """File name of a chip's SPI writes."""
    return f"chip{chip:02d}_load.spi"


def encode(machine: EventMachine, chip: OdinChip) -> dict[str, bytes]:
    """File name -> bytes. The machine is one that `event_limits.violations` finds nothing in. Weights that no spike
    can reach are left out: those of rows that no route and no closed loop leads to, and of neurons not scanned."""
    written = {FILE: _document(machine, chip)}
    for number, core in enumerate(machine.cores):
        written |= _core_files(_reachable(machine, number, core), active_rows(machine, number), number, chip)
    return written


def active_rows(machine: EventMachine, number: int) -> np.ndarray:
    """Rows of core `number` that a spike can come on, ascending."""
    core = machine.cores[number]
    routed = machine.routes.row[machine.routes.core == number]
    own = np.arange(core.last_neuron + 1 if core.closed_loop else 0)
    spiking = own[core.params["disable"][own] == 0]
    learnt = np.arange(core.n_rows if np.any(core.params.get("calcium_enable", 0)) else 0)
    return np.unique(np.concatenate([routed, spiking, learnt]))


def _reachable(machine: EventMachine, number: int, core: EventCore) -> EventCore:
    rows = np.zeros(core.n_rows, dtype=np.bool_)
    rows[active_rows(machine, number)] = True
    written = (core.last_neuron // SYNAPSES_PER_WORD + 1) * SYNAPSES_PER_WORD
    kept = rows[:, None] & (np.arange(core.n_neurons) < written)
    return replace(core, weights=core.weights * kept, mapped=core.mapped & kept)


def _core_files(core: EventCore, rows: np.ndarray, number: int, chip: OdinChip) -> dict[str, bytes]:
    words = modules_of(chip).words
    neurons, synapses = event_spi.images(words, words.neuron_words(core), words.synapses(core))
    writes = event_spi.writes(neurons, synapses, rows, core.last_neuron, words.registers(core), words)
    registers, memory = len(words.REGISTERS), neurons.size
    sections = [
        (0, "registers: network stopped, loop open"),
        (registers, "neurons"),
        (registers + memory, "synapses"),
        (len(writes) - 2, "loop as it is to be, network runs"),
    ]
    row_words = core.n_neurons // SYNAPSES_PER_WORD
    marks = [(row * row_words, f"row {row}") for row in range(core.n_rows)]
    raw_names = (name.replace(".mem", ".bin") for name in (neuron_image(number), synapse_image(number)))
    return {
        neuron_image(number): memh(neurons, [(0, "neuron 0")]),
        synapse_image(number): memh(synapses, marks),
        **dict(zip(raw_names, (raw(neurons), raw(synapses)), strict=True)),
        spi_list(number): event_spi.text(writes, sections),
    }


def _document(machine: EventMachine, chip: OdinChip) -> bytes:
    r, first = machine.routes, machine.first_neuron
    inputs: list[list[list[int]]] = [[] for _ in range(machine.n_inputs)]
    neurons: list[dict[str, list[list[int]]]] = [{} for _ in machine.cores]
    order = np.lexsort((r.delay, r.row, r.core, r.source))
    for source, *route in np.stack([r.source, r.core, r.row, r.delay], axis=1)[order].tolist():
        if source >= machine.n_neurons:
            inputs[source - machine.n_neurons].append(route)
        else:
            at = int(np.searchsorted(first, source, side="right")) - 1
            neurons[at].setdefault(str(source - first[at]), []).append(route)
    answers = [{str(n): int(core[n]) for n in np.flatnonzero(core)} for core in machine.answers]
    document = {
        **({"answers": answers} if answers else {}),
        **({"behind": list(machine.behind)} if any(machine.behind) else {}),
        "format": FORMAT,
        "target": chip.name,
        "protocol": machine.protocol,
        "leaks": machine.leaks,
        "inputs": inputs,
        "neurons": neurons,
        "row_order": [order.tolist() for order in machine.row_order],
        "outputs": _outputs(machine),
    }
    return f"{json.dumps(document, sort_keys=True, separators=(',', ':'))}\n".encode()


def _outputs(machine: EventMachine) -> list[list[int]]:
    """Chip and neuron of each output line, in order."""
    first, lines = machine.first_neuron, machine.exports
    neuron = lines.neuron[np.argsort(lines.line, kind="stable")]
    at = np.searchsorted(first, neuron, side="right") - 1
    return np.stack([at, neuron - np.array(first)[at]], axis=1).tolist()


def _answers(document: Document, size: int) -> tuple[np.ndarray, ...]:
    """size: neurons of a chip."""
    if document.answers is msgspec.UNSET or not any(document.answers):
        return ()
    if len(document.answers) != len(document.neurons):
        raise DecodeError(
            FILE, -1, f"answers of {len(document.answers)} chips; there are {len(document.neurons)}"
        )
    answers = np.zeros((len(document.answers), size), dtype=np.int64)
    for number, of_chip in enumerate(document.answers):
        for name in sorted(of_chip):
            if not name.isdecimal() or int(name) >= size:
                raise DecodeError(FILE, -1, f"{name!r} is no neuron")
            answers[number, int(name)] = of_chip[name]
    return tuple(answers)


def _exports(document: Document, size: int) -> Exports:
    """size: neurons of a chip."""
    chip, neuron = np.array(document.outputs, dtype=np.int64).reshape(-1, 2).T
    missing = np.flatnonzero((chip >= len(document.neurons)) | (neuron >= size))
    if missing.size:
        raise DecodeError(FILE, -1, f"output line {int(missing[0])} shows a neuron that is not there")
    return one_each(chip * size + neuron, np.zeros(neuron.size, dtype=np.bool_))


def decode(files: Mapping[str, bytes], chip: OdinChip) -> EventMachine:
    """The machine in `files`, of chips like `chip`. What each holds is read from what is written to it over SPI; its
    images are compared, as far as they are there.

    Raises DecodeError for anything that `encode` does not write, and for what the chip cannot hold."""
    document = parsed(text_of(files, FILE, MAX_BYTES), FILE, FORMAT, Document)
    named(document.target, chip.name, FILE)
    chips = len(document.neurons)
    if len(document.row_order) != chips or not 1 <= chips <= chip.capacity.chips:
        raise DecodeError(FILE, -1, f"{chips} chips, {len(document.row_order)} orders of rows")
    machine = EventMachine(
        n_inputs=len(document.inputs),
        cores=tuple(_core(files, number, chip) for number in range(chips)),
        routes=_routes(document, chip.capacity.neurons),
        row_order=tuple(np.array(order, dtype=np.int64) for order in document.row_order),
        leaks=document.leaks,
        protocol=document.protocol,
        exports=_exports(document, chip.capacity.neurons),
        answers=_answers(document, chip.capacity.neurons),
        behind=() if document.behind is msgspec.UNSET else tuple(document.behind),
    )
    check(machine, chip, files, FILE, violations, encode)
    return machine


def _core(files: Mapping[str, bytes], number: int, chip: OdinChip) -> EventCore:
    name = spi_list(number)
    writes = event_spi.read_text(text_of(files, name, MAX_BYTES), name)
    return modules_of(chip).words.core(
        *event_spi.loaded(writes, modules_of(chip).words, chip.capacity, name), chip.capacity
    )


def _routes(document: Document, size: int) -> HostRoutes:
    rows: list[tuple[int, ...]] = []
    for chip, neurons in enumerate(document.neurons):
        for name in sorted(neurons):
            if not name.isdecimal() or int(name) >= size:
                raise DecodeError(FILE, -1, f"{name!r} is no neuron")
            rows += [(chip * size + int(name), *route) for route in neurons[name]]
    for element, routes in enumerate(document.inputs):
        rows += [(len(document.neurons) * size + element, *route) for route in routes]
    source, core, row, delay = np.array(sorted(rows), dtype=np.int64).reshape(-1, 4).T
    return HostRoutes(source=source, core=core, row=row, delay=delay)
