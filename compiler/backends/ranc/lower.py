"""Lowers a population to neurons that integrate and fire, in their own thresholds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...ir.calibration import Tuning
from ...ir.timed_network import TimedPopulation
from ...timed.constants import constant_from_chip_start
from ...timed.membrane_units import in_units_of
from ..shared.assumed_activity import LEAK_AT


@dataclass(frozen=True, kw_only=True)
class FloatNeurons:
    """A population in float. population: counted in thresholds, so that each is 1; all that a step adds is in its bias,
    with the constant that stands for a leak. leak: (n,) that constant, at most 0. theta: (n,) the thresholds, in the
    float membrane."""

    population: TimedPopulation
    leak: np.ndarray
    theta: np.ndarray


def lower(population: TimedPopulation, tuning: Tuning) -> FloatNeurons:
    """Lower a population whose thresholds are above 0."""
    theta = population.thresholds * tuning.threshold.get(population.name, 1.0)
    counted = constant_from_chip_start(in_units_of(population, theta))
    calibrated = tuning.leak.get(population.name)
    leak = -(LEAK_AT * (1 - population.neuron.beta) if calibrated is None else np.array(calibrated))
    neuron = replace(counted.neuron, bias=counted.neuron.bias + leak)
    return FloatNeurons(population=replace(counted, neuron=neuron), leak=leak, theta=theta)
