"""Arithmetic of PAICORE 2.5's neurons, one step, bit for bit: 32 bits that wrap after every stage.

What a step brings is added in `integrate`, which gives the potential that can be sent; `compare` says whether it fires,
and `settle` what is left for the next step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NamedTuple

from ..arrays import Operations, Rows, V

PARAMETERS = (
    "leak_v", "leak_tau", "leak_add_mode", "leak_multi_mode", "leak_multi_input", "leak_multi_sequence", "lateral",
    "thr_pos", "thr_neg", "thr_pos_mode", "thr_neg_mode", "reset_v", "reset_mode", "replaces",
)  # fmt: skip
"""Fields of the second row of a record, and `replaces`: 1 where what comes takes the place of the potential (a core
that reads the largest number), 0 where it is added."""
(
    LEAK_V, LEAK_TAU, LEAK_ADD_MODE, LEAK_MULTI_MODE, LEAK_MULTI_INPUT, LEAK_MULTI_SEQUENCE, LATERAL,
    THR_POS, THR_NEG, THR_POS_MODE, THR_NEG_MODE, RESET_V, RESET_MODE, REPLACES,
) = range(len(PARAMETERS))  # fmt: skip

STATES = ("v", "shown")
"""v: what the next step starts from. shown: what a record sends that sends its potential."""

HALF, WORD = 1 << 31, 1 << 32
LOW, HIGH = -HALF, HALF - 1


class Arithmetic(NamedTuple, Generic[V]):
    """Functions of parameters p[PARAMETERS] and of integers, or arrays of them: 32 bits that wrap by themselves, or
    more, of which results leave none.

    integrate(p, v, fired, c): v before the step; fired: 1 where a neuron of the core fired in its last step; c: what
    the input comes to. Gives the potential that can be sent.
    compare(p, u): 1 for a spike, -1 for a negative one, else 0.
    settle(p, u, out, taken): u after `integrate`, out after `compare`; taken: the threshold that reset_mode 1 takes
    off.
    taken_off(p, out): that threshold where outputs are compared."""

    integrate: Callable[[Rows[V], V, V, V], V]
    compare: Callable[[Rows[V], V], V]
    taken_off: Callable[[Rows[V], V], V]
    settle: Callable[[Rows[V], V, V, V], V]


def arithmetic(xp: Operations[V]) -> Arithmetic[V]:
    """The neuron, over integers or arrays of them (signed, 32 bits or more)."""

    minimum, maximum = xp.minimum, xp.maximum

    def chosen(one: V, a: V, b: V | int) -> V:
        return ((a ^ b) & -one) ^ b

    def wrapped(x: V) -> V:
        return ((x & (WORD - 1)) ^ HALF) - HALF

    def shifted(x: V, by: V) -> V:
        left, right = maximum(by, 0), minimum(maximum(0 - by, 0), 31)  # of 32 bits 31 leave as much as 32
        return wrapped(wrapped(x << left) >> right)

    def leaked(p: Rows[V], u: V) -> V:
        moved = shifted(wrapped(u - p[RESET_V] * p[LEAK_MULTI_MODE]), p[LEAK_TAU])
        share = 0 - p[LEAK_MULTI_MODE]
        return wrapped((u & share) + (moved ^ share) - share)

    def integrate(p: Rows[V], v: V, fired: V, c: V) -> V:
        before = chosen(p[LATERAL] & fired, p[RESET_V], v)
        scaled = shifted(c, p[LEAK_TAU] * p[LEAK_MULTI_INPUT])
        u = wrapped((before & (p[REPLACES] - 1)) + scaled)
        sign = minimum(maximum(u, -1), 1)
        u = wrapped(u + p[LEAK_V] * chosen(p[LEAK_ADD_MODE], sign, 1))
        u = chosen(p[LEAK_MULTI_SEQUENCE], u, leaked(p, u))
        u = chosen(p[THR_POS_MODE], minimum(u, p[THR_POS]), u)
        return chosen(p[THR_NEG_MODE], maximum(u, p[THR_NEG]), u)

    def compare(p: Rows[V], u: V) -> V:
        above = (u >= p[THR_POS]) * (1 - p[THR_POS_MODE])
        return above - (u <= p[THR_NEG]) * (1 - p[THR_NEG_MODE]) * (1 - above)

    def taken_off(p: Rows[V], out: V) -> V:
        return (p[THR_POS] & (out > 0) * -1) | (p[THR_NEG] & (out < 0) * -1)

    def settle(p: Rows[V], u: V, out: V, taken: V) -> V:
        sign = minimum(maximum(out, -1), 1)
        to_value = sign & 1 & (p[RESET_MODE] == 0)
        u = chosen(to_value, sign * p[RESET_V], wrapped(u - (taken & (p[RESET_MODE] == 1) * -1)))
        return chosen(p[LEAK_MULTI_SEQUENCE], leaked(p, u), u)

    return Arithmetic(integrate, compare, taken_off, settle)
