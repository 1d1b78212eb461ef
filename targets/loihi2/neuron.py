"""Computes one step of Lava's fixed-point LIF, the public bit-accurate model of a Loihi 2 neuron, bit for bit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, NamedTuple

from .. import fixed
from ..arrays import Namespace, V

WEIGHT_SHIFT = 6
STATE_BITS = 24
DECAY_ONE = 4096
STATES = ("u", "v")
LARGEST = (1 << (STATE_BITS - 1)) - 1


class State(NamedTuple, Generic[V]):
    """State of neurons, int32 arrays (..., N): current u, voltage v."""

    u: V
    v: V


class Parameters(NamedTuple, Generic[V]):
    """Parameters of neurons, int32 arrays (N,): factors are of 4096; vth in units of v; bias already shifted."""

    u_factor: V
    v_factor: V
    bias: V
    vth: V


class Counters(NamedTuple, Generic[V]):
    """What overflowed in a step, bool arrays (..., N): u wrapped, v saturated."""

    u_wraps: V | bool
    v_saturations: V | bool


def parameters(registers: Mapping[str, V]) -> Parameters[V]:
    """Convert registers to parameters.

    du, dv (0..4095), vth (0..131071), bias_mant, bias_exp (below 0: a shift down); arrays of one integer type."""
    exponent = registers["bias_exp"]
    falls = exponent >> 31  # all bits of a number below 0
    up, down = exponent & ~falls, -exponent & falls
    return Parameters(
        u_factor=DECAY_ONE - 1 - registers["du"],
        v_factor=DECAY_ONE - registers["dv"],
        bias=(registers["bias_mant"] << up) >> down,
        vth=registers["vth"] << WEIGHT_SHIFT,
    )


def initial(xp: Namespace[V], registers: Mapping[str, V], shape: tuple[int, ...]) -> State[V]:
    """Return the state after a reset: all 0, whatever the registers say."""
    zero = xp.zeros(shape, dtype=xp.int32)
    return State(zero, zero)


def step(xp: Namespace[V], p: Parameters[V], state: State[V], arrived: V) -> tuple[State[V], V, Counters[V]]:
    """Compute a step. arrived (..., N): sums of mantissas, each shifted by its exponent, before the shift by 6.

    Returns state, spikes (bool) and what overflowed. A sum that leaves 24 bits wraps once: +2**23 stays, -2**23 becomes
    +2**23, and one that is twice as far out is not brought back at all, as in Lava."""
    most = LARGEST + 1
    u_sum = fixed.decay_toward_zero(state.u, p.u_factor) + (arrived << WEIGHT_SHIFT)
    lowered = xp.where(u_sum > most, u_sum - 2 * most, u_sum)
    u = xp.where(lowered > -most, lowered, u_sum + 2 * most)
    v_sum = fixed.decay_toward_zero(state.v, p.v_factor) + u + p.bias
    v = fixed.saturate(xp, v_sum, -LARGEST, LARGEST)
    spikes = v > p.vth
    return State(u, xp.where(spikes, 0, v)), spikes, Counters(u != u_sum, v != v_sum)
