"""What lava-dl's netx makes of the weights of a dense layer: it shifts them up, and chooses a width and an exponent."""

from __future__ import annotations

import numpy as np

from .weights import held, sign_mode_of

MOST_BITS = 8


def widest_shift(weights: np.ndarray) -> tuple[int, int]:
    """By how many places netx shifts all weights of a layer up, the exponent is as far below 0; and the width in bits
    that it gives them, as netx computes both. weights: int64, not all 0."""
    high, low = int(weights.max()), int(weights.min())
    signed = low < 0 <= high
    one_sign = -256 / low if high < 0 else 255 / max(high, 1)
    scale = min(127 / high if high else np.inf, -128 / low) if signed else one_sign
    places = int(np.floor(np.log2(scale))) + signed
    even = next((n for n in range(MOST_BITS, 0, -1) if not (weights % (1 << n)).any()), 0)
    return places, MOST_BITS - places - (even - signed)


def kept(weights: list[np.ndarray]) -> bool:
    """Whether the matrices of a layer, int64, act in Lava as they stand in the file, at a width that the chip has."""
    both = np.concatenate([matrix.reshape(-1) for matrix in weights])
    if not both.size or not both.any():
        return False
    if int(both.max()) > 255 or int(both.min()) < -256:
        return False
    places, bits = widest_shift(both)
    if places < 0 or not 1 <= bits <= MOST_BITS:
        return False
    return all(
        np.array_equal(held(matrix << places, bits, sign_mode_of(matrix)), matrix << places)
        for matrix in weights
    )
