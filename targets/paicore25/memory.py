"""Lays out the memory of a core: rows of neurons, the potentials of folded ones among them, then weight vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..layout import DecodeError
from .configuration import RECORD, ROW_1, ROW_2, ROW_3, Core, Vector
from .weight_words import rows_of, vector_of, vector_words, weight_bits
from .words import ROW_FIELDS_1, ROW_FIELDS_2, ROW_FIELDS_3, ROW_WORDS, packed, unpacked

POTENTIALS_A_ROW = 4
NO_WEIGHTS = (1, 0)
"""First and last row of a record that reads no vector."""


def record_rows(records: np.ndarray) -> np.ndarray:
    """(R,) int64: rows that each record takes."""
    fold = records["fold"]
    further = np.maximum(records["fold_number"] - 1, 0)
    return 1 + records["full"] + fold * (1 + -(-further // POTENTIALS_A_ROW))


def neurons_of(records: np.ndarray) -> np.ndarray:
    """(R,) int64: neurons of each record, 1 or as many as are folded."""
    return np.where(records["fold"] == 1, records["fold_number"], 1)


def shared(records: np.ndarray) -> np.ndarray:
    """Complete half records: all records, with the second row that each reads, its own or that of the last full one.

    Raises ValueError where the first record is a half one."""
    if records.size and not records["full"][0]:
        raise ValueError("the first record is a half one")
    last_full = np.maximum.accumulate(np.where(records["full"] == 1, np.arange(records.size), 0))
    complete = records.copy()
    for name in ROW_2:
        complete[name] = records[name][last_full]
    return complete


def completed(core: Core) -> Core:
    """Fill in what follows from the rest: `neuron_number`, and the rows of weights of each record."""
    rows = int(record_rows(core.records).sum())
    bits = weight_bits(core.registers)
    first = rows + np.cumsum([0, *(rows_of(vector, bits) for vector in core.vectors)])
    records = core.records.copy()
    reads = records["vector"] >= 0
    own = records["vector"][reads]
    for name, none, ends in (
        ("weight_start", NO_WEIGHTS[0], first[:-1]),
        ("weight_end", NO_WEIGHTS[1], first[1:] - 1),
    ):
        records[name] = none
        records[name][reads] = ends[own]
    return replace(core, records=records, registers={**core.registers, "neuron_number": rows})


def memory_words(core: Core) -> np.ndarray:
    """Pack the rows of a completed core: (rows, 2) uint64. Raises ValueError for what does not fit its fields."""
    records, registers = core.records, core.registers
    rows = record_rows(records)
    first = np.cumsum(rows) - rows
    words = np.zeros((int(rows.sum()), ROW_WORDS), dtype=np.uint64)

    def write(fields: Sequence, at: np.ndarray, of: np.ndarray) -> None:
        words[at] = packed(fields, {name: of[name] for name in RECORD.names or ()}, ROW_WORDS)

    full, fold = records["full"] == 1, records["fold"] == 1
    write(ROW_FIELDS_1, first, records)
    write(ROW_FIELDS_2, first[full] + 1, records[full])
    write(ROW_FIELDS_3, (first + 1 + records["full"])[fold], records[fold])
    for k in np.flatnonzero(fold).tolist():
        start = int(first[k] + 2 + records["full"][k])
        words[start : int(first[k] + rows[k])] = _potential_words(core.fold_v[k])
    bits, signed = weight_bits(registers), registers["weight_sign"]
    return np.concatenate([words, *(vector_words(vector, bits, signed) for vector in core.vectors)])


def _potential_words(v: np.ndarray) -> np.ndarray:
    """Potentials of 32 bits, four a row."""
    room = np.zeros(-(-v.size // POTENTIALS_A_ROW) * POTENTIALS_A_ROW, dtype="<i4")
    room[: v.size] = v
    return room.view("<u8").astype(np.uint64).reshape(-1, ROW_WORDS)


def read_memory(core: Core, words: np.ndarray, image: str) -> Core:
    """Complete a core that has registers alone by the rows of its memory, (rows, 2) uint64.

    Raises DecodeError where a record does not end, and where weight vectors are not one behind the other, each read
    by a record."""
    end = core.registers["neuron_number"]
    if end > len(words):
        raise DecodeError(image, -1, f"{end} rows of neurons; the memory has {len(words)}")
    first, v = _first_rows(words[:end], image)
    records = np.zeros(first.size, dtype=RECORD)
    fields_1 = unpacked(ROW_FIELDS_1, words[first], image)
    _fill(records, np.arange(first.size), ROW_1, fields_1)
    full, fold = np.flatnonzero(records["full"]), np.flatnonzero(records["fold"])
    _fill(records, full, ROW_2, unpacked(ROW_FIELDS_2, words[first[full] + 1], image))
    at = (first + 1 + records["full"])[fold]
    _fill(records, fold, ROW_3, unpacked(ROW_FIELDS_3, words[at], image))
    if records.size and not records["full"][0]:
        raise DecodeError(image, 0, "the first record is a half one")
    fold_v = [np.zeros(0, dtype=np.int64)] * first.size
    for k in fold.tolist():
        fold_v[k] = v[k][: max(0, int(records["fold_number"][k]) - 1)]
    vectors, number = _vectors(core, shared(records), words, image)
    records["vector"] = number
    return replace(core, records=records, fold_v=tuple(fold_v), vectors=vectors)


def _fill(
    records: np.ndarray, which: np.ndarray, names: Sequence[str], values: dict[str, np.ndarray]
) -> None:
    for name in names:
        records[name][which] = values[name]


def _first_rows(words: np.ndarray, image: str) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """The first row of each record, and by record the potentials in the rows of folded ones."""
    first: list[int] = []
    v: dict[int, np.ndarray] = {}
    low, row = words[:, 0].tolist(), 0
    while row < len(low):
        full, fold = low[row] >> 32 & 1, low[row] >> 33 & 1
        behind = row + 1 + full
        if fold and behind < len(low):
            rows = -(-max(0, (low[behind] & (1 << 29) - 1) - 1) // POTENTIALS_A_ROW)
            held = words[behind + 1 : behind + 1 + rows]
            v[len(first)] = np.ascontiguousarray(held.astype("<u8")).view("<i4").ravel().astype(np.int64)
            behind += rows
        first.append(row)
        row = behind + fold
    if row > len(low):
        raise DecodeError(image, first[-1], f"the record that begins here does not end before row {len(low)}")
    return np.array(first, dtype=np.int64), v


def _vectors(
    core: Core, records: np.ndarray, words: np.ndarray, image: str
) -> tuple[tuple[Vector, ...], np.ndarray]:
    """The weight vectors in the order of their rows, and the number of that which each record reads, -1 for none."""
    bits, signed = weight_bits(core.registers), core.registers["weight_sign"]
    start, end, sparse = records["weight_start"], records["weight_end"], records["sparse"]
    reads = end >= start
    ranges, which = np.unique(np.stack([start, end, sparse], axis=1)[reads], axis=0, return_inverse=True)
    at = core.registers["neuron_number"]
    vectors: list[Vector] = []
    for first, last, packs in ranges.tolist():
        if first != at:
            raise DecodeError(image, first, f"a weight vector begins here, not at row {at}")
        at = last + 1
        if at > len(words):
            raise DecodeError(image, first, f"the weight vector that begins here ends in row {last}")
        vectors.append(vector_of(words[first:at], bits, signed, sparse=bool(packs)))
    if at != len(words):
        raise DecodeError(image, at, "no record reads this row")
    number = np.full(records.size, -1)
    number[reads] = which.reshape(-1)
    return tuple(vectors), number
