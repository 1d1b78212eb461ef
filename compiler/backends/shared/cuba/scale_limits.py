"""How far a scale may go before a register or the accumulator of a population would not hold what it has to."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .....targets.cuba import CubaChip
from ....ir.calibration import Reach
from ....ir.timed_network import TimedPopulation
from .decays import Decays
from .incoming import Incoming
from .precision import largest_mantissa
from .tied_amounts import most_tied


@dataclass(frozen=True, kw_only=True)
class Fed:
    """A population on a chip: its decays there, and what reaches it."""

    population: TimedPopulation
    incoming: Incoming
    decay: Decays
    target: CubaChip


STEPS = 64
"""For how many steps inhibition that outweighs excitation is added up by a membrane that hardly leaks."""
MARGIN = 1.25
"""How much further than measured sums and membranes may go."""


def accumulator_limit(target: CubaChip) -> int:
    """Return what sums of a step have to stay below, in size."""
    return 1 << (target.neuron.q_bits - 1)


def register_limit(fed: Fed) -> float:
    """Return the scale above which threshold, bias register, tie or bias axon would not hold their value."""
    chip, synapse = fed.target.neuron, fed.target.synapse
    theta = fed.population.neuron.theta
    highest = 0.0 if theta is None else fed.population.most_thresholds * float(theta.max(initial=0.0))
    on_axon = largest_mantissa(8, mixed=True)[0] << (synapse.exponent[1] + synapse.weight_shift)
    on_tie = most_tied(fed.target) << synapse.weight_shift
    limits = [
        _over(chip.threshold_mantissa[1] << chip.threshold_shift, highest),
        _over(chip.bias_mantissa[1] << chip.bias_exponent[1], _largest(fed.incoming.register_bias)),
        *(_over(on_tie, _largest(amount)) for amount in fed.incoming.tied),
        *(_over(on_axon, _largest(vector)) for vector in fed.incoming.of_axons),
    ]
    return min(limits)


def proven_limit(fed: Fed) -> float:
    """Return the scale up to which neither the sum nor the current can wrap, whatever arrives."""
    sums = _over(accumulator_limit(fed.target), float(fed.incoming.arriving.max(initial=0.0)))
    return (1 - 1e-9) * min(sums, current_limit(fed))


def current_limit(fed: Fed) -> float:
    """Return the scale up to which current plus bias, and for a read-out the membrane, stay inside their registers."""
    least_leak = max(1e-12, float((1 - fed.decay.alpha).min(initial=1.0)))
    current = float(fed.incoming.arriving.max(initial=0.0)) / least_leak
    driven = current + _largest(fed.incoming.register_bias)
    top = _top(fed.target)
    if driven <= 0 or fed.population.neuron.theta is not None:
        return _over(top, driven)
    leak = float((1 - fed.decay.beta).min(initial=1.0))
    membrane = (top - (1 << fed.target.neuron.threshold_shift)) * leak / driven
    return min(top / driven, membrane if leak > 0 else math.inf)


def likely_limit(fed: Fed) -> float:
    """Return the scale at which the constants and spikes at rate 1/2, three standard deviations off, still fit.

    Used where the worst case (every source at once) would cost bits that real rasters never need."""
    mean, deviation = _at_half_rate(fed)
    spread = 3 * deviation
    extreme = np.maximum(np.abs(mean + spread), np.abs(mean - spread))
    current_leak = np.maximum(1 - fed.decay.alpha, 1e-12)
    current = extreme / current_leak + np.abs(fed.incoming.register_bias)
    low = np.maximum(0, spread - mean) / current_leak
    membrane = low / np.maximum(1 - fed.decay.beta, 1e-12) * (fed.decay.voltage_code > 0)
    return min(
        _over(_top(fed.target), float(np.maximum(current, membrane).max(initial=0.0))),
        _over(accumulator_limit(fed.target), float(extreme.max(initial=0.0))),
    )


def tied_limit(fed: Fed, reach: Reach | None) -> float:
    """Return the scale of neurons with ties at which sum and current fit: what was measured of them, with a margin and
    the most arriving in the step of a reset, or spikes at rate 1/2, three standard deviations off."""
    sums, current = _assumed(fed) if reach is None else _measured(fed, reach)
    return min(_over(accumulator_limit(fed.target), sums), _over(_top(fed.target), current))


def _measured(fed: Fed, reach: Reach) -> tuple[float, float]:
    """Largest sum of a step, largest current."""
    taken = sum(_largest(amount) for amount in fed.incoming.tied)
    sums = MARGIN * max(reach.up, reach.down) + taken
    if fed.population.neuron.alpha is None:
        return sums, MARGIN * max(reach.high, reach.low)
    return sums, MARGIN * max(reach.high, reach.low, reach.current) + taken


def _assumed(fed: Fed) -> tuple[float, float]:
    """Largest sum of a step, largest current."""
    mean, deviation = _at_half_rate(fed)
    taken = sum((np.abs(amount) for amount in fed.incoming.tied), np.zeros(fed.population.size))
    up, down = np.maximum(mean + 3 * deviation, 0), np.maximum(3 * deviation - mean, 0)
    sums = float(np.maximum(up, down + taken).max(initial=0.0))
    kept = np.minimum(1 / np.maximum(1 - fed.decay.alpha, 1e-12), STEPS)
    high = fed.population.most_thresholds * fed.population.thresholds + up + np.maximum(up - taken, 0) * kept
    low = taken + np.maximum(-mean, 0) * kept + 3 * deviation * np.sqrt(kept)
    return sums, float(np.maximum(high, low).max(initial=0.0))


def _at_half_rate(fed: Fed) -> tuple[np.ndarray, np.ndarray]:
    """(n,) mean and standard deviation of what arrives in a step if sources spike at rate 1/2."""
    n = fed.population.size
    mean, variance = np.zeros(n), np.zeros(n)
    for rows in fed.incoming.weights.values():
        total, squares = rows.summed(n, rows.weight, rows.weight**2)
        mean, variance = mean + 0.5 * total, variance + 0.25 * squares
    for vector in fed.incoming.axon_bias.values():
        mean = mean + vector
    return mean, np.sqrt(variance)


def _top(target: CubaChip) -> float:
    """What currents and membranes have to stay below, in size."""
    return float(1 << (target.neuron.u_bits - 1))


def _largest(values: np.ndarray) -> float:
    return float(np.abs(values).max(initial=0.0))


def _over(limit: float, amount: float) -> float:
    return limit / amount if amount > 0 else math.inf
