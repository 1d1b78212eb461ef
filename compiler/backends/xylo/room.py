"""Gives up constructs where the chip has too few neurons or connections for them, and enough without."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ....sim.diagnostic import DiagnosticError
from ....targets.xylo.model import XyloChip
from ...ir.timed_network import TimedNetwork, TimedPopulation
from .assemble import assemble
from .assign import assign
from .capacity import findings
from .quantize import that_fits


def without_room(timed: TimedNetwork, chip: XyloChip) -> Mapping[str, str]:
    """Population -> what there is too little of for its construct, the largest first, as few as it takes. None where
    the network does not fit without constructs either: what is told then is of the network."""
    made = [name for name, p in timed.populations.items() if p.made]
    made.sort(key=lambda name: (-timed.populations[name].size, name))
    given_up: dict[str, str] = {}
    for name in made:
        reason = _too_little(timed, chip)
        if not reason:
            return given_up
        given_up[name] = reason
        native = {**timed.populations, name: _native(timed, timed.populations[name])}
        timed = replace(timed, populations=native)
    return given_up if made and not _too_little(timed, chip) else {}


def _too_little(timed: TimedNetwork, chip: XyloChip) -> str:
    """What the chip has too little of for a network, in words; empty where it fits, each neuron in a place of its
    own."""
    choices, fits = that_fits(timed, chip)
    network = assemble(timed, chip, choices).network
    if not fits:
        return findings(network, chip)[0].message
    try:
        assign(network, chip)
    except DiagnosticError as problem:
        return problem.diagnostics[0].message
    return ""


def _native(timed: TimedNetwork, population: TimedPopulation) -> TimedPopulation:
    """The population with the chip's own neurons."""
    neuron = timed.network.populations[population.name].neuron
    return replace(
        population,
        neuron=replace(neuron, reset="subtract", reset_after_decay=False),
        ties=(),
        overshoot=None,
    )
