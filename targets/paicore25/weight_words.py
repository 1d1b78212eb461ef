"""Packs weight vectors into memory rows of 128 bits: dense ones, and sparse ones with an address for each weight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ..chip import Range
from ..layout import require_range
from .configuration import Vector
from .words import ROW_WORDS

ROW_BITS = 128
ADDRESS_BITS = 16


class Lanes(NamedTuple):
    """A sparse row: so many weights in its low bits, and their addresses from bit `first` up."""

    weights: int
    first: int


SPARSE = {1: Lanes(7, 16), 2: Lanes(7, 16), 4: Lanes(6, 32), 8: Lanes(5, 48)}
"""By the bits of a weight."""


def bits_of(width_code: int) -> int:
    """Bits of a weight, an input or an output, by the code in a register."""
    return 1 << width_code


def weight_bits(registers: Mapping[str, int]) -> int:
    """Bits of the weights of a core: one that adds potentials has masks of single bits."""
    return 1 if registers["add_potential"] else bits_of(registers["weight_width"])


def value_range(bits: int, signed: int) -> Range:
    """Numbers of so many bits; signed ones are two's complement, so that one bit is 0 or -1."""
    return (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)


def rows_of(vector: Vector, bits: int) -> int:
    """Count the rows that a vector takes."""
    a_row = ROW_BITS // bits if vector.address is None else SPARSE[bits].weights
    return -(-vector.weights.size // a_row)


def vector_words(vector: Vector, bits: int, signed: int) -> np.ndarray:
    """Pack a vector: (rows, 2) uint64. Raises ValueError for weights and addresses that do not fit."""
    require_range("weight", vector.weights, *value_range(bits, signed))
    rows = rows_of(vector, bits)
    if vector.address is None:
        table = np.zeros((rows, ROW_BITS // bits), dtype=np.int64)
        table.ravel()[: vector.weights.size] = vector.weights
        return _words(_bits(table, bits))
    if vector.address.shape != vector.weights.shape:
        raise ValueError("a sparse vector has as many addresses as weights")
    require_range("address", vector.address, 0, (1 << ADDRESS_BITS) - 1)
    lanes = SPARSE[bits]
    room = np.zeros(rows * lanes.weights, dtype=np.int64)
    room[: vector.weights.size] = vector.weights
    address = np.pad(
        vector.address, (0, room.size - vector.address.size), mode="edge" if rows else "constant"
    )
    filled = np.zeros((rows, ROW_BITS), dtype=np.uint8)
    filled[:, : lanes.weights * bits] = _bits(room.reshape(rows, lanes.weights), bits)
    filled[:, lanes.first :] = _bits(address.reshape(rows, lanes.weights), ADDRESS_BITS)
    return _words(filled)


def vector_of(words: np.ndarray, bits: int, signed: int, *, sparse: bool) -> Vector:
    """Unpack the rows of a vector, (rows, 2) uint64, all that they hold: padding is weights of 0."""
    flat = np.unpackbits(np.ascontiguousarray(words.astype("<u8")).view(np.uint8), axis=1, bitorder="little")
    if not sparse:
        return Vector(_numbers(flat, bits, signed))
    lanes = SPARSE[bits]
    return Vector(
        _numbers(flat[:, : lanes.weights * bits], bits, signed),
        _numbers(flat[:, lanes.first :], ADDRESS_BITS, 0),
    )


def _bits(table: np.ndarray, bits: int) -> np.ndarray:
    """(rows, n) numbers -> (rows, n * bits) uint8, the lowest bit first."""
    spread = (table[:, :, None] >> np.arange(bits)) & 1
    return spread.reshape(len(table), table.shape[1] * bits).astype(np.uint8)


def _words(bits: np.ndarray) -> np.ndarray:
    """(rows, 128) bits -> (rows, 2) uint64."""
    return np.packbits(bits, axis=1, bitorder="little").view("<u8").astype(np.uint64).reshape(-1, ROW_WORDS)


def _numbers(bits: np.ndarray, width: int, signed: int) -> np.ndarray:
    """(rows, n * width) bits -> (rows * n,) int64."""
    values = bits.reshape(-1, width).astype(np.int64) @ (1 << np.arange(width))
    return np.where(values >= 1 << width - 1, values - (1 << width), values) if signed else values
