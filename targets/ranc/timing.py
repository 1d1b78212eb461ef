"""Counts the clocks that a tick takes, and the clock that a time step asks for."""

from __future__ import annotations

from .model import RancChip


def sweep_clocks(chip: RancChip) -> int:
    """Clocks from the start of a tick until every core has updated its neurons (all cores work at once).

    A tick must not start earlier. What the routers need to drain afterwards comes on top and depends on the traffic."""
    return chip.core.neurons * (chip.core.axons + chip.timing.per_neuron) + chip.timing.per_tick


def least_clock_hz(chip: RancChip, dt_seconds: float) -> float:
    """The slowest clock at which a tick is done within a time step, packets not counted."""
    return sweep_clocks(chip) / dt_seconds
