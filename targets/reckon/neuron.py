"""Arithmetic of ReckOn's neurons, one step, bit for bit: 16-bit membranes whose leak is exponential and rounded down.

A membrane is seen from outside between what a step brings and the threshold: that is `u`. Behind threshold and leak it
is `v`, on which the next step adds. A read-out is a neuron that never spikes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, NamedTuple, TypeAlias

import numpy as np

from ..arrays import Compiler, Operations, Rows, V, as_it_is

PARAMETERS = ("alpha", "fraction_bits", "threshold", "to_zero", "swept", "max_spikes")
ALPHA, FRACTION_BITS, THRESHOLD, TO_ZERO, SWEPT, MAX_SPIKES = range(len(PARAMETERS))
"""alpha / 2**fraction_bits is what a step keeps. to_zero: whether a spike clears the membrane, else it takes the
threshold off. swept: 0 for neurons that the chip adds to, and never compares nor lets leak. max_spikes: 1, or 0 for a
read-out."""
STATES = ("v", "u")
V_AFTER, U = range(len(STATES))
COUNTERS = ("membrane_wraps",)
RECEPTORS = 1  # spikes are added to the first state

LOW, HIGH = -(1 << 15), (1 << 15) - 1
WORD = 1 << 16
NEURON_BITS, READOUT_BITS = 15, 7
ONE = 1 << NEURON_BITS
"""The alpha of a neuron that forgets nothing."""


Stepped: TypeAlias = tuple[tuple[V, V], V, tuple[V | bool]]
"""States, spikes, and whether each of COUNTERS counts."""


class Arithmetic(NamedTuple, Generic[V]):
    """step(p, s, already): p[PARAMETERS], s[STATES] with the arrivals of this step added; already: 0, as the chip has
    no aliases. Returns the states after the step, its spikes, and whether the membrane wrapped."""

    step: Callable[[Rows[V], Rows[V], V], Stepped[V]]


def arithmetic(xp: Operations[V], compiled: Compiler = as_it_is) -> Arithmetic[V]:
    """The neuron, over integers or arrays of them (signed, 32 bits or more); `compiled` wraps every function.

    alpha: 0 .. 0x8FFF with 15 fraction bits, 0 .. 255 with 7. States and thresholds in int16."""

    @compiled
    def wrapped(value: V) -> V:
        return ((value - LOW) & (WORD - 1)) + LOW

    @compiled
    def step(p: Rows[V], s: Rows[V], already: V) -> Stepped[V]:
        u = s[V_AFTER] + 0  # of the type of what is computed from it: states have one type
        fired = (u >= p[THRESHOLD]) * p[SWEPT] * p[MAX_SPIKES]
        leaked = (u * p[ALPHA]) >> p[FRACTION_BITS]
        exact = (leaked - p[THRESHOLD] * fired * (1 - p[TO_ZERO])) * (1 - fired * p[TO_ZERO])
        after = wrapped(exact)
        kept = after * p[SWEPT] + u * (1 - p[SWEPT])
        return (kept, u), fired + already, ((exact != after) * p[SWEPT],)

    return Arithmetic(step)


def shifted_weight(weight: np.ndarray, shift: int) -> np.ndarray:
    """Compute what a spike brings: an 8-bit weight shifted left by 0 .. 7."""
    return weight.astype(np.int64) << shift


def reach(
    params: Mapping[str, np.ndarray], up: np.ndarray, down: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Bound membranes that start at 0: (N, 1) float64 the highest and, as a magnitude, the lowest that they come to if
    no step brings more than up and, downwards, down, (N, 1) each; infinite where nothing bounds them.

    With a = alpha / 2**fraction_bits at most 1 and a threshold above 0, a step from x below the threshold leads to
    a x + up at most, from x at or above it to a x - threshold + up, or to up. What never reaches the threshold stays at
    up / (1 - a). Rounding lowers by less than 1 a step; a spike takes a membrane no lower than (a - 1) * threshold."""
    kept = params["alpha"] / np.exp2(params["fraction_bits"])
    fires, theta = params["max_spikes"] > 0, params["threshold"].astype(np.float64)
    up, down = up[:, 0].astype(np.float64), down[:, 0].astype(np.float64)
    lost, forgets = 1.0 - kept, kept < 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        settled = np.where(up > 0, np.where(forgets, up / lost, np.inf), 0.0)
        left = np.where(forgets, (down + 1.0) / lost, np.where(down > 0, np.inf, 0.0))
        beyond = np.where(forgets, (up - theta) / lost, np.where(up > theta, np.inf, 0.0))
    once = kept * (theta - 1.0) + up
    spiking = np.where((params["to_zero"] > 0) | (kept * once - theta <= kept * (theta - 1.0)), once, beyond)
    highest = np.where(fires & (settled >= theta), np.maximum(spiking, once), settled)
    lowest = np.where(fires, np.maximum(left, lost * theta + 1.0 + down), left)
    bounded = (kept >= 0) & (kept <= 1.0) & (~fires | (theta > 0)) & (params["swept"] > 0)
    still = (up == 0) & (down == 0) & ~(fires & (theta <= 0))
    ends = [np.where(still, 0.0, np.where(bounded, values, np.inf))[:, None] for values in (highest, lowest)]
    return ends[0], ends[1]
