"""Encodes the rows of synapses of a core, block by block, and reads them back."""

from __future__ import annotations

import numpy as np

from ..layout import DecodeError
from ..machines.synapse_rows import runs
from .core_image import NO_BLOCK, SynapticMatrix
from .synaptic_word import MAX_ROW_LENGTH
from .table_words import INVALID_ADDRESS, Address

MATRIX = "synaptic_matrix"
HEADER_WORDS = 3
"""Of a row: plastic words, 0; synaptic words; plastic controls, 0."""
ALIGNMENT = 4
"""Words in the unit of an address."""


def places(matrix: SynapticMatrix) -> np.ndarray:
    """Find where each block begins and where the last ends, (B + 1,) int64, in units of 16 bytes but for the last: its
    end is in words."""
    words = np.diff(matrix.first_row) * (matrix.row_length + HEADER_WORDS)
    units = -(-words // ALIGNMENT)
    begins = np.concatenate([[0], np.cumsum(units)])
    end = int(begins[-2]) * ALIGNMENT + int(words[-1]) if words.size else 0
    return np.append(begins[:-1], end).astype(np.int64)


def encode_matrix(matrix: SynapticMatrix) -> np.ndarray:
    """Encode every row as its header, its words and zeros up to the length of the block's rows: uint32.

    Raises ValueError for a row that is longer than its block's rows."""
    begins = places(matrix)
    rows = np.diff(matrix.first_row)
    length = np.diff(matrix.start)
    stride = np.repeat(matrix.row_length + HEADER_WORDS, rows)
    if (length > stride - HEADER_WORDS).any():
        raise ValueError("a row is longer than the rows of its block")
    number = np.arange(length.size) - np.repeat(matrix.first_row[:-1], rows)
    at = np.repeat(begins[:-1] * ALIGNMENT, rows) + number * stride
    image = np.zeros(int(begins[-1]), dtype=np.uint32)
    image[at + 1] = length
    image[runs(at + HEADER_WORDS, at + HEADER_WORDS + length)] = matrix.words
    return image


def decode_matrix(words: np.ndarray, addresses: Address) -> tuple[SynapticMatrix, np.ndarray]:
    """Read the blocks that the addresses point to; and of each address the number of its block, (A,) int64.

    Raises DecodeError for blocks that lie outside, overlap or are left out, and for rows that no encoder writes; zeros
    between blocks and behind rows are checked when the core is written again."""
    valid = addresses.place != INVALID_ADDRESS
    place, head = np.unique(addresses.place[valid], return_index=True)
    row_length = addresses.row_length[valid][head]
    block = np.full(addresses.place.size, NO_BLOCK, dtype=np.int64)
    block[valid] = np.searchsorted(place, addresses.place[valid])
    if (addresses.row_length[valid] != row_length[block[valid]]).any():
        raise DecodeError(MATRIX, -1, "two addresses give one block rows of two lengths")
    begins = place * ALIGNMENT
    ends = np.append(begins[1:], words.size)
    if (begins[0] != 0 or begins[-1] >= words.size) if begins.size else words.size:
        raise DecodeError(MATRIX, -1, f"{words.size} words; the addresses point elsewhere")
    stride = row_length + HEADER_WORDS
    rows = (ends - begins) // stride
    left = ends - begins - rows * stride
    if (rows < 1).any() or (left >= ALIGNMENT).any() or (left[-1:] != 0).any():
        raise DecodeError(MATRIX, -1, "the memory of a block is no whole number of its rows")
    first_row = np.concatenate([[0], np.cumsum(rows)]).astype(np.int64)
    at = np.repeat(begins, rows) + (np.arange(first_row[-1]) - np.repeat(first_row[:-1], rows)) * np.repeat(
        stride, rows
    )
    length = words[at + 1].astype(np.int64)
    long = np.flatnonzero(length > np.repeat(row_length, rows))
    if long.size:
        number = int(long[0])
        text = f"a row of {int(length[number])} words, at most {MAX_ROW_LENGTH} and as its block has room for"
        raise DecodeError(MATRIX, int(at[number]) + 1, text)
    matrix = SynapticMatrix(
        row_length=row_length,
        first_row=first_row,
        start=np.concatenate([[0], np.cumsum(length)]).astype(np.int64),
        words=words[runs(at + HEADER_WORDS, at + HEADER_WORDS + length)],
    )
    return matrix, block
