"""Chooses the unit of a layer's membrane, so that weights, biases and threshold round well.

The threshold is a whole number of units. All numbers of a layer are in its membrane's unit, so that the choice
changes nothing but rounding. At the finest unit in which nothing is cut off the single errors are smallest; but
errors of the weights onto one neuron, and that of its bias, add up in every step, and a unit a few per cent larger
often has far less of that.
"""

from __future__ import annotations

import math

import numpy as np

from ....sim.diagnostic import Diagnostic, error
from ....sim.nir.path import shown, stored_at
from ....targets.speck.model import SpeckChip
from ..shared.assumed_activity import SAME_SIGN_STEPS, SPIKE_RATE
from ..shared.common_step import count_of_steps, whole
from .lower import FloatLayer

HALF = 0.499
"""What a value may lie past the last integer and still be rounded to it."""
COARSEST = 0.85
"""Thresholds are tried down to this part of the largest."""
TRIED = 30


def too_large(layer: FloatLayer, chip: SpeckChip, weight_bits: int) -> list[Diagnostic]:
    """Refuse a layer whose weights or bias would need a threshold below the chip's least (SPK1035)."""
    if finest(layer, chip, weight_bits) * layer.theta >= chip.ranges.threshold[0]:
        return []
    largest = max(float(np.abs(layer.kernel).max()), float(np.abs(layer.bias).max(initial=0.0))) / layer.theta
    message = (
        f"{shown(layer.name)} has a weight or bias of {largest:.4g} times its threshold; with {weight_bits} bits the "
        f"chip has up to {(1 << (weight_bits - 1)) - 1}"
    )
    return [error("SPK1035", message, where=stored_at(layer.name))]


def units_in_one(layer: FloatLayer, chip: SpeckChip, weight_bits: int) -> float:
    """Choose the units in 1.0 of the network's membrane: the coarsest in which all numbers are whole, else of the
    thresholds tried the one with the least `drift`."""
    whole_units = _coarsest_exact(layer, chip, weight_bits)
    if whole_units is not None:
        return whole_units
    most = max(chip.ranges.threshold[0], math.floor(finest(layer, chip, weight_bits) * layer.theta))
    step = max(1, round(most * (1 - COARSEST) / TRIED))
    tried = range(most, max(0, math.ceil(most * COARSEST) - 1), -step)
    return min(tried, key=lambda threshold: drift(layer, threshold)) / layer.theta


def _coarsest_exact(layer: FloatLayer, chip: SpeckChip, weight_bits: int) -> float | None:
    """None where the numbers have no common step, or are too many steps of it."""
    values = np.concatenate((layer.kernel.reshape(-1), layer.bias))
    count = count_of_steps(values, 1 << (weight_bits - 1), _compared(layer))
    units = count / float(np.abs(values).max()) if count else 0.0
    most = min(finest(layer, chip, weight_bits), chip.ranges.threshold[1] / layer.theta)
    return units if 0 < units <= most else None


def _compared(layer: FloatLayer) -> np.ndarray:
    """What a membrane starts with and is held against."""
    ends = [layer.theta] if layer.floor is None else [layer.theta, layer.floor]
    return np.concatenate((ends, layer.start.reshape(-1)))


def strict_units(layer: FloatLayer, scale: float, chip: SpeckChip) -> int:
    """Units by which the threshold lies higher above the membranes, for `>` on a chip that has `>=`: 1 where all
    numbers are whole, so that a membrane can be as high as the threshold; else 0.

    A spike that sets the membrane to 0 leaves the threshold free to be higher; one that takes the threshold off it
    does not, and membranes and floor are lower."""
    numbers = np.concatenate((layer.kernel.reshape(-1), layer.bias, _compared(layer)))
    lowest = float(np.concatenate((_compared(layer), [0.0])).min()) * scale
    room = layer.theta * scale + 1 <= chip.ranges.threshold[1] and lowest - 1 > chip.ranges.low_threshold[0]
    return int(not layer.at_threshold and room and bool(whole(numbers * scale).all()))


def drift(layer: FloatLayer, threshold: int) -> float:
    """Expected square of what rounding adds to a membrane over SAME_SIGN_STEPS steps, in thresholds.

    Sources spike independently at SPIKE_RATE."""
    units = threshold / layer.theta
    weights, biases = layer.kernel.reshape(len(layer.kernel), -1) * units, layer.bias * units
    gap = np.rint(weights) - weights
    mean = SPIKE_RATE * gap.sum(axis=1) + np.rint(biases) - biases
    spread = SPIKE_RATE * (gap**2).sum(axis=1)
    return float(np.mean(SAME_SIGN_STEPS * mean**2 + spread)) / threshold**2


def finest(layer: FloatLayer, chip: SpeckChip, weight_bits: int) -> float:
    """Return the most units in 1.0 at which weights, biases, threshold, floor and initial states are in range once
    rounded."""
    ranges, most = chip.ranges, 1 << (weight_bits - 1)
    weight = (max(ranges.weight[0], -most), min(ranges.weight[1], most - 1))
    floors = np.array([] if layer.floor is None else [layer.floor])
    limits = (
        (layer.kernel, weight),
        (layer.bias, ranges.bias),
        (np.array([layer.theta]), ranges.threshold),
        (floors, ranges.low_threshold),
        (layer.start, ranges.state),
    )
    return min(_largest(values, *allowed) for values, allowed in limits)


def _largest(values: np.ndarray, low: int, high: int) -> float:
    top, bottom = float(values.max(initial=0.0)), float(values.min(initial=0.0))
    above = (high + HALF) / top if top > 0 else math.inf
    below = (low - HALF) / bottom if bottom < 0 else math.inf
    return min(above, below)
