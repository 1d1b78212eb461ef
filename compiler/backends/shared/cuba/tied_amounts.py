"""Which amounts two synapses hold exactly: for ties, whose weights are shares of thresholds."""

from __future__ import annotations

import math

import numpy as np

from .....targets.cuba import CubaChip
from ....ir.network import Neuron
from ....ir.timed_network import TimedPopulation

CODE_BITS = 8
"""A mantissa of fewer bits has its zeros at the lower end."""
ROUNDING = 1e-12
"""Of a float product, so that a scale chosen here is chosen again."""


def tie_bits(target: CubaChip) -> int:
    """Return the width of a tie's synapse: the widest there is, whatever width the weights are stored in."""
    return max(target.synapse.weight_bits)


def shifts(target: CubaChip) -> tuple[int, int]:
    """Return by how many binary places a digit of `tie_bits` can be shifted up, from least to most."""
    low, high = target.synapse.exponent
    spare = CODE_BITS - tie_bits(target)
    return max(0, low + spare), high + spare


def grid(target: CubaChip) -> int:
    """Return the step of weights that synapses of one sign can make, in units of the accumulator."""
    return 1 << shifts(target)[0]


def most_tied(target: CubaChip) -> int:
    """Return the largest weight that a few synapses make, in units of the accumulator."""
    return ((1 << tie_bits(target)) - 1) << shifts(target)[1]


def digits(sizes: np.ndarray, target: CubaChip) -> list[tuple[int, np.ndarray]]:
    """Write weights, (n,) int64 multiples of `grid` from 0 to `most_tied`, as sums of digits: (binary places, digits of
    `tie_bits`), the highest first. One is enough where the largest has so many bits."""
    bits, (least, most) = tie_bits(target), shifts(target)
    place = min(most, max(least, int(sizes.max(initial=0)).bit_length() - bits))
    found: list[tuple[int, np.ndarray]] = []
    rest = sizes
    while True:
        found.append((place, rest >> place))
        rest = rest - (found[-1][1] << place)
        if place == least or not rest.any():
            return found
        place = max(least, place - bits)


def on_one_synapse(units: float, population: TimedPopulation, target: CubaChip) -> float:
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
    place = min(shifts(target)[1], max(shifts(target)[0], held.bit_length() - tie_bits(target)))
    rounded = held >> place << place
    return units if rounded == 0 else min(units, rounded * shift / amount)


def threshold_units(population: TimedPopulation, units: float, target: CubaChip) -> np.ndarray:
    """Return (n,) int64 thresholds in units of the accumulator, of which ties take their shares."""
    shift = 1 << target.synapse.weight_shift
    step, (low, high) = grid(target), target.neuron.threshold_mantissa
    near = np.rint(population.thresholds * units / shift / step) * step
    return np.clip(near, max(low, step), high // step * step).astype(np.int64)


def level_units(thresholds: np.ndarray, times: float) -> np.ndarray:
    """Return (n,) int64, the nearest integers to `times` integer thresholds."""
    return np.rint(times * thresholds).astype(np.int64)


def register_below(neuron: Neuron) -> np.ndarray:
    """Return (n,) int64: how far below the threshold its register is. The chip fires above its register; without a leak
    membranes stop at multiples of one unit, and those at the threshold are above the unit below it."""
    return (neuron.at_threshold & (neuron.beta == 1)).astype(np.int64)


def tied_weights(share: np.ndarray, thresholds: np.ndarray, step: int) -> np.ndarray:
    """Return (n,) int64 weights of ties: the nearest multiple of a step to the share of an integer threshold."""
    return np.rint(share * thresholds / step).astype(np.int64) * step
