"""Rows of the fidelity table that chips of different families have in common."""

from __future__ import annotations

import numpy as np

from ...ir.fidelity_row import FidelityRow
from ...ir.timed_network import TimedNetwork, TimedPopulation


def starts_at_rest(population: TimedPopulation, rest: str) -> list[FidelityRow]:
    """For chips into which no state can be loaded. rest: what they call the state that all neurons start in."""
    start = population.neuron.v_start
    if start is None or not start.any():
        return []
    return [
        FidelityRow(
            feature="initial membrane",
            where=population.name,
            wanted=f"up to {float(np.abs(start).max()):.3g} from {rest}",
            done=f"starts at {rest}: nothing can be loaded",
            status="approximated",
        )
    ]


def longer_loops(timed: TimedNetwork) -> list[FidelityRow]:
    """Loops that take more steps on the chip than in the network."""
    return [
        FidelityRow(
            feature="loop",
            where=f"{pre} -> {post}",
            wanted="the network's delay",
            done=f"{timed.lengthened[pre, post]} step(s) more",
            status="approximated",
        )
        for pre, post in sorted(timed.lengthened)
    ]
