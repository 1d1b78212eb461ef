"""Builds and reads the frames that go over the mesh: 64 bits, a header, a route relative to the sender, a payload."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..layout import DecodeError, Field
from .words import packed, unpacked

REGISTERS, TABLE, MEMORY = 0, 1, 2
"""Headers of packages that load a core."""
DATA, POTENTIAL = 8, 10
"""Headers of a value, and of a byte of a potential; one more where the slot is 128 or above."""
SYNC, INIT, COMPLETE = 12, 13, 14

PAYLOAD_BITS = 24
ROUTE_FIELDS = tuple(Field(name, 6) for name in ("copy_y", "copy_x", "copy_z", "y", "x", "z"))
FRAME = (Field("payload", PAYLOAD_BITS), *ROUTE_FIELDS, Field("header", 4))
PACKAGE = (Field("words", 14), Field("start", 9), Field("reads_back", 1))
"""Payload of the first frame of a package; start: in words, or in units of ROWS_A_START rows of memory."""
VALUE = (Field("value", 8), Field("axon", 9), Field("slot", 7))
"""Payload of a value. Bit 7 of the slot is the lowest bit of the header."""
MOST_WORDS = (1 << 14) - 1
ROWS_A_START = 8
SLOTS, SLOT_BITS = 256, 512
ADDRESSES = SLOTS * SLOT_BITS
"""Bit addresses in an input buffer: slot * SLOT_BITS + axon."""


class Route(NamedTuple):
    """Offset of the receiver, and further receivers along each axis: z is a diagonal step, (+1, +1)."""

    z: int = 0
    x: int = 0
    y: int = 0
    copy_z: int = 0
    copy_x: int = 0
    copy_y: int = 0


def frames(header: int | np.ndarray, route: Mapping[str, np.ndarray], payload: np.ndarray) -> np.ndarray:
    """(n,) uint64 frames. route: name in `Route` -> (n,) integers."""
    values = {**route, "payload": payload, "header": np.broadcast_to(header, payload.shape)}
    return packed(FRAME, values, 1)[:, 0]


def control(header: int, at: tuple[int, int], payload: int = 0) -> int:
    """Build one frame of the host to the position `at`: SYNC with its steps, or INIT."""
    return int(frames(header, _routes(Route(x=at[0], y=at[1]), 1), np.array([payload]))[0])


def package(header: int, at: tuple[int, int], words: np.ndarray) -> np.ndarray:
    """Build a package that loads words, (n,) uint64, from the first on, into the core at position `at`."""
    head = {"words": np.array([words.size]), "start": np.zeros(1, dtype=np.int64)}
    payload = packed(PACKAGE, {**head, "reads_back": np.zeros(1, dtype=np.int64)}, 1)[:, 0]
    first = frames(header, _routes(Route(x=at[0], y=at[1]), 1), payload.astype(np.int64))
    return np.concatenate([first, words])


def data_frames(
    route: Mapping[str, np.ndarray], address: np.ndarray, value: np.ndarray, *, potential: bool = False
) -> np.ndarray:
    """Build frames of values, or of bytes of potentials. address: (n,) int64 bit address in the input buffer. value:
    (n,) int64, 0 .. 255."""
    slot, axon = address // SLOT_BITS % SLOTS, address % SLOT_BITS
    payload = packed(VALUE, {"value": value, "axon": axon, "slot": slot & 127}, 1)[:, 0]
    header = (POTENTIAL if potential else DATA) + (slot >> 7)
    return frames(header, route, payload.astype(np.int64))


def _routes(route: Route, n: int) -> dict[str, np.ndarray]:
    return {name: np.full(n, value) for name, value in route._asdict().items()}


class Package(NamedTuple):
    """A package that was read. at: its first frame. header, x, y: what it loads, and into which core."""

    at: int
    header: int
    x: int
    y: int
    words: np.ndarray


def read_packages(stream: np.ndarray, image: str) -> Sequence[Package]:
    """Split (n,) uint64 frames into packages.

    Raises DecodeError for frames that load nothing, for packages that are cut off, begin in the middle of a memory, go
    to several cores or along a diagonal."""
    found: list[Package] = []
    at = 0
    while at < stream.size:
        head = unpacked(FRAME, stream[at : at + 1, None], image)
        frame = {name: int(value[0]) for name, value in head.items()}
        payload = np.array([[frame["payload"]]], dtype=np.uint64)
        inside = {name: int(value[0]) for name, value in unpacked(PACKAGE, payload, image).items()}
        if frame["header"] not in (REGISTERS, TABLE, MEMORY):
            raise DecodeError(image, at, f"header {frame['header']} loads nothing")
        if inside["reads_back"]:
            raise DecodeError(image, at, "bit 23 asks for a core's words; it loads none")
        if inside["start"]:
            raise DecodeError(image, at, f"the package begins at {inside['start']}, not at 0")
        if any(frame[name] for name in ("z", "copy_z", "copy_x", "copy_y")):
            raise DecodeError(image, at, "the package goes to several cores, or along a diagonal")
        end = at + 1 + inside["words"]
        if end > stream.size:
            missing = end - stream.size
            raise DecodeError(
                image, at, f"the package is cut off: {missing} of {inside['words']} words are missing"
            )
        found.append(Package(at, frame["header"], frame["x"], frame["y"], stream[at + 1 : end]))
        at = end
    return found
