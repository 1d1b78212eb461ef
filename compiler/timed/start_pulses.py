"""Lets membranes start from other values than the chip's, by one event of the host in a population's own first step.

A chip that can load no state starts with all membranes where a spike leaves them. What is to be different is an input
of that step: the membrane that it has to start with, as that step's decay leaves it. A synaptic current would keep a
share of the event; a second event, a step later, takes that share off.
"""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np

from ...targets.chip import Chip
from ...targets.dialect_rules import DialectRules
from ..ir.timed_network import TimedNetwork, TimedPopulation


def any_start(rules: DialectRules) -> DialectRules:
    """The table of a chip, any membrane to start with among what is exact."""
    return msgspec.structs.replace(
        rules, v0=msgspec.structs.replace(rules.v0, exact=(*rules.v0.exact, "any"))
    )


def with_start_pulses(timed: TimedNetwork, chip: Chip) -> TimedNetwork:
    """Move the membranes that populations start with into pulses, where the chip takes those."""
    if not chip.constructs.start_pulses:
        return timed
    return replace(timed, populations={name: _pulsed(p) for name, p in timed.populations.items()})


def _pulsed(population: TimedPopulation) -> TimedPopulation:
    if not population.start.any():
        return population
    neuron, first = population.neuron, population.lag_steps
    pulses: dict[int, np.ndarray] = {first: neuron.beta * population.start}
    if neuron.alpha is not None:
        pulses[first + 1] = -neuron.alpha * pulses[first]
    return replace(
        population,
        neuron=replace(neuron, v_start=None),
        pulses={step: vector for step, vector in pulses.items() if vector.any()},
    )
