"""Finds how the chip resets, and what synapses of neurons onto themselves give back.

A spike either clears the membrane, or takes the threshold off it behind the next leak; a register decides for the whole
chip. Where less is to be taken off, a synapse of the neuron onto itself brings the rest back in the same step: all of
the threshold for neurons that never reset, (1 - beta) of it for those that take it off before the decay. Where a gate
lowers thresholds, it takes the rest off.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...ir.timed_network import TimedNetwork, TimedPopulation


def to_zero(timed: TimedNetwork) -> bool:
    """Whether spikes clear membranes; `family_rules` has made all populations alike."""
    return any(
        p.neuron.theta is not None and p.neuron.reset == "to_value" for p in timed.populations.values()
    )


def given_back(population: TimedPopulation) -> np.ndarray:
    """(n,) share of the threshold that comes back in the step after a spike."""
    neuron = population.neuron
    if neuron.theta is None or neuron.reset == "to_value":
        return np.zeros(population.size)
    if neuron.reset == "none":
        return np.ones(population.size)
    return np.zeros(population.size) if neuron.reset_after_decay else 1.0 - neuron.beta


def all_given_back(timed: TimedNetwork) -> Mapping[str, np.ndarray]:
    """The same of each population that spikes."""
    return {name: given_back(p) for name, p in timed.populations.items() if p.neuron.theta is not None}


def brought_back(population: TimedPopulation, share: np.ndarray, left: np.ndarray) -> np.ndarray:
    """(n,) share of the threshold that a synapse of each neuron onto itself brings. share: of the threshold that comes
    back. left: what is left of what arrives when neurons fire, to which their thresholds are lowered."""
    if population.neuron.reset == "to_value":
        return np.zeros(population.size)
    return left - (1.0 - share)


def came_back(
    share: np.ndarray, units: np.ndarray, population: TimedPopulation, threshold: np.ndarray, shift: int
) -> np.ndarray:
    """(n,) int64 code of the synapse onto itself that leaves of what the chip takes off, its threshold, what the
    network takes off. share: of the threshold that comes back. units: integers in one unit of the float membrane."""
    if population.neuron.reset == "to_value":
        return np.zeros(share.size, dtype=np.int64)
    amount = threshold - (1.0 - share) * units * population.thresholds
    return np.rint(amount / (1 << shift)).astype(np.int64)
