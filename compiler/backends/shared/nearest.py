"""Rounds to the nearest integers of one scale a population, for chips that keep weights as they are."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ....targets.chip import Range
from ....targets.machines.synapse_rows import as_rows
from ...ir.quantized import QuantizedProjection, Rounding
from ...ir.timed_network import TimedPopulation


def largest_units(limits: Iterable[tuple[int, np.ndarray]]) -> float:
    """Find how many integers 1.0 can be, so that all values stay within their limits; 1.0 where all are 0.

    limits: pairs of the largest integer that a register holds and the float values that go there."""
    largest = [(limit, float(np.abs(values).max(initial=0.0))) for limit, values in limits]
    return min((limit / size for limit, size in largest if size > 0), default=1.0)


def nearest_weights(
    population: TimedPopulation, units: float, weight: Range
) -> tuple[list[QuantizedProjection], list[Rounding]]:
    """Round the weights onto a population; those that become 0 are left out.

    units: integers in 1.0 of the membrane. weight: what a synapse holds, inclusive; what is beyond is clipped."""
    projections: list[QuantizedProjection] = []
    roundings: list[Rounding] = []
    for link in population.links:
        cols, rows, weights = link.by_source
        code = np.clip(np.rint(weights * units), *weight).astype(np.int64)
        gap = np.abs(code / units - weights)
        roundings.append(Rounding.of(f"{link.source} -> {population.name}", "weight", "membrane", gap))
        cols, rows, code = (a[code != 0] for a in (cols, rows, code))
        delay = np.full(code.size, link.held_steps, dtype=np.int64)
        projections.append(
            QuantizedProjection(
                pre=link.source, post=population.name, synapses=as_rows(cols, rows, code, delay)
            )
        )
    return projections, roundings
