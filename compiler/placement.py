"""Where everything is: slices of populations on cores, with the certificate of the search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Slice:
    """Neurons `first .. first + size - 1` of population `population`, in compartments `slot .. slot + size - 1`
    of core `core` (index in order of use; chip = core // cores_per_chip)."""

    population: str
    first: int
    size: int
    core: int
    slot: int


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """objective: what was minimised, in words. value, bound: of the solver (equal: proven optimal in `family`)."""

    objective: str
    value: int
    bound: int
    status: str
    family: str


@dataclass(frozen=True, kw_only=True)
class Placement:
    """slices sorted by (core, slot). used: per core, resource name -> amount; available: resource name -> limit."""

    slices: tuple[Slice, ...]
    cores: int
    used: tuple[Mapping[str, int], ...]
    available: Mapping[str, int]
    certificate: Certificate

    def machine_order(self) -> list[tuple[str, int, int, int, int]]:
        return [(s.population, s.first, s.size, s.core, s.slot) for s in self.slices]

    def machine_index(self, population: str, size: int) -> np.ndarray:
        """(size,) int64 machine neuron (cores end to end) of each neuron of `population`."""
        index = np.full(size, -1, dtype=np.int64)
        first = 0
        for piece in self.slices:
            if piece.population == population:
                index[piece.first : piece.first + piece.size] = np.arange(first, first + piece.size)
            first += piece.size
        return index
