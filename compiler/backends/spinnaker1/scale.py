"""Chooses the numbers of a population: units of weights, of currents, and of membranes.

A weight of w16 in a spike adds w16 << shift to a current, which moves the membrane by the gain times as much. Weights
are as fine as buffers of 16 bits let them be; whatever the buffers hold, no current and no membrane leaves 32 bits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....targets.spinnaker1.constants import quotient
from ....targets.spinnaker1.exponential import ONE
from ....targets.spinnaker1.neuron import MOST_ARRIVING
from ...ir.calibration import Reach
from ...ir.timed_network import TimedPopulation
from .decays import Decays
from .incoming import Incoming

ROOM = 1 << 30
"""Of 32 bits: one is the sign, and differences of two numbers need another."""
MOST_SHIFT = 14
FINE = 1 << 12
"""Membrane integers in a threshold; where there are fewer, sums that are hardly ever reached may be clipped."""
LEAST_RESISTANCE = 2.0**-7
"""As s16.15 it has eight bits; where membranes are too large beside the weights for that, weights are coarser."""
MARGIN = 1.25
"""How much further than measured sums may go."""
LARGEST = (1 << 31) - 1


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The numbers of a population. weight_units: integers of a weight in 1.0. shift: of the ring buffers. c_m: (n,)
    int64, capacitances. units: (n,) float64, integers of the membrane in 1.0 of it. current_units: (n,) of the current.
    arriving: (n,) float64, the most that can arrive in one buffer in a tick, in integers of a weight. proven: whether
    no buffer can saturate."""

    weight_units: float
    shift: int
    c_m: np.ndarray
    units: np.ndarray
    current_units: np.ndarray
    arriving: np.ndarray
    proven: bool

    @property
    def past_limit(self) -> int:
        """Count the neurons whose buffers could saturate."""
        return int((self.arriving > MOST_ARRIVING).sum())


def scale_of(
    population: TimedPopulation, incoming: Incoming, decays: Decays, reach: Reach | None, at_most: float
) -> Scale:
    """Choose the scale. reach: what was measured on a stimulus, of neurons that a construct makes. at_most: weight
    units, which populations that stand for one have in common."""
    peak = np.maximum(*incoming.peaks)
    if reach is not None:
        taken = sum((np.abs(amount) for amount in incoming.tied), np.zeros(population.size))
        room = np.minimum(peak, MARGIN * max(reach.excites, reach.inhibits) + taken)
        return _with_room(population, incoming, decays, room, peak, at_most)
    scale = _with_room(population, incoming, decays, peak, peak, at_most)
    if bool((population.thresholds * scale.units >= FINE).all()):
        return scale
    return _with_room(population, incoming, decays, incoming.likely, peak, at_most)


def _with_room(
    population: TimedPopulation,
    incoming: Incoming,
    decays: Decays,
    room: np.ndarray,
    peak: np.ndarray,
    at_most: float,
) -> Scale:
    """room: (n,) what a buffer has to hold of what arrives in a tick; peak: (n,) the most that can."""
    synapses = sum(rows.count for rows in incoming.weights.values()) / max(1, population.size)
    largest = float(room.max(initial=0.0))
    rounded = max(1.0, MOST_ARRIVING - 0.5 * min(synapses, MOST_ARRIVING) - 1)
    weight_units = min(at_most, rounded / largest if largest > 0 else float(ONE))
    # A buffer that is full in every tick, and the constant that is added to its current.
    constant = np.abs(incoming.bias) * weight_units * decays.taken / MOST_ARRIVING
    full = decays.taken / (1 - decays.alpha) + constant
    shift = int(np.clip(np.floor(np.log2(ROOM / (MOST_ARRIVING * full.max(initial=1.0)))), 0, MOST_SHIFT))
    per_code = decays.taken * 2.0**shift
    units = _membrane_units(population, incoming, decays, weight_units)
    coarsest = LEAST_RESISTANCE * (1 - decays.beta) * per_code
    weight_units = min(weight_units, units / float(coarsest.max(initial=1e-300)))
    wanted = units / weight_units / ((1 - decays.beta) * per_code)
    r_membrane = np.clip(np.ceil(wanted * ONE), 1, ROOM)
    c_m = np.clip(np.floor(decays.tau_m * float(ONE) / r_membrane), 1, LARGEST).astype(np.int64)
    realised = quotient(decays.tau_m, c_m) / ONE
    gain = realised * (1 - decays.beta) * per_code
    return Scale(
        weight_units=weight_units,
        shift=shift,
        c_m=c_m,
        units=weight_units * gain,
        current_units=weight_units * per_code,
        arriving=peak * weight_units,
        proven=bool((room >= peak).all()),
    )


def _membrane_units(
    population: TimedPopulation, incoming: Incoming, decays: Decays, weight_units: float
) -> float:
    """The most integers in 1.0 of the membrane at which nothing leaves 32 bits, whatever arrives."""
    strives = (MOST_ARRIVING / weight_units / (1 - decays.alpha) + np.abs(incoming.bias)) / (1 - decays.beta)
    started = np.maximum(np.abs(incoming.start), np.abs(incoming.start_current))
    theta = population.neuron.theta
    highest = 0.0 if theta is None else population.most_thresholds * float(np.abs(theta).max(initial=0.0))
    return ROOM / max(float(np.maximum(strives, started).max(initial=0.0)), highest, 1e-300)
