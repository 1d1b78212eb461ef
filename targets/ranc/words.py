"""Converts rows of fields to bits, the highest first, and back: a neuron's row, an axon's type, a packet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..layout import DecodeError, Field, require_range


def bits_of(fields: Sequence[Field], values: Mapping[str, np.ndarray]) -> np.ndarray:
    """(n, total bits) uint8 of one (n,) integer array a field. Raises ValueError for values that do not fit."""
    parts: list[np.ndarray] = []
    for field in fields:
        column = values[field.name]
        require_range(field.name, column, field.low, field.high)
        shift = np.arange(field.bits - 1, -1, -1)
        parts.append((column.astype(np.int64)[:, None] >> shift) & 1)
    return np.concatenate(parts, axis=1).astype(np.uint8)


def values_of(fields: Sequence[Field], bits: np.ndarray) -> dict[str, np.ndarray]:
    """Read the fields of bits (n, total bits): name -> (n,) int64."""
    values: dict[str, np.ndarray] = {}
    first = 0
    for field in fields:
        part = bits[:, first : first + field.bits].astype(np.int64)
        value = part @ (np.int64(1) << np.arange(field.bits - 1, -1, -1, dtype=np.int64))
        values[field.name] = np.where(value > field.high, value - (1 << field.bits), value)
        first += field.bits
    return values


def width(fields: Sequence[Field]) -> int:
    """Count the bits of all fields."""
    return sum(field.bits for field in fields)


def text_of(bits: np.ndarray) -> bytes:
    """$readmemb: a line of 0 and 1 for each row of (n, width)."""
    lines = np.full((bits.shape[0], bits.shape[1] + 1), ord("\n"), dtype=np.uint8)
    lines[:, :-1] = bits + ord("0")
    return lines.tobytes()


def bits_in(text: bytes, rows: int, columns: int, image: str) -> np.ndarray:
    """(rows, columns) uint8 of a text that `text_of` wrote. Raises DecodeError at the first line that is not so."""
    if len(text) != rows * (columns + 1):
        raise DecodeError(
            image, -1, f"{len(text)} bytes; {rows} lines of {columns} bits take {rows * (columns + 1)}"
        )
    lines = np.frombuffer(text, dtype=np.uint8).reshape(rows, columns + 1)
    bits = lines[:, :-1] - ord("0")
    wrong = (bits > 1).any(axis=1) | (lines[:, -1] != ord("\n"))
    if wrong.any():
        raise DecodeError(image, int(np.argmax(wrong)), f"not {columns} digits 0 and 1")
    return bits
