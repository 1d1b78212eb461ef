"""Estimates how large the states of a population become, in float: what its scale has to leave room for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...ir.calibration import Reach
from .currents import Currents
from .decays import Decays
from .lower import CLOCK, Link

RATE, READ_RATE = 0.25, 0.5
DEVIATIONS = 3.0
MEMORY_STEPS = 32.0
MARGIN = 1.25
"""How much further than measured a membrane may go."""


class Ranges(NamedTuple):
    """How large the states of a population become. Largest magnitudes over the population, in units of the float
    membrane: of the synapse with what arrives in a step, and of the membrane (below rest where it spikes, either way
    where it is read)."""

    synapse: float
    membrane: float


def likely_ranges(links: Sequence[Link], decay: Decays, constant: np.ndarray, *, read: bool) -> Ranges:
    """Estimate ranges without a stimulus. Spikes at a rate of 1/4 a source, three standard deviations off; a
    membrane of at most 32 steps of memory. For a membrane that is read, and must not reach its end, at a rate of
    1/2.

    The worst case, every source at once and for ever, would cost bits that real rasters never need."""
    synapse, membrane = likely_reaches(links, decay, constant, read=read)
    return Ranges(float(synapse.max(initial=0.0)), float(membrane.max(initial=0.0)))


def likely_reaches(
    links: Sequence[Link], decay: Decays, constant: np.ndarray, *, read: bool
) -> tuple[np.ndarray, np.ndarray]:
    """(n,) the same of each neuron: its synapse and its membrane."""
    n = constant.size
    mean, variance = np.zeros(n), np.zeros(n)
    rate = READ_RATE if read else RATE
    for link in links:
        often = 1.0 if link.source == CLOCK else rate
        mean += often * np.bincount(link.rows, link.weights, n)
        variance += often * (1 - often) * np.bincount(link.rows, link.weights**2, n)
    forget = np.maximum(1.0 - decay.alpha, 2.0**-15)
    spread = DEVIATIONS * np.sqrt(variance / np.maximum(1.0 - decay.alpha**2, 2.0**-15))
    synapse = (np.abs(mean) / forget + spread) * np.where(decay.cancelled, 2.0, 1.0)
    kept = np.where(decay.cancelled, 1.0, decay.alpha)
    memory = np.minimum(1.0 / np.maximum(1.0 - decay.beta, 1.0 / MEMORY_STEPS), MEMORY_STEPS)
    drive = kept * mean / forget + constant
    # A current that lasts adds up in the membrane as a mean does; one that does not, as its square root.
    swing = kept * spread * np.sqrt(memory) * np.sqrt((1 + decay.alpha) / forget * (1 - decay.alpha))
    low, high = drive * memory - swing, drive * memory + swing
    return synapse, np.maximum(np.abs(low), np.abs(high)) if read else np.maximum(-low, 0.0)


def ranges_in_currents(reach: Reach, theta: np.ndarray, currents: Currents) -> Ranges:
    """Ranges of neurons that synapses reset. reach: of sums and membranes in the float network.

    A current takes what arrives before a reset takes it off again. A membrane that holds ONE_SPIKE has no room for more
    than half its range above 0, and one step may take it from the lowest to the highest."""
    each = float(currents.per_weight.max(initial=0.0)) / (len(currents.dash) if currents.even else 1)
    high = MARGIN * max(reach.high, float(theta.max(initial=0.0)))
    most = max(reach.up, reach.down)
    return Ranges(each * (max(high, reach.low) + most), high + max(high, reach.low))


def likely_reach(links: Sequence[Link], theta: np.ndarray, decay: Decays) -> Reach:
    """Estimate without a stimulus, as `likely_ranges`: what arrives in a step, the membrane with it on top of the
    threshold, and what inhibition leaves there."""
    n = theta.size
    mean, variance = np.zeros(n), np.zeros(n)
    for link in links:
        often = 1.0 if link.source == CLOCK else RATE
        mean += often * np.bincount(link.rows, link.weights, n)
        variance += often * (1 - often) * np.bincount(link.rows, link.weights**2, n)
    spread = DEVIATIONS * np.sqrt(variance)
    up, down = np.maximum(mean + spread, 0.0), np.maximum(spread - mean, 0.0)
    memory = np.minimum(1.0 / np.maximum(1.0 - decay.alpha, 1.0 / MEMORY_STEPS), MEMORY_STEPS)
    low = np.maximum(-mean * memory + spread * np.sqrt(memory), 0.0)
    return Reach(
        up=float(up.max(initial=0.0)),
        down=float(down.max(initial=0.0)),
        high=float((theta + up).max(initial=0.0)),
        low=float(low.max(initial=0.0)),
    )
