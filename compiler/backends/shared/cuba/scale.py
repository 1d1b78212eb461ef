"""Chooses how many integer steps make 1.0 of a membrane: the largest scale that neither clips nor wraps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from .....targets.cuba import CubaChip
from .....targets.machines.synapse_rows import SynapseRows
from ....ir.calibration import Reach
from ....ir.timed_network import TimedPopulation
from ..common_step import count_of_steps
from .decays import Decays
from .tied_amounts import most_tied, on_one_synapse


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """What reaches a population, in float.

    weights: source -> synapses, float64 weights, delay fields. register_bias: (n,) constant of the bias register.
    axon_bias: chip step -> (n,) constant that an always-on axon brings from that step on. pulses: chip step -> (n,)
    what the event of an axon brings in that step alone. tied: of each tie the (n,) amounts that its synapses bring."""

    weights: Mapping[str, SynapseRows]
    register_bias: np.ndarray
    axon_bias: Mapping[int, np.ndarray]
    pulses: Mapping[int, np.ndarray] = field(default_factory=dict)
    tied: tuple[np.ndarray, ...] = ()

    @property
    def of_axons(self) -> tuple[np.ndarray, ...]:
        """All that axons bring which are no synapses of the network."""
        return (*self.axon_bias.values(), *self.pulses.values())

    @cached_property
    def signed(self) -> tuple[np.ndarray, np.ndarray]:
        """(n,) sums of all that can raise a neuron in one step, and of all that can lower it, ties left out."""
        n = self.register_bias.size
        up, down = np.zeros(n), np.zeros(n)
        for rows in self.weights.values():
            more, less = rows.summed(n, np.maximum(rows.weight, 0), np.maximum(-rows.weight, 0))
            up, down = up + more, down + less
        for vector in self.of_axons:
            up = up + np.maximum(vector, 0)
            down = down + np.maximum(-vector, 0)
        return up, down

    @cached_property
    def arriving(self) -> np.ndarray:
        """(n,) largest |sum of weights| that can reach a neuron in one step, in float units, 1 % more for rounding."""
        up, down = self.signed
        for amount in self.tied:
            up = up + np.maximum(amount, 0)
            down = down + np.maximum(-amount, 0)
        return 1.01 * np.maximum(up, down)


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


def largest_mantissa(weight_bits: int, *, mixed: bool) -> tuple[int, int]:
    """Return (largest mantissa, step) of a weight width.

    Mixed signs: -(256-s)..256-s in steps of s = 2**(9 - bits); one sign: half that step."""
    step = 1 << (8 - weight_bits + (1 if mixed else 0))
    return 256 - step, step


def split_exponent(weight_bits: int) -> int:
    """Return the largest exponent of a coarse synapse whose rounding error, half a step, a fine one of exponent 0 can
    hold."""
    step = largest_mantissa(weight_bits, mixed=True)[1]
    return int(math.log2(2 * largest_mantissa(weight_bits, mixed=False)[0] / step))


@dataclass(frozen=True, kw_only=True)
class Precision:
    """How weights are stored.

    weight_bits: of a synapse. split_signs: positive and negative weights on synapses of their own (a bit more, twice
    the axons). split_weights: a second synapse for what the first one's grid leaves over."""

    weight_bits: int = 8
    split_signs: bool = False
    split_weights: bool = False

    def mixed(self, weights: np.ndarray) -> bool:
        """Whether one format has to hold both signs."""
        return not self.split_signs and bool((weights > 0).any() and (weights < 0).any())

    def reach(self, weights: np.ndarray) -> tuple[int, int]:
        """Return (largest mantissa, step) at exponent 0. The finest grid of split weights has one sign a synapse."""
        return largest_mantissa(self.weight_bits, mixed=not self.split_weights and self.mixed(weights))


def choose_scale(
    population: TimedPopulation,
    incoming: Incoming,
    decay: Decays,
    target: CubaChip,
    precision: Precision,
    reach: Reach | None = None,
    at_most: float = math.inf,
) -> Scale:
    """Choose the scale of one population. reach: what was measured of one with ties. at_most: largest scale of one with
    ties.

    Where one synapse holds a weight, its grid grows by powers of two; split weights have the finest grid at any scale.
    """
    shift = 1 << target.synapse.weight_shift
    weights = [w.weight for w in incoming.weights.values() if w.weight.any()]
    per_unit = [_mantissa_of_largest(w, precision) * shift / float(np.abs(w).max()) for w in weights]
    base = min(per_unit, default=float(shift))
    cap = min(_cap(population, incoming, target), at_most)
    proven = min(cap, _proven_limit(population, incoming, decay, target))
    highest = target.synapse.exponent[1]
    if population.ties:
        return _scale_of_tied(population, incoming, decay, target, precision, base, cap, proven, reach)
    if base <= proven:
        exponent = min(highest, math.floor(math.log2(proven / base)))
        units = base * 2.0**exponent
        if precision.split_weights:
            finest = base / _mantissa_steps(weights, precision)
            units = max(
                units,
                min(proven, base * 2.0 ** min(highest, split_exponent(precision.weight_bits)))
                // finest
                * finest,
            )
        return _scale(incoming, target, precision, units, exponent, proven=True)
    units = min(base, cap, _likely_limit(population, incoming, decay, target))
    if population.neuron.theta is None:
        # A membrane that is read out must not saturate, nor reach the threshold register: precision gives way.
        units = min(units, _current_limit(population, incoming, decay, target))
    return _scale(incoming, target, precision, units, 0, proven=units <= proven)


STEPS = 64
"""For how many steps inhibition that outweighs excitation is added up by a membrane that hardly leaks."""


def _scale_of_tied(
    population: TimedPopulation,
    incoming: Incoming,
    decay: Decays,
    target: CubaChip,
    precision: Precision,
    base: float,
    cap: float,
    proven: float,
    reach: Reach | None,
) -> Scale:
    """The scale of neurons that take their own threshold off by a synapse: their membrane is the current."""
    highest = min(target.synapse.exponent[1], split_exponent(precision.weight_bits))
    limit = min(
        cap,
        _tied_limit(population, incoming, decay, target)
        if reach is None
        else _measured_limit(incoming, reach, target, two_states=population.neuron.alpha is not None),
    )
    if precision.split_weights:
        units, exponent = min(limit, base * 2.0**highest), 0
    else:
        exponent = max(0, min(highest, math.floor(math.log2(limit / base)))) if limit > 0 else 0
        units = min(limit, base * 2.0**exponent)
    units = on_one_synapse(units, population, target)
    return _scale(incoming, target, precision, units, exponent, proven=units <= proven)


def _tied_limit(population: TimedPopulation, incoming: Incoming, decay: Decays, target: CubaChip) -> float:
    """The scale at which spikes at rate 1/2, three standard deviations off, still fit sum and current."""
    mean, deviation = _likely(population.size, incoming)
    taken = sum((np.abs(amount) for amount in incoming.tied), np.zeros(population.size))
    up, down = np.maximum(mean + 3 * deviation, 0), np.maximum(3 * deviation - mean, 0)
    sums = float(np.maximum(up, down + taken).max(initial=0.0))
    kept = np.minimum(1 / np.maximum(1 - decay.alpha, 1e-12), STEPS)
    high = population.most_thresholds * population.thresholds + up + np.maximum(up - taken, 0) * kept
    low = taken + np.maximum(-mean, 0) * kept + 3 * deviation * np.sqrt(kept)
    top = float(1 << (target.neuron.u_bits - 1))
    current = float(np.maximum(high, low).max(initial=0.0))
    return min(_limit(target) / sums if sums > 0 else math.inf, top / current if current > 0 else math.inf)


MARGIN = 1.25
"""How much further than measured sums and membranes may go."""


def _measured_limit(incoming: Incoming, reach: Reach, target: CubaChip, *, two_states: bool) -> float:
    """The scale at which what was measured fits, with a margin, even if the most arrives in the step of a reset."""
    taken = sum(float(np.abs(amount).max(initial=0.0)) for amount in incoming.tied)
    sums = MARGIN * max(reach.up, reach.down) + taken
    current = MARGIN * max(reach.high, reach.low, reach.current if two_states else 0.0) + (
        taken if two_states else 0.0
    )
    top = float(1 << (target.neuron.u_bits - 1))
    return min(_limit(target) / sums if sums > 0 else math.inf, top / current if current > 0 else math.inf)


def _likely(n: int, incoming: Incoming) -> tuple[np.ndarray, np.ndarray]:
    """(n,) mean and standard deviation of what arrives in a step if sources spike at rate 1/2."""
    mean, variance = np.zeros(n), np.zeros(n)
    for rows in incoming.weights.values():
        total, squares = rows.summed(n, rows.weight, rows.weight**2)
        mean, variance = mean + 0.5 * total, variance + 0.25 * squares
    for vector in incoming.axon_bias.values():
        mean = mean + vector
    return mean, np.sqrt(variance)


def _mantissa_steps(weights: list[np.ndarray], precision: Precision) -> int:
    """By how much a scale may be divided and all weights on a common step stay on the grid."""
    counts = [count_of_steps(w, precision.reach(w)[0] // precision.reach(w)[1]) for w in weights]
    tops = {_mantissa_of_largest(w, precision) // k for w, k in zip(weights, counts, strict=True) if k}
    return tops.pop() if len(tops) == 1 and all(counts) else 1 << 20


def _mantissa_of_largest(weights: np.ndarray, precision: Precision) -> int:
    """As large as fits; of weights that are multiples of one step (trained for few bits) a multiple of their
    count of steps, so that all of them stay exact."""
    top, step = precision.reach(weights)
    count = count_of_steps(weights, top // step)
    return top // step // count * count * step if count else top


def _likely_limit(population: TimedPopulation, incoming: Incoming, decay: Decays, target: CubaChip) -> float:
    """The scale at which the constants and spikes at rate 1/2, three standard deviations off, still fit.

    Used where the worst case (every source at once) would cost bits that real rasters never need."""
    mean, deviation = _likely(population.size, incoming)
    spread = 3 * deviation
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


def _limit(target: CubaChip) -> int:
    return 1 << (target.neuron.q_bits - 1)


def _scale(
    incoming: Incoming, target: CubaChip, precision: Precision, units: float, exponent: int, *, proven: bool
) -> Scale:
    shift = 1 << target.synapse.weight_shift
    steps = [
        precision.reach(w.weight)[1]
        << (0 if precision.split_weights else exponent_for(w.weight, units, precision, shift))
        for w in incoming.weights.values()
        if w.weight.size
    ]
    if incoming.of_axons:
        steps.append(largest_mantissa(precision.weight_bits, mixed=True)[1])
    return Scale(
        units=units,
        exponent=exponent,
        grid_units=math.gcd(*steps) * shift if steps else shift,
        arriving_units=incoming.arriving * units,
        arriving_limit=_limit(target),
        proven=proven,
    )


def exponent_for(weights: np.ndarray, units: float, precision: Precision, shift: int) -> int:
    """Return the smallest exponent at which no weight clips."""
    top, _ = precision.reach(weights)
    largest = float(np.abs(weights).max(initial=0.0)) * units / shift
    return max(0, math.ceil(math.log2(largest / top) - 1e-9)) if largest > top else 0


def _cap(population: TimedPopulation, incoming: Incoming, target: CubaChip) -> float:
    """The scale above which threshold, bias register or bias axon would not hold their value."""
    chip = target.neuron
    caps = [math.inf]
    theta = population.neuron.theta
    if theta is not None and theta.size and theta.max() > 0:
        top = chip.threshold_mantissa[1] << chip.threshold_shift
        caps.append(top / (population.most_thresholds * float(theta.max())))
    register = float(np.abs(incoming.register_bias).max(initial=0.0))
    if register > 0:
        caps.append((chip.bias_mantissa[1] << chip.bias_exponent[1]) / register)
    for amount in incoming.tied:
        largest = float(np.abs(amount).max(initial=0.0))
        if largest > 0:
            caps.append((most_tied(target) << target.synapse.weight_shift) / largest)
    for vector in incoming.of_axons:
        largest = float(np.abs(vector).max(initial=0.0))
        if largest > 0:
            top = largest_mantissa(8, mixed=True)[0] << (
                target.synapse.exponent[1] + target.synapse.weight_shift
            )
            caps.append(top / largest)
    return min(caps)


def _proven_limit(population: TimedPopulation, incoming: Incoming, decay: Decays, target: CubaChip) -> float:
    """The scale up to which neither the sum nor the current can wrap, whatever arrives."""
    arriving = float(incoming.arriving.max(initial=0.0))
    sums = _limit(target) / arriving if arriving > 0 else math.inf
    return (1 - 1e-9) * min(sums, _current_limit(population, incoming, decay, target))


def _current_limit(population: TimedPopulation, incoming: Incoming, decay: Decays, target: CubaChip) -> float:
    """The scale up to which current plus bias, and for a read-out the membrane, stay inside their registers."""
    current = float(incoming.arriving.max(initial=0.0)) / max(
        1e-12, float((1 - decay.alpha).min(initial=1.0))
    )
    driven = current + float(np.abs(incoming.register_bias).max(initial=0.0))
    top = 1 << (target.neuron.u_bits - 1)
    if driven <= 0:
        return math.inf
    if population.neuron.theta is not None:
        return top / driven
    leak = float((1 - decay.beta).min(initial=1.0))
    membrane = (top - (1 << target.neuron.threshold_shift)) * leak / driven
    return min(top / driven, membrane if leak > 0 else math.inf)
