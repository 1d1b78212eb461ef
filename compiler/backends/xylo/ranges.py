"""Estimates how large the states of a population become, in float: what its scale has to leave room for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .decays import Decays
from .lower import CLOCK, Link

RATE, READ_RATE = 0.25, 0.5
DEVIATIONS = 3.0
MEMORY_STEPS = 32.0


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
    membrane = np.maximum(np.abs(low), np.abs(high)) if read else np.maximum(-low, 0.0)
    return Ranges(float(synapse.max(initial=0.0)), float(membrane.max(initial=0.0)))
