"""Lays the regions of a core out in one block of memory, behind the table that says where they are; and reads it back.

Where the block begins is known when the chip's memory is given out: the table holds offsets until then.
"""

from __future__ import annotations

import numpy as np

from ..layout import DecodeError
from .core_image import CoreImage
from .regions import EMPTY, Region, decode_core, encode_core, region_bytes

MAGIC, VERSION = 0xAD130AD6, 0x00010000
N_REGIONS = 32
HEAD_WORDS = 2
COLUMNS = 3
"""Of a region in the table: where it is, the sum of its words, how many they are (0: the sum is not looked at)."""
TABLE_BYTES = 4 * (HEAD_WORDS + N_REGIONS * COLUMNS)


def core_memory(core: CoreImage) -> bytes:
    """Encode a core's block of memory, without the regions that the binary writes: they lie behind it.

    Raises ValueError as `encode_core`."""
    regions = encode_core(core)
    table = np.zeros((N_REGIONS, COLUMNS), dtype=np.uint32)
    table[:, 0] = _offsets(region_bytes(core))
    for region, words in regions.items():
        table[region, 1] = int(words.sum(dtype=np.uint64)) & 0xFFFFFFFF
        table[region, 2] = words.size
    head = np.array([MAGIC, VERSION], dtype=np.uint32)
    return b"".join(part.astype("<u4").tobytes() for part in (head, table.ravel(), *regions.values()))


def memory_bytes(core: CoreImage) -> int:
    """Count the bytes that the block takes, with the regions that the binary writes but without recordings."""
    return TABLE_BYTES + sum(region_bytes(core).values())


def _offsets(sizes: dict[Region, int]) -> np.ndarray:
    """Where each region begins in the block, (32,) int64, 0 for those that are not there: first those with words."""
    order = [*(region for region in Region if region not in EMPTY), *EMPTY]
    begins = TABLE_BYTES + np.cumsum([0, *(sizes[region] for region in order[:-1])])
    offsets = np.zeros(N_REGIONS, dtype=np.int64)
    offsets[[int(region) for region in order]] = begins
    return offsets


def placed_memory(memory: bytes, base: int) -> bytes:
    """Give the block the address `base`, in bytes: the table's offsets become addresses."""
    words = np.frombuffer(memory, "<u4").copy()
    pointers = words[HEAD_WORDS : HEAD_WORDS + N_REGIONS * COLUMNS : COLUMNS]
    pointers[pointers != 0] += np.uint32(base)
    return words.tobytes()


def read_core_memory(memory: bytes, name: str) -> CoreImage:
    """Read a core from its block of memory, the file `name`. Nothing in it is trusted.

    Raises DecodeError for anything that `core_memory` does not write."""
    if len(memory) < TABLE_BYTES or len(memory) % 4:
        raise DecodeError(name, -1, f"{len(memory)} bytes are no table and whole words")
    words = np.frombuffer(memory, "<u4")
    table = words[HEAD_WORDS : TABLE_BYTES // 4].reshape(N_REGIONS, COLUMNS).astype(np.int64)
    offset, _, length = table.T
    there = np.flatnonzero(length)
    if ((offset[there] % 4 != 0) | (offset[there] + 4 * length[there] > len(memory))).any():
        raise DecodeError(name, -1, "a region lies outside the file")
    regions = {int(k): words[offset[k] // 4 :][: length[k]].astype(np.uint32) for k in there}
    # A matrix without words has length 0, as have regions that the binary writes.
    regions.setdefault(int(Region.SYNAPTIC_MATRIX), np.zeros(0, dtype=np.uint32))
    try:
        core = decode_core(regions)
    except DecodeError as problem:
        raise DecodeError(name, problem.index, f"{problem.image}: {problem.reason}") from problem
    if core_memory(core) != memory:
        raise DecodeError(
            name, -1, "its table is not the one of its regions, or there are bytes of no region"
        )
    return core
