"""Neurons that were given cores, as slices."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...ir.placement import Runs, Slice, Walk
from ...ir.quantized import QuantizedNetwork


def slices_on(
    network: QuantizedNetwork, core: Mapping[str, np.ndarray]
) -> tuple[tuple[Slice, ...], dict[str, Walk]]:
    """The neurons of a population on a core are one slice, in the order of their index; and the walk of each population
    that is not cut in this order. core: population -> (n,) core of each neuron, numbered from 0."""
    filled = [0] * (1 + max((int(on.max(initial=-1)) for on in core.values()), default=-1))
    slices: list[Slice] = []
    walks: dict[str, Walk] = {}
    for p in network.populations:
        order = np.argsort(core[p.name], kind="stable")
        if not np.array_equal(order, np.arange(order.size)):
            walks[p.name] = Runs.of(order)
        at = 0
        for c, size in zip(*(a.tolist() for a in np.unique(core[p.name], return_counts=True)), strict=True):
            slices.append(Slice(population=p.name, first=at, size=size, core=c, slot=filled[c]))
            at, filled[c] = at + size, filled[c] + size
    return tuple(sorted(slices, key=lambda s: (s.core, s.slot))), walks
