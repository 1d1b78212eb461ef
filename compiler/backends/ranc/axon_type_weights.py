"""Writes weights as sums of a neuron's weights by axon type: a source is on one axon of each type that it needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Basis:
    """The weights of a neuron by axon type, from which its synapses' weights are summed.

    values: of type 0, 1, .., times its gain. low, high: of the sums; all integers between exist."""

    bits: int
    values: tuple[int, ...]
    low: int
    high: int

    @property
    def axons(self) -> int:
        """Most axons that a source takes on a core."""
        return len(self.values)

    def masks(self, codes: np.ndarray) -> np.ndarray:
        """Find the axon types to connect for weights low..high: int64, bit k for type k."""
        if self.bits == 2:
            return np.where(codes < 0, 2, codes)
        return codes & ((1 << self.axons) - 1)


BASES = (Basis(4, (1, 2, 4, -8), -8, 7), Basis(3, (1, 2, -4), -4, 3), Basis(2, (1, -1), -1, 1))


def bases_of(types: int, weight_bits: int) -> tuple[Basis, ...]:
    """List the bases for so many axon types and weights of at most so many bits, the finest first; at least the
    last."""
    fitting = [basis for basis in BASES if basis.axons <= types and basis.bits <= weight_bits]
    return tuple(fitting) or BASES[-1:]


def basis_for(fan_in: int, axons: int, weight_bits: int, types: int = 4) -> Basis:
    """Choose the basis of most bits, at most `weight_bits`, at which a neuron with so many sources surely has the
    axons; else the one of fewest bits."""
    allowed = bases_of(types, weight_bits)
    return next((basis for basis in allowed if fan_in * basis.axons <= axons), allowed[-1])


def weights_of(masks: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Sum the weights of synapses: (k,) int64, of masks (k,) onto neurons that have `values` (k, types)."""
    bits = (masks[:, None] >> np.arange(values.shape[1])) & 1
    return (bits * values).sum(axis=1)
