"""How many integer steps make 1.0 of a population's membrane: the largest scale that neither clips nor wraps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...targets.model import Target
from ..network import Population
from .fixed_tau import Decays

Synapses = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""rows (post), cols (pre), float weights, delay fields: (k,) each."""


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """What reaches a population, in float: synapses by source; the constant in the bias register (n,); constants
    that an always-on axon brings from a chip step on, chip step -> (n,)."""

    weights: Mapping[str, Synapses]
    register_bias: np.ndarray
    axon_bias: Mapping[int, np.ndarray]
    lag_steps: int


@dataclass(frozen=True, kw_only=True)
class Scale:
    """units: integer steps per 1.0. exponent: of the largest weights. grid_units: what all weights are multiples
    of. arriving_units: (n,) largest possible |sum| in one step; proven: no wrap of sum or current is possible."""

    units: float
    exponent: int
    grid_units: int
    arriving_units: np.ndarray
    arriving_limit: int
    proven: bool

    @property
    def past_limit(self) -> int:
        """Neurons onto which the weights could add up past the accumulator."""
        return int((self.arriving_units >= self.arriving_limit).sum())


def largest_mantissa(weight_bits: int, *, mixed: bool) -> tuple[int, int]:
    """(largest mantissa, step): mixed signs -(256-s)..256-s in steps of s = 2**(9 - bits), one sign half that."""
    step = 1 << (8 - weight_bits + (1 if mixed else 0))
    return 256 - step, step


@dataclass(frozen=True, kw_only=True)
class Precision:
    """weight_bits of a synapse; split_signs: positive and negative weights on synapses of their own (a bit more,
    twice the axons); split_weights: a second synapse for what the first one's grid leaves over."""

    weight_bits: int = 8
    split_signs: bool = False
    split_weights: bool = False

    def mixed(self, weights: np.ndarray) -> bool:
        """Whether one format has to hold both signs."""
        return not self.split_signs and bool((weights > 0).any() and (weights < 0).any())


def choose_scale(
    population: Population, incoming: Incoming, decay: Decays, target: Target, precision: Precision
) -> Scale:
    """The scale of one population; see the module."""
    shift = 1 << target.synapse.weight_shift
    per_unit = [
        largest_mantissa(precision.weight_bits, mixed=precision.mixed(w[2]))[0]
        * shift
        / float(np.abs(w[2]).max())
        for w in incoming.weights.values()
        if w[2].size and np.abs(w[2]).max() > 0
    ]
    base = min(per_unit, default=float(shift))
    cap = _cap(population, incoming, target)
    exponents = range(target.synapse.exponent[1], -1, -1)
    for exponent in exponents:
        units = base * 2.0**exponent
        if (
            units <= cap
            and _arriving(incoming) * units < _limit(target)
            and _current_fits(population, incoming, decay, target, units)
        ):
            return _scale(incoming, target, precision, units, exponent, proven=True)
    units = min(base, cap, _likely_limit(population, incoming, decay, target))
    if population.neuron.theta is None:
        # A membrane that is read out must not saturate, nor reach the threshold register: precision gives way.
        while not _current_fits(population, incoming, decay, target, units):
            units /= 2.0
    proven = _arriving(incoming) * units < _limit(target) and _current_fits(
        population, incoming, decay, target, units
    )
    return _scale(incoming, target, precision, units, 0, proven=proven)


def _likely_limit(population: Population, incoming: Incoming, decay: Decays, target: Target) -> float:
    """The scale at which the constants and spikes at rate 1/2, three standard deviations off, still fit.

    Used where the worst case (every source at once) would cost bits that real rasters never need."""
    n = population.size
    mean, variance = np.zeros(n), np.zeros(n)
    for rows, _, weights, _ in incoming.weights.values():
        mean += 0.5 * np.bincount(rows, weights, n)
        variance += 0.25 * np.bincount(rows, weights**2, n)
    for vector in incoming.axon_bias.values():
        mean += vector
    spread = 3 * np.sqrt(variance)
    extreme = np.maximum(np.abs(mean + spread), np.abs(mean - spread))
    current = extreme / np.maximum(1 - decay.alpha, 1e-12) + np.abs(incoming.register_bias)
    low = np.maximum(0, spread - mean) / np.maximum(1 - decay.alpha, 1e-12)
    membrane = low / np.maximum(1 - decay.beta, 1e-12) * (decay.voltage_code > 0)
    top = float(1 << (target.neuron.u_bits - 1))
    largest = float(np.maximum(current, membrane).max(initial=0.0))
    arriving = float(extreme.max(initial=0.0))
    return min(
        top / largest if largest > 0 else math.inf, _limit(target) / arriving if arriving > 0 else math.inf
    )


def _limit(target: Target) -> int:
    return 1 << (target.neuron.q_bits - 1)


def _scale(
    incoming: Incoming, target: Target, precision: Precision, units: float, exponent: int, *, proven: bool
) -> Scale:
    shift = 1 << target.synapse.weight_shift
    steps = [
        largest_mantissa(precision.weight_bits, mixed=precision.mixed(w[2]))[1]
        << exponent_for(w[2], units, precision, shift)
        for w in incoming.weights.values()
        if w[2].size
    ]
    if incoming.axon_bias:
        steps.append(largest_mantissa(precision.weight_bits, mixed=True)[1])
    return Scale(
        units=units,
        exponent=exponent,
        grid_units=math.gcd(*steps) * shift if steps else shift,
        arriving_units=_arriving_each(incoming) * units,
        arriving_limit=_limit(target),
        proven=proven,
    )


def exponent_for(weights: np.ndarray, units: float, precision: Precision, shift: int) -> int:
    """The smallest exponent at which no weight clips."""
    top, _ = largest_mantissa(precision.weight_bits, mixed=precision.mixed(weights))
    wanted = float(np.abs(weights).max(initial=0.0)) * units / shift
    return max(0, math.ceil(math.log2(wanted / top) - 1e-9)) if wanted > top else 0


def _cap(population: Population, incoming: Incoming, target: Target) -> float:
    """The scale above which threshold, bias register or bias axon would not hold their value."""
    chip = target.neuron
    caps = [math.inf]
    theta = population.neuron.theta
    if theta is not None and theta.size and theta.max() > 0:
        caps.append((chip.threshold_mantissa[1] << chip.threshold_shift) / float(theta.max()))
    register = float(np.abs(incoming.register_bias).max(initial=0.0))
    if register > 0:
        caps.append((chip.bias_mantissa[1] << chip.bias_exponent[1]) / register)
    for vector in incoming.axon_bias.values():
        largest = float(np.abs(vector).max(initial=0.0))
        if largest > 0:
            top = largest_mantissa(8, mixed=True)[0] << (
                target.synapse.exponent[1] + target.synapse.weight_shift
            )
            caps.append(top / largest)
    return min(caps)


def _arriving(incoming: Incoming) -> float:
    return float(_arriving_each(incoming).max(initial=0.0))


def _arriving_each(incoming: Incoming) -> np.ndarray:
    """(n,) largest |sum of weights| that can reach a neuron in one step, in float units, 1 % more for rounding."""
    n = incoming.register_bias.size
    up, down = np.zeros(n), np.zeros(n)
    for rows, _, weights, _ in incoming.weights.values():
        up += np.bincount(rows, np.maximum(weights, 0), n)
        down += np.bincount(rows, np.maximum(-weights, 0), n)
    for vector in incoming.axon_bias.values():
        up += np.maximum(vector, 0)
        down += np.maximum(-vector, 0)
    return 1.01 * np.maximum(up, down)


def _current_fits(
    population: Population, incoming: Incoming, decay: Decays, target: Target, units: float
) -> bool:
    """Whether current plus bias, and for a read-out the membrane, stay inside their registers."""
    arriving = _arriving(incoming)
    current = arriving / max(1e-12, float((1 - decay.alpha).min(initial=1.0)))
    driven = current + float(np.abs(incoming.register_bias).max(initial=0.0))
    top = 1 << (target.neuron.u_bits - 1)
    if driven * units >= top:
        return False
    if population.neuron.theta is not None:
        return True
    leak = float((1 - decay.beta).min(initial=1.0))
    return leak <= 0 or driven / leak * units < top - (1 << target.neuron.threshold_shift)
