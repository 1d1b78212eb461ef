"""Packs bit fields into 64-bit words and back: a word type is an ordered tuple of fields, the first in the lowest
bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

WORD_BITS = 64
MAX_FIELD_BITS = 62


class DecodeError(ValueError):
    """Raised for words that no encoder writes. `index`: the word within `image`, or -1 for the image as a whole."""

    def __init__(self, image: str, index: int, reason: str) -> None:
        place = f"{image} word {index}" if index >= 0 else image
        super().__init__(f"{place}: {reason}")
        self.image = image
        self.index = index
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Field:
    """A bit field. `bits` (1..62) counts the sign; a signed field is two's complement."""

    name: str
    bits: int
    signed: bool = False

    @property
    def low(self) -> int:
        """The smallest value."""
        return -(1 << (self.bits - 1)) if self.signed else 0

    @property
    def high(self) -> int:
        """The largest value."""
        return (1 << (self.bits - self.signed)) - 1


@dataclass(frozen=True, slots=True)
class WordType:
    """A word as an ordered tuple of fields.

    Raises ValueError when the fields need more than 64 bits, one is wider than 62, or two share a name."""

    name: str
    fields: tuple[Field, ...]

    def __post_init__(self) -> None:
        if sum(field.bits for field in self.fields) > WORD_BITS:
            raise ValueError(f"{self.name}: more than {WORD_BITS} bits")
        if any(not 1 <= field.bits <= MAX_FIELD_BITS for field in self.fields):
            raise ValueError(f"{self.name}: a field must have 1 to {MAX_FIELD_BITS} bits")
        if len({field.name for field in self.fields}) != len(self.fields):
            raise ValueError(f"{self.name}: two fields share a name")

    def offsets(self) -> tuple[int, ...]:
        """The lowest bit of each field."""
        return tuple(accumulate((field.bits for field in self.fields[:-1]), initial=0))


def pack(word_type: WordType, values: Mapping[str, np.ndarray]) -> np.ndarray:
    """Pack integer arrays (n,), one a field, into (n,) uint64 words.

    Raises ValueError naming the field when names or lengths differ, a value is no integer or does not fit."""
    if sorted(values) != sorted(field.name for field in word_type.fields):
        raise ValueError(f"{word_type.name}: fields {sorted(values)}")
    columns = {field.name: np.atleast_1d(np.asarray(values[field.name])) for field in word_type.fields}
    lengths = {column.size for column in columns.values()}
    if len(lengths) != 1:
        raise ValueError(f"{word_type.name}: fields of different lengths")
    words = np.zeros(lengths.pop(), dtype=np.uint64)
    for field, offset in zip(word_type.fields, word_type.offsets(), strict=True):
        column = columns[field.name]
        require_range(f"{word_type.name}.{field.name}", column, field.low, field.high)
        bits = column.astype(np.int64).view(np.uint64) & np.uint64((1 << field.bits) - 1)
        words |= bits << np.uint64(offset)
    return words


def unpack(word_type: WordType, words: np.ndarray, image: str) -> dict[str, np.ndarray]:
    """Unpack words into fields: name -> (n,) int64. Raises DecodeError at the first word of `image` with a reserved
    bit set."""
    used = sum(field.bits for field in word_type.fields)
    if used < WORD_BITS:
        reserved = np.flatnonzero(words >> np.uint64(used))
        if reserved.size:
            raise DecodeError(image, int(reserved[0]), "reserved bits are set")
    values: dict[str, np.ndarray] = {}
    for field, offset in zip(word_type.fields, word_type.offsets(), strict=True):
        bits = (words >> np.uint64(offset)) & np.uint64((1 << field.bits) - 1)
        value = bits.astype(np.int64)
        values[field.name] = np.where(value > field.high, value - (1 << field.bits), value)
    return values


def require_range(name: str, values: np.ndarray, low: int, high: int) -> None:
    """Raise ValueError naming the first of `values` that is no integer in low..high."""
    if values.dtype.kind not in "iu" and values.size:
        raise ValueError(f"{name}: {values.dtype} is no integer type")
    if values.size and (values.min() < low or values.max() > high):
        outside = np.flatnonzero((values < low) | (values > high))
        raise ValueError(f"{name}[{outside[0]}] = {values[outside[0]]} is outside {low}..{high}")
