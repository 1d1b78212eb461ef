"""Arithmetic of the Xylo neuron, one step, bit for bit: 16-bit states that saturate, decay by shift, several spikes
a step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, NamedTuple, TypeAlias

import numpy as np

from ..arrays import Compiler, Namespace, Operations, Rows, V, as_it_is

PARAMETERS = ("dash_syn", "dash_syn2", "dash_mem", "bias", "threshold", "max_spikes")
DASH_SYN, DASH_SYN2, DASH_MEM, BIAS, THRESHOLD, MAX_SPIKES = range(len(PARAMETERS))
STATES = ("i_syn", "i_syn2", "v_mem")
I_SYN, I_SYN2, V_MEM = range(len(STATES))
COUNTERS = ("membrane_saturations", "spike_limits")
RECEPTORS = 2  # the first states are the accumulators that spikes are added to

LOW, HIGH = -(1 << 15), (1 << 15) - 1
WORD = 1 << 16
MAX_DASH = 15
ONE_SPIKE = (HIGH + 1) // 2
"""The least threshold that no membrane holds twice: a neuron that has it fires once a step."""


Stepped: TypeAlias = tuple[tuple[V, V, V], V, tuple[V | bool, V]]
"""States, spikes, and whether each of COUNTERS counts."""


class Arithmetic(NamedTuple, Generic[V]):
    """Functions of integers or of integer arrays that broadcast (any signed type of 32 bits or more).

    decay(value, dash): what one step takes from a state: value >> dash, at least 1 from a positive one.
    change(v, drive, dash, bias): what one step adds to the membrane, before the membrane itself saturates.
    step(p, s, already): p[PARAMETERS], s[STATES] with the arrivals of this step added, already: spikes that
    aliases have put here in this step. Returns the states after the step, its spikes, and per COUNTERS whether v
    or its change saturated, and whether v is still at the threshold because no more spikes fit the step.
    """

    decay: Callable[[V, V], V]
    change: Callable[[V, V, V, V], V]
    step: Callable[[Rows[V], Rows[V], V], Stepped[V]]


def arithmetic(
    xp: Operations[V], compiled: Compiler = as_it_is, *, decay_first: bool = False
) -> Arithmetic[V]:
    """The neuron over `minimum`, `maximum` and `floor_divide` of `xp` (numpy, jax.numpy, or those of scalars);
    `compiled` wraps every function (a just-in-time compiler).

    0 <= dash <= 15, threshold >= 1, 0 <= already <= max_spikes, states in int16. `decay_first` is the core of the
    first generation: the membrane decays before it is driven, and has no bias."""
    maximum, minimum, floor_divide = xp.maximum, xp.minimum, xp.floor_divide

    @compiled
    def decay(value: V, dash: V) -> V:
        # A negative value shifts to -1 at the least, so only positive ones need the minimum of 1.
        return maximum(value >> dash, minimum(value, 1))

    @compiled
    def clip(value: V) -> V:
        return minimum(maximum(value, LOW), HIGH)

    @compiled
    def change_together(v: V, drive: V, dash: V, bias: V) -> V:
        leak = ((-decay(v, dash) - LOW) & (WORD - 1)) + LOW  # held in 16 bits: -(-32768) is -32768
        return clip(clip(leak + drive) + bias)

    @compiled
    def change_after_decay(v: V, drive: V, dash: V, bias: V) -> V:
        return drive + bias - decay(v, dash)

    change = change_after_decay if decay_first else change_together

    @compiled
    def step(p: Rows[V], s: Rows[V], already: V) -> Stepped[V]:
        i_syn = s[I_SYN] - decay(s[I_SYN], p[DASH_SYN])
        i_syn2 = s[I_SYN2] - decay(s[I_SYN2], p[DASH_SYN2])
        drive = i_syn + i_syn2
        v = clip(s[V_MEM] + change(s[V_MEM], drive, p[DASH_MEM], p[BIAS]))
        exact = s[V_MEM] - decay(s[V_MEM], p[DASH_MEM]) + drive + p[BIAS]
        own = minimum(p[MAX_SPIKES] - already, floor_divide(maximum(v, 0), p[THRESHOLD]))
        left = v - own * p[THRESHOLD]
        return (i_syn, i_syn2, left), already + own, (v != exact, left >= p[THRESHOLD])

    return Arithmetic(decay, change, step)


def shifted_weight(xp: Namespace[V], weight: V, shift: V | int) -> V:
    """Compute what one spike adds to an accumulator: an 8-bit weight shifted left by 0..7, held in 16 bits."""
    return xp.bitwise_and((weight << shift) - LOW, WORD - 1) + LOW


def reach(
    params: Mapping[str, np.ndarray], up: np.ndarray, down: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Bound the accumulators (N, RECEPTORS) of neurons: the highest and, as a magnitude, the lowest that they come to
    if no step brings more than up and, downwards, down. Integers."""
    return settled(np.stack([params["dash_syn"], params["dash_syn2"]], axis=1), up, down)


def settled(dash: np.ndarray, up: np.ndarray, down: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same of accumulators that decay by `dash`.

    A step takes d(x) = max(x >> dash, 1) from x > 0, and x - d(x) does not decrease in x. So x <= P holds for ever once
    d(P) >= A and P >= A, which P = A << dash meets (P = A for A <= 1). Below zero, B likewise from the negative
    synapses: the magnitude falls by ceil(x / 2**dash), which is >= B at P = ((B - 1) << dash) + 1."""
    return np.where(up <= 1, up, up << dash), np.where(down == 0, 0, ((down - 1) << dash) + 1)
