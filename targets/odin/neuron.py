"""Arithmetic of the ODIN neuron and its synapses, bit for bit: an unsigned 8-bit state, calcium, and the learning
rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, NamedTuple

import numpy as np

from ..arrays import Compiler, Operations, V, as_it_is
from . import event_neuron

PARAMETERS = (
    "leak", "leak_enable", "threshold", "calcium_enable", "theta_membrane", "theta1", "theta2", "theta3",
    "calcium_leak", "disable",
)  # fmt: skip
STATES = ("v", "calcium", "calcium_count")
LOW, HIGH = 0, (1 << 8) - 1
MAX_CALCIUM, COUNT_VALUES = 7, 32
MAX_WEIGHT, STRONG = 7, 4


class Rule(NamedTuple, Generic[V]):
    """Functions of integers or of integer arrays that broadcast; flags are 0 or 1.

    calcium(calcium, count, fires, leaks, enable, period): calcium 0..7 and its counter 0..31 after an event. A spike
    raises calcium; every `period` (0: never) leak events lower it; both at once cancel.
    direction(v, calcium, enable, theta_membrane, theta1, theta2, theta3): +1 where synapses that spike now get
    stronger, -1 weaker, 0 neither: +1 needs v >= theta_membrane and theta1 <= calcium < theta3, -1 needs
    v < theta_membrane and theta1 <= calcium < theta2.
    learn(weight, direction): the weight, 0..7. settle(weight): a step to the end of the range that is nearer."""

    calcium: Callable[[V, V, V, V, V, V], tuple[V, V]]
    direction: Callable[[V, V, V, V, V, V, V], V]
    learn: Callable[[V, V], V]
    settle: Callable[[V], V]


def arithmetic(xp: Operations[V], compiled: Compiler = as_it_is) -> event_neuron.Arithmetic[V]:
    """0 <= threshold < 256; 0 <= leak < 128; weights -7..7, with the sign of their row."""
    return event_neuron.arithmetic(xp, LOW, HIGH, compiled)


def leak_amount(params: Mapping[str, np.ndarray]) -> np.ndarray:
    """Amount of a leak event of each neuron."""
    return params["leak"] * params["leak_enable"]


def learning(xp: Operations[V], compiled: Compiler = as_it_is) -> Rule[V]:
    """Spike-driven plasticity that depends on the membrane and on calcium, over `minimum` and `maximum` of `xp`."""
    minimum, maximum = xp.minimum, xp.maximum

    @compiled
    def calcium(level: V, count: V, fires: V, leaks: V, enable: V, period: V) -> tuple[V, V]:
        counts = enable * leaks * (period != 0)
        lowers = counts * (count == period - 1)
        after = count * (1 - counts) + counts * (1 - lowers) * ((count + 1) % COUNT_VALUES)
        change = enable * (fires * (1 - lowers) - lowers * (1 - fires))
        return minimum(maximum(level + change, 0), MAX_CALCIUM), after

    @compiled
    def direction(v: V, level: V, enable: V, membrane: V, theta1: V, theta2: V, theta3: V) -> V:
        high = v >= membrane
        able = enable * (level >= theta1)
        return able * (high * (level < theta3) - (1 - high) * (level < theta2))

    @compiled
    def learn(weight: V, change: V) -> V:
        return minimum(maximum(weight + change, 0), MAX_WEIGHT)

    @compiled
    def settle(weight: V) -> V:
        return minimum(maximum(weight + 2 * (weight >= STRONG) - 1, 0), MAX_WEIGHT)

    return Rule(calcium, direction, learn, settle)
