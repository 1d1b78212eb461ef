"""Writes and reads a configuration on disk: the memory of each core, the routing tables, and `spinnaker1.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from ..documents import named, parsed, text_of
from ..layout import DecodeError
from .board import Boards, chips_of
from .configuration import InputKeys, OutputLines, PlacedCore, SpinnakerConfiguration, origins, own_mask
from .core_image import COLOUR_BITS, CoreImage, Recorded
from .memory import core_memory, memory_bytes, read_core_memory
from .routes_text import ROUTES, read_routes, routes_text

FILE = "spinnaker1.json"
FORMAT = "spikec-spinnaker1/1"
MAX_BYTES = 1 << 26
MAX_MEMORY_BYTES = 1 << 27
MAX_TRIADS = 400
"""The largest machine that was built has 1,200 boards."""
CORES_PER_CHIP = 18

Word = Annotated[int, msgspec.Meta(ge=0, le=0xFFFFFFFF)]
Coordinate = Annotated[int, msgspec.Meta(ge=0, le=255)]
Triads = Annotated[int, msgspec.Meta(ge=0, le=MAX_TRIADS)]
CoreNumber = Annotated[int, msgspec.Meta(ge=1, lt=CORES_PER_CHIP)]
Natural = Annotated[int, msgspec.Meta(ge=0, le=(1 << 31) - 1)]
Size = Annotated[int, msgspec.Meta(ge=1, le=1 << 28)]


class CoreFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A core: where it is, the vendor's binary that it runs, the file of its memory and the bytes that it takes there;
    neurons, and the key and mask of what they send, if they send."""

    x: Coordinate
    y: Coordinate
    core: CoreNumber
    binary: str
    file: str
    memory_bytes: Natural
    neurons: Natural
    key: Word | None
    mask: Word | None


class InputBlock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Input elements first .. first + size - 1: element first + k is sent as key + (k << 4) + (tick & 15)."""

    first: Natural
    size: Size
    key: Word
    mask: Word


class OutputBlock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The next output lines: `variable` of each neuron of the core with this number in `cores`."""

    core: Natural
    variable: Recorded


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of `spinnaker1.json`. triads: across and up, of three boards each; 0 and 0 for one board."""

    format: Literal["spikec-spinnaker1/1"]
    target: str
    triads: tuple[Triads, Triads]
    cores: list[CoreFile]
    inputs: list[InputBlock]
    outputs: list[OutputBlock]


def core_file(x: int, y: int, core: int) -> str:
    """File name of a core's memory."""
    return f"core_{x:03d}_{y:03d}_{core:02d}.bin"


def encode(configuration: SpinnakerConfiguration, target: str) -> dict[str, bytes]:
    """File name -> bytes. Raises ValueError for what has no room in its field."""
    columns = configuration.boards.columns
    cores = [_core_file(placed, columns) for placed in configuration.cores]
    document = Document(
        format=FORMAT,
        target=target,
        triads=(configuration.boards.across, configuration.boards.up),
        cores=cores,
        inputs=[InputBlock(*block) for block in configuration.inputs],
        outputs=[OutputBlock(*lines) for lines in configuration.outputs],
    )
    text = json.dumps(msgspec.to_builtins(document), sort_keys=True, indent=1)
    files = {FILE: f"{text}\n".encode(), ROUTES: routes_text(configuration.tables, columns)}
    for described, placed in zip(cores, configuration.cores, strict=True):
        files[described.file] = core_memory(placed.image)
    return files


def _core_file(placed: PlacedCore, columns: int) -> CoreFile:
    x, y, image = placed.chip % columns, placed.chip // columns, placed.image
    return CoreFile(
        x=x,
        y=y,
        core=placed.core,
        binary=image.kind,
        file=core_file(x, y, placed.core),
        memory_bytes=memory_bytes(image),
        neurons=image.n_neurons,
        key=image.key,
        mask=None if image.key is None else own_mask(image),
    )


def decode(files: Mapping[str, bytes], target: str) -> SpinnakerConfiguration:
    """The configuration in `files`, of the chip that is called `target`; other files may lie beside them.

    Raises DecodeError for anything that `encode` does not write."""
    document = parsed(text_of(files, FILE, MAX_BYTES), FILE, FORMAT, Document)
    named(document.target, target, FILE)
    boards = _boards(document)
    cores = _cores(document, files, boards)
    configuration = SpinnakerConfiguration(
        boards=boards,
        cores=cores,
        tables=read_routes(text_of(files, ROUTES, MAX_BYTES), boards),
        inputs=tuple(InputKeys(each.first, each.size, each.key, each.mask) for each in document.inputs),
        outputs=tuple(OutputLines(each.core, each.variable) for each in document.outputs),
    )
    _check(configuration)
    written = encode(configuration, target)
    for name in sorted(written):
        if files.get(name) != written[name]:
            raise DecodeError(name, -1, "not what this configuration is written as")
    return configuration


def _boards(document: Document) -> Boards:
    across, up = document.triads
    if (across == 0) != (up == 0) or across * up > MAX_TRIADS:
        raise DecodeError(FILE, -1, f"{across} x {up} triads are no system of boards")
    return Boards(across, up)


def _cores(document: Document, files: Mapping[str, bytes], boards: Boards) -> tuple[PlacedCore, ...]:
    there = chips_of(boards)
    images: list[PlacedCore] = []
    for each in document.cores:
        chip = each.x + each.y * boards.columns
        if each.x >= boards.columns or each.y >= boards.rows or not there[chip]:
            raise DecodeError(FILE, -1, f"there is no chip {each.x}, {each.y}")
        name = core_file(each.x, each.y, each.core)
        images.append(PlacedCore(chip, each.core, _image(files, name)))
    places = [(placed.chip, placed.core) for placed in images]
    if places != sorted({*places}):
        raise DecodeError(FILE, -1, "cores are listed twice, or not in order of chip and core")
    return tuple(images)


def _image(files: Mapping[str, bytes], name: str) -> CoreImage:
    return read_core_memory(text_of(files, name, MAX_MEMORY_BYTES), name)


def _span(mask: int) -> int:
    return (~mask & 0xFFFFFFFF) + 1


def _check(configuration: SpinnakerConfiguration) -> None:
    """Raise DecodeError for keys that are no blocks or have two senders, for inputs without keys, and for outputs that
    are not what is recorded."""
    first = 0
    for block in configuration.inputs:
        if block.first != first or block.size << COLOUR_BITS > _span(block.mask):
            raise DecodeError(FILE, -1, f"inputs {block.first} .. are out of order, or more than their keys")
        first += block.size
    blocks = sorted((origin.key, _span(origin.mask)) for origin in origins(configuration))
    ends = [0, *(key + span for key, span in blocks)]
    for (key, span), end in zip(blocks, ends, strict=False):
        if key < end or span & (span - 1) or key & (span - 1):
            raise DecodeError(
                FILE, -1, f"keys {key:#x} .. are no block of {span}, or are sent from two places"
            )
    listed = {*configuration.outputs}
    recorded = {
        OutputLines(number, variable)
        for number, placed in enumerate(configuration.cores)
        for variable in placed.image.recorded
    }
    if listed != recorded or len(listed) != len(configuration.outputs):
        raise DecodeError(FILE, -1, "the outputs are not what the cores record, each once")
