"""Writes and reads a machine on disk: memory images, and where inputs go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
import numpy as np

from ..documents import named, parsed, text_of
from ..layout import DecodeError
from ..machines.crossbar_grid import GridMachine
from .images import decode_cores, encode_images
from .limits import violations
from .model import RancChip

FILE = "ranc.json"
FORMAT = "spikec-ranc/1"
MAX_BYTES = 1 << 28

Natural = Annotated[int, msgspec.Meta(ge=0, le=1 << 16)]
Size = Annotated[int, msgspec.Meta(ge=1, le=1 << 10)]


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """grid: columns, rows. output: x, y of the output bus. inputs: of each element the axons that its events go to,
    rows of x, y, axon, delay."""

    format: Literal["spikec-ranc/1"]
    target: str
    grid: tuple[Size, Size]
    output: tuple[Natural, Natural]
    outputs: Natural
    inputs: list[list[tuple[Natural, Natural, Natural, Natural]]]


def encode(machine: GridMachine, chip: RancChip) -> dict[str, bytes]:
    """File name -> bytes. The machine is one that `limits.violations` finds nothing in."""
    inputs: list[list[list[int]]] = [[] for _ in range(machine.n_inputs)]
    for element, *place in machine.inputs.tolist():
        inputs[element].append(place)
    document = {
        "format": FORMAT,
        "target": chip.name,
        "grid": [machine.columns, machine.rows],
        "output": list(machine.output),
        "outputs": machine.n_outputs,
        "inputs": inputs,
    }
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return {FILE: f"{text}\n".encode(), **encode_images(machine, chip)}


def decode(files: Mapping[str, bytes], chip: RancChip) -> GridMachine:
    """The machine in `files`, of `chip`; other files may lie beside them.

    Raises DecodeError for anything that `encode` does not write, and for what the chip cannot hold."""
    document = parsed(text_of(files, FILE, MAX_BYTES), FILE, FORMAT, Document)
    named(document.target, chip.name, FILE)
    columns, rows = document.grid
    if columns * rows > chip.grid.cores + 1:
        raise DecodeError(FILE, -1, f"{columns} x {rows} positions; {chip.title} has {chip.grid.cores} cores")
    if document.output[0] >= columns or document.output[1] >= rows:
        raise DecodeError(FILE, -1, "the output bus is outside the grid")
    flat = [[k, *place] for k, places in enumerate(document.inputs) for place in places]
    machine = GridMachine(
        columns=columns,
        rows=rows,
        output=document.output,
        n_outputs=document.outputs,
        cores=decode_cores(files, columns, rows, document.output, chip),
        n_inputs=len(document.inputs),
        inputs=np.array(flat, dtype=np.int64).reshape(-1, 5),
    )
    _allowed(machine, chip)
    written = encode(machine, chip)
    for name in sorted(written):
        if name in files and files[name] != written[name]:
            raise DecodeError(name, -1, "not what this machine is written as")
    return machine


def _allowed(machine: GridMachine, chip: RancChip) -> None:
    try:
        broken = violations(machine, chip)
    except ValueError as problem:
        raise DecodeError(FILE, -1, str(problem)) from problem
    if broken:
        v = broken[0]
        raise DecodeError(FILE, -1, f"{v.what} of {v.place} is {v.found}, not in {v.low} .. {v.high}")
