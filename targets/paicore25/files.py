"""Writes and reads a configuration on disk: the frames that load the chip, and which input and output is where."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import msgspec
import numpy as np

from ..documents import check, named, parsed, text_of
from ..layout import DecodeError
from ..npy import read_npy_header
from .configuration import Core, InputMap, OutputLine, PaicoreConfiguration
from .frames import ADDRESSES, INIT, SYNC, control
from .limits import violations
from .loading import config_frames, read_config_frames
from .model import PaicoreChip

FILE, FORMAT = "paicore25.json", "spikec-paicore25/1"
FRAMES, TEXT = "config_frames.npy", "config_frames.txt"
MAX_BYTES = 1 << 26
MAX_CORES = 1 << 10
HEADER_CHARACTERS = 256

Offset = Annotated[int, msgspec.Meta(ge=-31, le=31)]
Number = Annotated[int, msgspec.Meta(ge=0, lt=4096)]
Natural = Annotated[int, msgspec.Meta(ge=0, lt=1 << 24)]
Address = Annotated[int, msgspec.Meta(ge=0, lt=ADDRESSES)]
Frame = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16}\Z")]


class Sent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Input elements from `first` on, one for each address, are sent to the core at (x, y) and, along z, x and y, to so
    many further ones: element first + k as bit address[k] of a step's input."""

    first: Natural
    x: Offset
    y: Offset
    copy_z: Offset
    copy_x: Offset
    copy_y: Offset
    address: list[Address]


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The next output lines: neurons of record `record` of the core with this number, in the order in which cores are
    loaded; potential: whether they send their potential. address: bit addresses in the output of a step."""

    core: Number
    record: Number
    potential: bool
    address: list[Address]


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the frames do not say. init_frame: starts a sample. sync_frame: runs one step of the chip; its lowest 24
    bits are the number of steps. chip_steps: steps of the chip in a step of the network. latency: steps of the chip
    until every core has done its first."""

    format: Literal["spikec-paicore25/1"]
    target: str
    frames: Literal["config_frames.npy"]
    root: tuple[Offset, Offset]
    init_frame: Frame
    sync_frame: Frame
    chip_steps: Annotated[int, msgspec.Meta(ge=1, le=1 << 16)]
    latency: Natural
    n_inputs: Natural
    inputs: list[Sent]
    outputs: list[Seen]


def encode(configuration: PaicoreConfiguration, chip: PaicoreChip) -> dict[str, bytes]:
    """File name -> bytes, of a configuration that `limits.violations` finds nothing in."""
    parts = [config_frames([core]) for core in configuration.cores]
    document = msgspec.to_builtins(_document(configuration, chip))
    return {
        FILE: f"{json.dumps(document, sort_keys=True, separators=(',', ':'))}\n".encode(),
        FRAMES: _npy(np.concatenate([np.zeros(0, dtype=np.uint64), *parts])),
        TEXT: _text(configuration.cores, parts),
    }


def _document(c: PaicoreConfiguration, chip: PaicoreChip) -> Document:
    return Document(
        format=FORMAT,
        target=chip.name,
        frames=FRAMES,
        root=c.root,
        init_frame=f"{control(INIT, c.root):016x}",
        sync_frame=f"{control(SYNC, c.root, 1):016x}",
        chip_steps=c.chip_steps,
        latency=c.latency,
        n_inputs=c.n_inputs,
        inputs=[
            Sent(one.first, one.x, one.y, one.copy_z, one.copy_x, one.copy_y, one.address.tolist())
            for one in c.inputs
        ],
        outputs=[
            Seen(int(line.core), int(line.record), bool(line.potential), line.address.tolist())
            for line in c.outputs
        ],
    )


def _npy(stream: np.ndarray) -> bytes:
    made = io.BytesIO()
    np.save(made, stream.astype("<u8"), allow_pickle=False)
    return made.getvalue()


def _text(cores: Sequence[Core], parts: Sequence[np.ndarray]) -> bytes:
    """A frame a line; a comment before the frames of each core."""
    lines: list[str] = []
    for core, words in zip(cores, parts, strict=True):
        lines.append(f"// core {core.x}, {core.y}")
        lines += [f"{word:016x}" for word in words.tolist()]
    return "\n".join([*lines, ""]).encode()


def decode(files: Mapping[str, bytes], chip: PaicoreChip) -> PaicoreConfiguration:
    """The configuration that the frames load; the text is compared, if it is there.

    Raises DecodeError for anything that `encode` does not write, and for what the chip cannot hold."""
    document = parsed(text_of(files, FILE, MAX_BYTES), FILE, FORMAT, Document)
    named(document.target, chip.name, FILE)
    configuration = PaicoreConfiguration(
        cores=read_config_frames(_stream(text_of(files, FRAMES, MAX_BYTES)), FRAMES),
        root=document.root,
        n_inputs=document.n_inputs,
        inputs=tuple(
            InputMap(
                first=one.first,
                size=len(one.address),
                x=one.x,
                y=one.y,
                copy_z=one.copy_z,
                copy_x=one.copy_x,
                copy_y=one.copy_y,
                address=np.array(one.address, dtype=np.int64),
            )
            for one in document.inputs
        ),
        outputs=tuple(
            OutputLine(one.core, one.record, one.potential, np.array(one.address, dtype=np.int64))
            for one in document.outputs
        ),
        chip_steps=document.chip_steps,
    )
    check(configuration, chip, files, FILE, violations, encode)
    return configuration


def _stream(data: bytes) -> np.ndarray:
    """Read the frames. Raises DecodeError for another array."""
    stream = io.BytesIO(data)
    try:
        header = read_npy_header(stream, HEADER_CHARACTERS)
    except ValueError as problem:
        raise DecodeError(FRAMES, -1, str(problem)) from problem
    left = len(data) - stream.tell()
    if len(header.shape) != 1 or header.dtype != np.dtype("<u8") or left != 8 * header.shape[0]:
        raise DecodeError(FRAMES, -1, "not a row of 64-bit words")
    return np.frombuffer(data, dtype="<u8", offset=stream.tell()).astype(np.uint64)
