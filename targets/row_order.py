"""Sorts rows of whole numbers, by one packed number each where that has room."""

from __future__ import annotations

import numpy as np

KEY_BITS = 63


def row_order(*columns: np.ndarray) -> np.ndarray:
    """Order rows by their first column, then by the second, and so on; rows that are alike keep their order.

    columns: (k,) of any integer types. Returns (k,) int64, as numpy.lexsort of the columns in reverse does, but sorts
    once where all columns together take at most KEY_BITS bits."""
    low = [int(column.min(initial=0)) for column in columns]
    bits = [
        (int(column.max(initial=0)) - least).bit_length() for column, least in zip(columns, low, strict=True)
    ]
    if sum(bits) > KEY_BITS:
        return np.lexsort(columns[::-1])
    return np.argsort(packed(columns, low, bits), kind="stable")


def packed(columns: tuple[np.ndarray, ...], low: list[int], bits: list[int]) -> np.ndarray:
    """Pack each row into one number, (k,) int64, from so many bits of each column above its least, KEY_BITS in all."""
    key = np.zeros(columns[0].size, dtype=np.int64)
    for column, least, width in zip(columns, low, bits, strict=True):
        key <<= width
        key |= column.astype(np.int64) - least
    return key
