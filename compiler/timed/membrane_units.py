"""Counts the membrane of each neuron in a unit of its own, as its threshold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..ir.timed_network import TimedPopulation


def in_units_of(population: TimedPopulation, units: np.ndarray) -> TimedPopulation:
    """Count the membrane of each neuron in a unit of its own; `neuron.v_reset` alone stays in the file's. units: (n,)
    above 0, of the float membrane."""
    from scipy import sparse

    inverse = sparse.diags_array(1.0 / units)
    neuron = population.neuron

    def counted(values: np.ndarray | None) -> np.ndarray | None:
        return None if values is None else values / units

    return replace(
        population,
        neuron=replace(
            neuron,
            bias=neuron.bias / units,
            theta=counted(neuron.theta),
            v_start=counted(neuron.v_start),
            v_min=counted(neuron.v_min),
        ),
        links=tuple(
            replace(link, weights=sparse.csr_array(inverse @ link.weights)) for link in population.links
        ),
        constants={step: vector / units for step, vector in population.constants.items()},
        pulses={step: vector / units for step, vector in population.pulses.items()},
    )
