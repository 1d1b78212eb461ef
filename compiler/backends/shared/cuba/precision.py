"""How finely weights are stored, and which scale that allows them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..common_step import count_of_steps


def largest_mantissa(weight_bits: int, *, mixed: bool) -> tuple[int, int]:
    """Return (largest mantissa, step) of a weight width.

    Mixed signs: -(256-s)..256-s in steps of s = 2**(9 - bits); one sign: half that step."""
    step = 1 << (8 - weight_bits + (1 if mixed else 0))
    return 256 - step, step


def split_exponent(weight_bits: int) -> int:
    """Return the largest exponent of a coarse synapse whose rounding error, half a step, a fine one of exponent 0 can
    hold."""
    step = largest_mantissa(weight_bits, mixed=True)[1]
    return int(math.log2(2 * largest_mantissa(weight_bits, mixed=False)[0] / step))


@dataclass(frozen=True, kw_only=True)
class Precision:
    """How weights are stored.

    weight_bits: of a synapse. split_signs: positive and negative weights on synapses of their own (a bit more, twice
    the axons). split_weights: a second synapse for what the first one's grid leaves over."""

    weight_bits: int = 8
    split_signs: bool = False
    split_weights: bool = False

    def mixed(self, weights: np.ndarray) -> bool:
        """Whether one format has to hold both signs."""
        return not self.split_signs and bool((weights > 0).any() and (weights < 0).any())

    def reach(self, weights: np.ndarray) -> tuple[int, int]:
        """Return (largest mantissa, step) at exponent 0. The finest grid of split weights has one sign a synapse."""
        return largest_mantissa(self.weight_bits, mixed=not self.split_weights and self.mixed(weights))


def mantissa_steps(weights: list[np.ndarray], precision: Precision) -> int:
    """Return by how much a scale may be divided and all weights on a common step stay on the grid."""
    counts = [count_of_steps(w, precision.reach(w)[0] // precision.reach(w)[1]) for w in weights]
    tops = {mantissa_of_largest(w, precision) // k for w, k in zip(weights, counts, strict=True) if k}
    return tops.pop() if len(tops) == 1 and all(counts) else 1 << 20


def mantissa_of_largest(weights: np.ndarray, precision: Precision) -> int:
    """Return the mantissa of the largest weight: as large as fits; of weights that are multiples of one step (trained
    for few bits) a multiple of their count of steps, so that all of them stay exact."""
    top, step = precision.reach(weights)
    count = count_of_steps(weights, top // step)
    return top // step // count * count * step if count else top


def exponent_for(weights: np.ndarray, units: float, precision: Precision, shift: int) -> int:
    """Return the smallest exponent at which no weight clips."""
    top, _ = precision.reach(weights)
    largest = float(np.abs(weights).max(initial=0.0)) * units / shift
    return max(0, math.ceil(math.log2(largest / top) - 1e-9)) if largest > top else 0
