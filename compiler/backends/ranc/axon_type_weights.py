"""Weights as sums of what a neuron has for the types of axons: a source is on one axon of each type that it needs.

With values 1, 2, 4 and -8 for four types a source on one axon of each gives every weight of 4 bits, chosen by which of
them are connected; three and two types give 3 bits and ternary weights, and leave room for more sources.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Basis:
    """values: what a neuron has for type 0, 1, .., times its gain. low, high: of the weights, all between exist."""

    bits: int
    values: tuple[int, ...]
    low: int
    high: int

    @property
    def axons(self) -> int:
        """That a source takes on a core at most."""
        return len(self.values)

    def masks(self, codes: np.ndarray) -> np.ndarray:
        """Weights low..high -> which types are connected: bit k for type k; int64."""
        if self.bits == 2:
            return np.where(codes < 0, 2, codes)
        return codes & ((1 << self.axons) - 1)


BASES = (Basis(4, (1, 2, 4, -8), -8, 7), Basis(3, (1, 2, -4), -4, 3), Basis(2, (1, -1), -1, 1))


def bases_of(types: int, weight_bits: int) -> tuple[Basis, ...]:
    """Those for so many types of axons and weights of at most so many bits, the finest first; at least the last."""
    held = [basis for basis in BASES if basis.axons <= types and basis.bits <= weight_bits]
    return tuple(held) or BASES[-1:]


def basis_for(fan_in: int, axons: int, weight_bits: int, types: int = 4) -> Basis:
    """The most bits, at most `weight_bits`, at which a neuron with so many sources surely has the axons; else the
    fewest."""
    allowed = bases_of(types, weight_bits)
    return next((basis for basis in allowed if fan_in * basis.axons <= axons), allowed[-1])


def weights_of(masks: np.ndarray, values: np.ndarray) -> np.ndarray:
    """What synapses with these masks (k,) add to neurons that have `values` (k, types); int64."""
    bits = (masks[:, None] >> np.arange(values.shape[1])) & 1
    return (bits * values).sum(axis=1)
