"""Computes one tick of the neuron models IF_curr_exp and IF_curr_delta, bit for bit, in numbers of 32 bits.

Numbers are s16.15, decays unsigned 0.32; products are rounded down and kept to 32 bits. What excites and what inhibits
is added up in buffers of 16 bits of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, NamedTuple

from ..arrays import Namespace, V

MOST_ARRIVING = (1 << 16) - 1
"""What a buffer holds: more is clipped."""
STATES = ("i", "v")


class State(NamedTuple, Generic[V]):
    """State of neurons, int32 arrays (..., N). i: the current that drove the membrane in the last tick; e, h: what
    is left of the exciting and the inhibiting one; v: membrane; hold: ticks for which it still is not updated."""

    i: V
    v: V
    e: V
    h: V
    hold: V


class Parameters(NamedTuple, Generic[V]):
    """Parameters of neurons, int32 arrays (N,), as loaded or as `constants.derived` computes them. Decays and inputs
    are in halves of 16 bits. jumps: 1 where a current is what arrives, and no more."""

    exp_tc: V
    r_high: V
    r_low: V
    scale_high: V
    scale_low: V
    v_rest: V
    i_offset: V
    v_reset: V
    v_thresh: V
    refract_ticks: V
    jumps: V
    shift_exc: V
    shift_inh: V
    taken_exc_high: V
    taken_exc_low: V
    taken_inh_high: V
    taken_inh_low: V
    decay_exc_high: V
    decay_exc_low: V
    decay_inh_high: V
    decay_inh_low: V


class Counters(NamedTuple, Generic[V]):
    """What overflowed in a tick, bool arrays (..., N): a buffer held all that it can, a current left 32 bits, the
    membrane or what it strives for did."""

    buffer_saturations: V | bool
    current_wraps: V | bool
    membrane_wraps: V | bool


def parameters(registers: Mapping[str, V]) -> Parameters[V]:
    """Convert registers to parameters: what is loaded, and `constants.derived` of it; arrays of 32-bit integers."""

    def high(name: str) -> V:
        return (registers[name] >> 16) & 0xFFFF

    def low(name: str) -> V:
        return registers[name] & 0xFFFF

    return Parameters(
        exp_tc=registers["exp_tc"],
        r_high=registers["r_membrane"] >> 16,
        r_low=low("r_membrane"),
        scale_high=registers["scale"] >> 16,
        scale_low=low("scale"),
        v_rest=registers["v_rest"],
        i_offset=registers["i_offset"],
        v_reset=registers["v_reset"],
        v_thresh=registers["v_thresh"],
        refract_ticks=registers["refract_ticks"],
        jumps=registers["jumps"],
        shift_exc=registers["shift_exc"],
        shift_inh=registers["shift_inh"],
        taken_exc_high=high("taken_exc"),
        taken_exc_low=low("taken_exc"),
        taken_inh_high=high("taken_inh"),
        taken_inh_low=low("taken_inh"),
        decay_exc_high=high("decay_exc"),
        decay_exc_low=low("decay_exc"),
        decay_inh_high=high("decay_inh"),
        decay_inh_low=low("decay_inh"),
    )


def initial(xp: Namespace[V], registers: Mapping[str, V], shape: tuple[int, ...]) -> State[V]:
    """Return the state that is loaded. shape: (samples, neurons)."""
    v, e, h, hold = (
        xp.broadcast_to(xp.asarray(registers[name]), shape)
        for name in ("v_init", "input_exc", "input_inh", "refract_timer")
    )
    return State(xp.zeros(shape, dtype=xp.int32), v, e, h, hold)


def step(
    xp: Namespace[V], p: Parameters[V], state: State[V], arrived: tuple[V, V]
) -> tuple[State[V], V, Counters[V]]:
    """Compute a tick. arrived: (..., N) each, sums of the weights of the exciting spikes and of the inhibiting ones, at
    least 0. Returns state, spikes (bool) and what overflowed."""
    excites, inhibits = (xp.minimum(total, MOST_ARRIVING) for total in arrived)
    saturated = (arrived[0] > MOST_ARRIVING) | (arrived[1] > MOST_ARRIVING)
    come_e, come_h = excites << p.shift_exc, inhibits << p.shift_inh
    e = state.e + xp.where(p.jumps > 0, come_e, high_word(come_e, p.taken_exc_high, p.taken_exc_low))
    h = state.h + xp.where(p.jumps > 0, come_h, high_word(come_h, p.taken_inh_high, p.taken_inh_low))
    current_wraps = (e < state.e) | (h < state.h)
    scaled_e, _ = product(e, p.scale_high, p.scale_low)
    scaled_h, _ = product(h, p.scale_high, p.scale_low)
    i = scaled_e - scaled_h
    driven, lost = product(i + p.i_offset, p.r_high, p.r_low)
    strives = driven + p.v_rest
    gap = strives - state.v
    updated = state.hold < 1
    v = xp.where(updated, strives - kept(gap, p.exp_tc), state.v)
    wraps = (lost < 0) | (lost > 0) | overflows(driven, p.v_rest, strives) | overflows(gap, state.v, strives)
    spikes = v >= p.v_thresh
    after = State(
        i=i,
        v=xp.where(spikes, p.v_reset, v),
        e=high_word(e, p.decay_exc_high, p.decay_exc_low),
        h=high_word(h, p.decay_inh_high, p.decay_inh_low),
        hold=xp.where(spikes, p.refract_ticks, xp.where(updated, state.hold, state.hold - 1)),
    )
    return after, spikes, Counters(saturated, current_wraps, wraps & updated)


def high_word(x: V, high: V, low: V) -> V:
    """(x * d) >> 32, rounded down, of a number with sign and an unsigned d = high * 2**16 + low, in 32 bits.

    The products of halves are added up from the right, with what they carry."""
    x_high, x_low = x >> 16, x & 0xFFFF
    middle, upper = x_low * high, x_high * low
    carried = ((x_low * low >> 16) & 0xFFFF) + (middle & 0xFFFF) + (upper & 0xFFFF)
    return x_high * high + ((middle >> 16) & 0xFFFF) + (upper >> 16) + (carried >> 16)


def product(x: V, high: V, low: V) -> tuple[V, V]:
    """(x * y) >> 15, rounded down and kept to 32 bits, of two numbers with sign, y = high * 2**16 + low; and what these
    lose, 0 where it is nothing."""
    x_high, x_low = x >> 16, x & 0xFFFF
    lowest, middle, upper = x_low * low, x_low * high, x_high * low
    carried = ((lowest >> 16) & 0xFFFF) + (middle & 0xFFFF) + (upper & 0xFFFF)
    top = x_high * high + (middle >> 16) + (upper >> 16) + (carried >> 16)
    bottom = (carried << 16) + (lowest & 0xFFFF)
    wide = top << 17
    return wide + ((bottom >> 15) & 0x1FFFF), (wide >> 17) ^ top


def kept(x: V, share: V) -> V:
    """(x * share) >> 15, rounded down, of a share from 0 to 2**15."""
    return ((x >> 16) * share << 1) + ((x & 0xFFFF) * share >> 15)


def overflows(a: V, b: V, total: V) -> V:
    """Whether a + b leaves 32 bits, of which `total` is left."""
    return ((a ^ total) & (b ^ total)) < 0
