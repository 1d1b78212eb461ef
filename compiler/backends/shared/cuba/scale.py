"""Chooses how many integer steps make 1.0 of a membrane: the largest scale that neither clips nor wraps."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ....ir.calibration import Reach
from .precision import (
    Precision,
    exponent_for,
    largest_mantissa,
    mantissa_of_largest,
    mantissa_steps,
    split_exponent,
)
from .scale_limits import (
    Fed,
    accumulator_limit,
    current_limit,
    likely_limit,
    proven_limit,
    register_limit,
    tied_limit,
)
from .tied_amounts import on_one_synapse


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The scale of a population.

    units: integer steps per 1.0. exponent: of the largest weights. grid_units: what all weights are multiples of.
    arriving_units: (n,) largest possible |sum| in one step. arriving_limit: what it has to stay below. proven: no wrap
    of sum or current is possible."""

    units: float
    exponent: int
    grid_units: int
    arriving_units: np.ndarray
    arriving_limit: int
    proven: bool

    @property
    def past_limit(self) -> int:
        """Count the neurons onto which the weights could add up past the accumulator."""
        return int((self.arriving_units >= self.arriving_limit).sum())


def choose_scale(
    fed: Fed, precision: Precision, reach: Reach | None = None, at_most: float = math.inf
) -> Scale:
    """Choose the scale of one population. reach: what was measured of one with ties. at_most: largest scale of one with
    ties.

    Where one synapse holds a weight, its grid grows by powers of two; split weights have the finest grid at any scale.
    """
    weights = [rows.weight for rows in fed.incoming.weights.values() if rows.weight.any()]
    base = _of_plain_mantissas(weights, fed, precision)
    most = min(register_limit(fed), at_most)
    proven = min(most, proven_limit(fed))
    if fed.population.ties:
        return _of_tied(fed, precision, base, min(most, tied_limit(fed, reach)), proven)
    if base <= proven:
        highest = fed.target.synapse.exponent[1]
        exponent = min(highest, math.floor(math.log2(proven / base)))
        units = base * 2.0**exponent
        if precision.split_weights:
            finest = base / mantissa_steps(weights, precision)
            reached = min(proven, base * 2.0 ** min(highest, split_exponent(precision.weight_bits)))
            units = max(units, reached // finest * finest)
        return _scale(fed, precision, units, exponent, proven)
    units = min(base, most, likely_limit(fed))
    if fed.population.neuron.theta is None:
        # A membrane that is read out must not saturate, nor reach the threshold register: precision gives way.
        units = min(units, current_limit(fed))
    return _scale(fed, precision, units, 0, proven)


def _of_plain_mantissas(weights: list[np.ndarray], fed: Fed, precision: Precision) -> float:
    """The scale at which the largest weights are the largest mantissas, without an exponent."""
    shift = 1 << fed.target.synapse.weight_shift
    per_unit = (mantissa_of_largest(w, precision) * shift / float(np.abs(w).max()) for w in weights)
    return min(per_unit, default=float(shift))


def _of_tied(fed: Fed, precision: Precision, base: float, limit: float, proven: float) -> Scale:
    """The scale of neurons that take their own threshold off by a synapse: their membrane is the current."""
    highest = min(fed.target.synapse.exponent[1], split_exponent(precision.weight_bits))
    exponent = 0
    if precision.split_weights:
        units = min(limit, base * 2.0**highest)
    else:
        exponent = max(0, min(highest, math.floor(math.log2(limit / base)))) if limit > 0 else 0
        units = min(limit, base * 2.0**exponent)
    return _scale(fed, precision, on_one_synapse(units, fed.population, fed.target), exponent, proven)


def _scale(fed: Fed, precision: Precision, units: float, exponent: int, proven: float) -> Scale:
    """proven: the scale up to which no sum and no current can wrap."""
    shift = 1 << fed.target.synapse.weight_shift
    steps = [
        precision.reach(rows.weight)[1]
        << (0 if precision.split_weights else exponent_for(rows.weight, units, precision, shift))
        for rows in fed.incoming.weights.values()
        if rows.weight.size
    ]
    if fed.incoming.of_axons:
        steps.append(largest_mantissa(precision.weight_bits, mixed=True)[1])
    return Scale(
        units=units,
        exponent=exponent,
        grid_units=math.gcd(*steps) * shift if steps else shift,
        arriving_units=fed.incoming.arriving * units,
        arriving_limit=accumulator_limit(fed.target),
        proven=units <= proven,
    )
