"""Writes and reads the frames that load a chip: the packages of each core, in the order of the cores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..layout import DecodeError
from .configuration import RECORD, Core
from .frames import MEMORY, REGISTERS, TABLE, Package, package, read_packages
from .memory import memory_words, read_memory
from .words import REGISTER_FIELDS, REGISTER_WORDS, ROW_WORDS, packed, unpacked

TABLE_ENTRIES = 256
VALUE_BITS = 8


def config_frames(cores: Sequence[Core]) -> np.ndarray:
    """(n,) uint64: registers, table if there is one, then memory, of one core after the other.

    Raises ValueError for numbers that do not fit their fields."""
    parts = [np.zeros(0, dtype=np.uint64)]
    for core in cores:
        at = core.x, core.y
        parts.append(package(REGISTERS, at, register_words(core)))
        if core.table is not None:
            parts.append(package(TABLE, at, _table_words(core.table)))
        memory = memory_words(core)
        if memory.size:
            parts.append(package(MEMORY, at, memory.ravel()))
    return np.concatenate(parts)


def register_words(core: Core) -> np.ndarray:
    """(3,) uint64, in the order in which they are sent."""
    values = {name: np.array([value]) for name, value in core.registers.items()}
    return packed(REGISTER_FIELDS, values, REGISTER_WORDS)[0, ::-1]


def _table_words(table: np.ndarray) -> np.ndarray:
    """(256,) uint64: a threshold of 32 bits above a value of 8, both in two's complement."""
    threshold = table[:, 0].astype(np.uint32).astype(np.uint64)
    return threshold << np.uint64(VALUE_BITS) | table[:, 1].astype(np.uint8).astype(np.uint64)


def read_config_frames(stream: np.ndarray, image: str) -> tuple[Core, ...]:
    """Read (n,) uint64 frames back into cores.

    Raises DecodeError for frames that `config_frames` does not write."""
    by_core: list[list[Package]] = []
    for each in read_packages(stream, image):
        if each.header == REGISTERS:
            by_core.append([each])
        elif not by_core or (each.x, each.y) != (by_core[-1][0].x, by_core[-1][0].y):
            raise DecodeError(image, each.at, f"core {each.x}, {each.y} gets memory before its registers")
        elif each.header <= by_core[-1][-1].header:
            raise DecodeError(
                image, each.at, f"core {each.x}, {each.y} gets a package twice, or out of order"
            )
        else:
            by_core[-1].append(each)
    places = [(packages[0].x, packages[0].y) for packages in by_core]
    for k, place in enumerate(places):
        if place in places[:k]:
            raise DecodeError(image, by_core[k][0].at, f"core {place[0]}, {place[1]} gets registers twice")
    return tuple(_core(packages, image) for packages in by_core)


def _core(packages: Sequence[Package], image: str) -> Core:
    first = packages[0]
    place = f"{image} core {first.x}, {first.y}"
    if first.words.size != REGISTER_WORDS:
        raise DecodeError(image, first.at, f"{first.words.size} words of registers, not {REGISTER_WORDS}")
    registers = {
        name: int(value[0])
        for name, value in unpacked(REGISTER_FIELDS, first.words[None, ::-1], place).items()
    }
    words = {each.header: each.words for each in packages}
    core = Core(
        x=first.x,
        y=first.y,
        registers=registers,
        records=np.zeros(0, dtype=RECORD),
        fold_v=(),
        vectors=(),
        table=_table(words[TABLE], place) if TABLE in words else None,
    )
    memory = words.get(MEMORY, np.zeros(0, dtype=np.uint64))
    if memory.size % ROW_WORDS:
        raise DecodeError(place, -1, f"{memory.size} words of memory are no whole rows")
    return read_memory(core, memory.reshape(-1, ROW_WORDS), place)


def _table(words: np.ndarray, place: str) -> np.ndarray:
    if words.size != TABLE_ENTRIES:
        raise DecodeError(place, -1, f"{words.size} words of the table, not {TABLE_ENTRIES}")
    if (words >> np.uint64(32 + VALUE_BITS)).any():
        raise DecodeError(place, -1, "reserved bits of the table are set")
    threshold = (words >> np.uint64(VALUE_BITS)).astype(np.uint32).astype(np.int32)
    value = (words & np.uint64((1 << VALUE_BITS) - 1)).astype(np.uint8).astype(np.int8)
    return np.stack([threshold, value], axis=1).astype(np.int64)
