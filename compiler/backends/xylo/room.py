"""Gives up constructs where the chip has too few neurons or connections for them, and enough without."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ....targets.xylo.model import XyloChip
from ...ir.timed_network import TimedNetwork, TimedPopulation
from .assemble import assemble
from .capacity import findings
from .quantize import that_fits


def without_room(timed: TimedNetwork, chip: XyloChip) -> Mapping[str, str]:
    """Population -> what there is too little of for its construct, the largest first, as few as it takes. None where
    the network does not fit without constructs either: what is told then is of the network."""
    made = [name for name, p in timed.populations.items() if p.made]
    made.sort(key=lambda name: (-timed.populations[name].size, name))
    if not made or that_fits(timed, chip)[1]:
        return {}
    given_up: dict[str, str] = {}
    for name in made:
        choices, _ = that_fits(timed, chip)
        first = findings(assemble(timed, chip, choices).network, chip)[0]
        given_up[name] = first.message
        native = {**timed.populations, name: _native(timed, timed.populations[name])}
        timed = replace(timed, populations=native)
        if that_fits(timed, chip)[1]:
            return given_up
    return {}


def _native(timed: TimedNetwork, population: TimedPopulation) -> TimedPopulation:
    """The population with the chip's own neurons."""
    neuron = timed.network.populations[population.name].neuron
    return replace(
        population,
        neuron=replace(neuron, reset="subtract", reset_after_decay=False),
        ties=(),
        overshoot=None,
    )
