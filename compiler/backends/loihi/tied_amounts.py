"""Which amounts two synapses hold exactly: for ties, whose weights are shares of thresholds."""

from __future__ import annotations

import math

import numpy as np

from ....targets.loihi1.model import LoihiChip
from ...ir.network import Neuron
from ...ir.timed_network import TimedPopulation

TIE_BITS = 8
"""Ties have formats of their own, whatever width the weights are stored in."""
ROUNDING = 1e-12
"""Of a float product, so that a scale chosen here is chosen again."""
TOP = (1 << TIE_BITS) - 1


def most_tied(target: LoihiChip) -> int:
    """Return the largest weight that two synapses make of every integer up to it, in units of the accumulator."""
    return (TOP << _coarsest(target)) + (1 << _coarsest(target)) - 1


def _coarsest(target: LoihiChip) -> int:
    return min(target.synapse.exponent[1], TIE_BITS)


def on_one_synapse(units: float, population: TimedPopulation, target: LoihiChip) -> float:
    """Return the largest scale up to `units` at which the weight of every tie is a mantissa times a power of two, so
    that one synapse holds it: at most 1/128 below. `units` itself where neurons differ, or where there are no ties."""
    theta = population.thresholds
    amounts = [np.abs(tie.share) * theta for tie in population.ties]
    distinct = {float(value) for amount in amounts for value in amount if value > 0}
    if len(distinct) != 1:
        return units
    shift = 1 << target.synapse.weight_shift
    (amount,) = distinct
    held = math.floor(amount * units / shift * (1 + ROUNDING))
    exponent = max(0, held.bit_length() - TIE_BITS)
    rounded = held >> exponent << exponent
    return units if rounded == 0 else min(units, rounded * shift / amount)


def threshold_units(population: TimedPopulation, units: float, target: LoihiChip) -> np.ndarray:
    """Return (n,) int64 thresholds in units of the accumulator, of which ties take their shares."""
    shift = 1 << target.synapse.weight_shift
    low, high = target.neuron.threshold_mantissa
    return np.clip(np.rint(population.thresholds * units / shift), low, high).astype(np.int64)


def level_units(thresholds: np.ndarray, times: float) -> np.ndarray:
    """Return (n,) int64, the nearest integers to `times` integer thresholds."""
    return np.rint(times * thresholds).astype(np.int64)


def register_below(neuron: Neuron) -> np.ndarray:
    """Return (n,) int64: how far below the threshold its register is. The chip fires above its register; without a leak
    membranes stop at multiples of one unit, and those at the threshold are above the unit below it."""
    return (neuron.at_threshold & (neuron.beta == 1)).astype(np.int64)


def tied_weights(share: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Return (n,) int64 weights of ties: the nearest integer to the share of an integer threshold."""
    return np.rint(share * thresholds).astype(np.int64)
