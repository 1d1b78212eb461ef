"""Reads the header of an array in numpy's format, which may come from anyone."""

from __future__ import annotations

import tokenize
from typing import IO, NamedTuple

import numpy as np


class NpyHeader(NamedTuple):
    """Shape and type of an array; by_column: its first axis runs fastest."""

    shape: tuple[int, ...]
    dtype: np.dtype
    by_column: bool


def read_npy_header(stream: IO[bytes], most_characters: int) -> NpyHeader:
    """Read the header of the array that `stream` begins with, up to its first number.

    most_characters: of the header. Raises ValueError for anything that is no such header; nothing is unpickled."""
    version = np.lib.format.read_magic(stream)
    try:
        if version == (1, 0):
            read = np.lib.format.read_array_header_1_0
        elif version == (2, 0):
            read = np.lib.format.read_array_header_2_0
        else:
            raise ValueError(f"version {version[0]}.{version[1]} of the .npy format")
        shape, by_column, dtype = read(stream, max_header_size=most_characters)
    except _NO_HEADER as problem:
        raise ValueError(f"its header cannot be read: {str(problem)[:200]}") from problem
    if any(type(length) is not int or length < 0 for length in shape):
        raise ValueError(f"its shape is {str(shape)[:80]}")
    return NpyHeader(shape, dtype, by_column)


_NO_HEADER = (
    SyntaxError,
    tokenize.TokenError,
    TypeError,
    MemoryError,
    RecursionError,
    OverflowError,
    KeyError,
)
"""What numpy raises, beside ValueError, where the text of a header is no description of an array."""
