"""The exponential function as the chip's software computes it: in whole numbers, bit for bit.

exp(n + 1 - k/16 - r) is a table of whole powers, less a share of it that a second table says for k, less a share that a
polynomial of second degree says for what is left, r < 1/16.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from functools import cache

import numpy as np

ONE = 1 << 15
"""1.0 as s16.15."""
LEAST = -340695
"""Below this the result is 0: what remains is under half of the last bit of s16.15."""
SERIES = 5294, 4293434720, 2081624032
"""1 - exp(-x) = a + (b - c x) x, all of 2**-32."""
FIRST = -13
"""The power of e that the table begins with."""


def exp_s1615(x: np.ndarray) -> np.ndarray:
    """Compute exp(x) of s16.15 numbers that are 0 or less, as s16.15, truncated. (n,) int64."""
    return (_exp(x) >> np.uint64(17)).astype(np.int64)


def exp_u032(x: np.ndarray) -> np.ndarray:
    """Compute exp(x) of s16.15 numbers below 0, as unsigned 0.32. (n,) int64."""
    return _exp(x).astype(np.int64)


def _exp(x: np.ndarray) -> np.ndarray:
    """(n,) uint64: exp(x) in units of 2**-32, of s16.15 numbers that are 0 or less."""
    if x.size and int(x.max()) > 0:
        raise ValueError(f"exp({int(x.max())} / 32768): the tables are for numbers that are 0 or less")
    powers, shares = _tables()
    kept = np.maximum(x.astype(np.int64), LEAST)
    whole = -(-kept // ONE)
    rest = (whole * ONE - kept).astype(np.uint64)
    found = powers[whole - FIRST]
    found = np.where(rest > 0, found - _share(found, shares[rest >> np.uint64(11)]), found)
    fine = (rest & np.uint64(0x7FF)) << np.uint64(17)
    found = np.where(rest > 0, found - _share(found, _series(fine)), found)
    return np.where(x < LEAST, np.uint64(0), found)


def _share(value: np.ndarray, share: np.ndarray) -> np.ndarray:
    """value * share / 2**32: the low word rounded, the high word exact."""
    low, high = value & np.uint64(0xFFFFFFFF), value >> np.uint64(32)
    return ((low * share + np.uint64(1 << 31)) >> np.uint64(32)) + high * share


def _series(x: np.ndarray) -> np.ndarray:
    """1 - exp(-x) of x in units of 2**-32, below 2**28."""
    a, b, c = (np.uint64(number) for number in SERIES)
    return (((b - ((c * x) >> np.uint64(32))) * x) >> np.uint64(32)) + a


@cache
def _tables() -> tuple[np.ndarray, np.ndarray]:
    """exp(n) for n from FIRST to 0, and 1 - exp(-k / 16) for k below 16, in units of 2**-32, rounded."""
    with localcontext() as context:
        context.prec = 40
        unit = Decimal(1 << 32)
        powers = [int((Decimal(n).exp() * unit).to_integral_value()) for n in range(FIRST, 1)]
        shares = [int(((1 - (Decimal(-k) / 16).exp()) * unit).to_integral_value()) for k in range(16)]
    return np.array(powers, dtype=np.uint64), np.array(shares, dtype=np.uint64)
