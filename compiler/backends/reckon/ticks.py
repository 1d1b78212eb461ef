"""Finds how many of the chip's ticks make a step of the network, where membranes forget more than a tick can.

A neuron keeps at least 7/8 of its membrane a tick; k ticks keep (7/8)**k. Layer l takes what arrives in tick l of each
step, after the spikes of layer l - 1 in the tick before. With a reset to a value nothing fires in between, where
membranes only decay, so that but for rounding a step is what it is in the network.
"""

from __future__ import annotations

import math

from ....targets.reckon.model import ReckonChip
from ....targets.reckon.neuron import ONE
from ...ir.timed_network import TimedNetwork
from .lower import is_silent

MOST = 32
"""Ticks of a step; a membrane that forgets more keeps less than 2 % a step."""


def ticks_of(timed: TimedNetwork, chip: ReckonChip) -> int:
    """Ticks of a step: 1 where membranes keep enough, or where more would not be exact: a loop, a delay, a way around a
    layer, a reset by subtraction, a membrane that is read out or starts from another value than 0."""
    least, deepest = 1.0, 0
    for population in timed.populations.values():
        neuron = population.neuron
        plain = neuron.reset == "to_value" and not is_silent(population) and not population.start.any()
        if not plain or population.lag_steps < 0 or any(_apart(timed, population.name)):
            return 1
        least = min(least, float(neuron.beta.min(initial=1.0)))
        deepest = max(deepest, population.lag_steps + 1)
    low = chip.ranges.alpha[0] / ONE
    if least >= low or least <= low**MOST:
        return 1
    return max(math.ceil(math.log(least) / math.log(low) - 1e-9), deepest)


def _apart(timed: TimedNetwork, name: str) -> list[bool]:
    """Of each link onto a population, whether its spikes come from elsewhere than the host, for the first layer, or the
    layer before."""
    lag = timed.populations[name].lag_steps
    return [
        link.held_steps > 0
        or (lag != 0 if link.from_input else timed.populations[link.source].lag_steps != lag - 1)
        for link in timed.populations[name].links
    ]
