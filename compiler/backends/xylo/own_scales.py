"""Lets neurons of one population hold their membranes in steps of their own: thresholds and biases are numbers of each.

One scale for all is set by the largest weight of all. A neuron whose weights are smaller, beside a threshold as high as
the others', has the same steps in a larger membrane, and its weights are rounded more finely. Nothing else changes: a
neuron whose numbers are all multiplied by the same factor fires the same spikes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ....targets.xylo.model import XyloChip
from ...ir.timed_network import TimedNetwork, TimedPopulation
from ..shared.common_step import count_of_steps
from .decays import choose_decays
from .lower import CLOCK, lower

MOST = 4.0
"""Times that the numbers of a neuron may be larger beside those of others, so that one with small weights alone does
not take all the room that states have for itself."""
Factors = Mapping[str, np.ndarray]
"""Population -> (n,) by what all numbers of each neuron are multiplied; 1 for those that are not in it."""


def own_scales(timed: TimedNetwork, chip: XyloChip) -> Factors:
    """Choose factors, at most MOST, at which the largest weights of all neurons are as large as the population's.

    Neurons with a synapse that spike, whose weights are not whole steps of one number as they are."""
    decays = {name: choose_decays(p.neuron, chip, spared=p.made) for name, p in timed.populations.items()}
    lowered = lower(timed, decays)
    found: dict[str, np.ndarray] = {}
    for name, population in sorted(timed.populations.items()):
        if decays[name].kind != "leaky" or population.neuron.theta is None:
            continue
        links = [link for link in lowered.into(name) if link.source != CLOCK]
        values = np.concatenate([np.zeros(0), *(link.weights for link in links)])
        if not values.any() or count_of_steps(values, 2 * chip.ranges.weight[1]):
            continue
        largest = np.zeros(population.size)
        for link in links:
            np.maximum.at(largest, link.rows, np.abs(link.weights))
        factor = np.minimum(largest.max() / np.maximum(largest, 1e-30), MOST)
        # A neuron without weights has no reason for a scale of its own.
        found[name] = np.where(largest > 0, factor, 1.0)
    return found


def in_own_scales(timed: TimedNetwork, factors: Factors) -> TimedNetwork:
    """Multiply all numbers of each neuron by its factor."""
    network = timed.network
    populations = dict(timed.populations)
    of_network = dict(network.populations)
    for name, factor in factors.items():
        populations[name] = _scaled(populations[name], factor)
        of_network[name] = replace(of_network[name], neuron=populations[name].neuron)
    return replace(timed, network=replace(network, populations=of_network), populations=populations)


def _scaled(population: TimedPopulation, factor: np.ndarray) -> TimedPopulation:
    neuron = population.neuron

    def scaled(values: np.ndarray | None) -> np.ndarray | None:
        return None if values is None else values * factor

    return replace(
        population,
        neuron=replace(
            neuron,
            bias=neuron.bias * factor,
            theta=scaled(neuron.theta),
            v_start=scaled(neuron.v_start),
            v_min=scaled(neuron.v_min),
        ),
        links=tuple(
            replace(link, weights=link.weights.multiply(factor[:, None]).tocsr()) for link in population.links
        ),
        constants={step: values * factor for step, values in population.constants.items()},
        pulses={step: values * factor for step, values in population.pulses.items()},
    )
