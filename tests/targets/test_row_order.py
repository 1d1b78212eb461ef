"""Rows are sorted as numpy sorts them, whatever the size and sign of their numbers."""

from __future__ import annotations

import numpy as np
import pytest
from spikec.targets.row_order import KEY_BITS, row_order


@pytest.mark.parametrize("high", [1, 3, 1 << 20, 1 << 30, 1 << 62])
@pytest.mark.parametrize("count", [0, 1, 2, 500])
def test_rows_are_sorted_as_by_numpy(high: int, count: int) -> None:
    """Two columns of 2**20 are packed, three of 2**30 are not; equal rows keep their order."""
    random = np.random.default_rng(high % 1000 + count)
    columns = tuple(random.integers(-high, high, count) for _ in range(3))
    columns = (columns[0], columns[1].astype(np.int16 if high < 1 << 15 else np.int64), columns[2])
    np.testing.assert_array_equal(row_order(*columns), np.lexsort(columns[::-1]))


def test_the_last_bit_is_used() -> None:
    half = 1 << (KEY_BITS - 1)
    a = np.array([half - 1, -half, 0, half - 1, -half])
    for other in (np.zeros(5, dtype=np.int64), np.array([1, 0, 0, 0, 1])):
        np.testing.assert_array_equal(row_order(other, a), np.lexsort((a, other)))
