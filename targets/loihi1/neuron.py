"""Computes one step of the Loihi 1 compartment, bit for bit (dialect of nengo-loihi's emulator)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, NamedTuple

from .. import fixed
from ..arrays import Namespace, V

WEIGHT_SHIFT = 6
Q_BITS = 22
U_BITS = 24
DECAY_ONE = 4096
STATES = ("u", "v")


class State(NamedTuple, Generic[V]):
    """State of compartments, int32 arrays (..., N): current u, voltage v, refractory counter."""

    u: V
    v: V
    ref: V


class Parameters(NamedTuple, Generic[V]):
    """Parameters of compartments, int32 arrays (N,): factors are of 4096; vth in units of v; bias already shifted."""

    u_factor: V
    v_factor: V
    bias: V
    vth: V
    refract: V
    vmin: V
    vmax: V


class Counters(NamedTuple, Generic[V]):
    """What overflowed in a step, bool arrays (..., N): q wrapped, u wrapped, u + bias wrapped, v saturated."""

    q_wraps: V | bool
    u_wraps: V | bool
    bias_wraps: V | bool
    v_saturations: V | bool


def parameters(registers: Mapping[str, V]) -> Parameters[V]:
    """Convert registers to parameters.

    decayU, decayV (0..4095), vth (1..131071), bias, biasExp (0..7), refractDelay (1..63), negVmLimit (0..23),
    posVmLimit (0..7); arrays of one integer type."""
    return Parameters(
        u_factor=DECAY_ONE - 1 - registers["decayU"],
        v_factor=DECAY_ONE - registers["decayV"],
        bias=registers["bias"] << registers["biasExp"],
        vth=registers["vth"] << WEIGHT_SHIFT,
        refract=registers["refractDelay"],
        vmin=1 - (1 << registers["negVmLimit"]),
        vmax=(1 << (9 + 2 * registers["posVmLimit"])) - 1,
    )


def initial(xp: Namespace[V], registers: Mapping[str, V], shape: tuple[int, ...]) -> State[V]:
    """Return the state after a reset: all 0, whatever the registers say."""
    zero = xp.zeros(shape, dtype=xp.int32)
    return State(zero, zero, zero)


def step(xp: Namespace[V], p: Parameters[V], state: State[V], arrived: V) -> tuple[State[V], V, Counters[V]]:
    """Compute a step. One step. arrived (..., N): sum of the weights of the spikes that arrive, before the shift by
    6.

    |arrived| < 2**31 is the caller's to prove. Returns state, spikes (bool) and what overflowed."""
    # Wrapping before the shift is the same as after it: 22 bits with six zeros below are 16 bits.
    units = fixed.wrap(xp, arrived, Q_BITS - WEIGHT_SHIFT)
    q = units << WEIGHT_SHIFT
    u_sum = fixed.decay_toward_zero(state.u, p.u_factor) + q
    u = fixed.wrap(xp, u_sum, U_BITS)
    driven_sum = u + p.bias
    driven = fixed.wrap(xp, driven_sum, U_BITS)
    v_sum = fixed.decay_toward_zero(state.v, p.v_factor) + driven
    v = fixed.saturate(xp, v_sum, p.vmin, p.vmax)
    refractory = state.ref > 0
    v = xp.where(refractory, 0, v)
    spikes = v > p.vth
    ref = xp.maximum(xp.where(spikes, p.refract, state.ref) - 1, 0)
    counters = Counters(units != arrived, u != u_sum, driven != driven_sum, (v != v_sum) & ~refractory)
    return State(u, xp.where(spikes, 0, v), ref), spikes, counters


def effective_weight(xp: Namespace[V], mantissa: V, exponent: V) -> V:
    """Compute what one spike adds to the accumulator, before the shift by 6: mantissa * 2**exponent, floored when
    exponent < 0 (per synapse).

    mantissa -256..255, exponent -8..7."""
    up = xp.maximum(exponent, 0)
    down = xp.maximum(-exponent, 0)
    return (mantissa << up) >> down
