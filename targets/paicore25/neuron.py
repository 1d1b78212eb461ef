"""Arithmetic of PAICORE 2.5's neurons, one step, bit for bit: 32 bits that wrap after every stage.

What a step brings is added in `integrate`, which gives the potential that can be sent; `compare` says whether it fires,
and `settle` what is left for the next step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NamedTuple

from ..arrays import Compiler, Operations, Rows, V, as_it_is

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
    """Functions of parameters p[PARAMETERS] and of integers of 64 bits, or arrays of them, that hold 32.

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


def arithmetic(xp: Operations[V], compiled: Compiler = as_it_is) -> Arithmetic[V]:
    """The neuron, over integers or arrays of them (signed, 64 bits); `compiled` wraps every function."""

    minimum, maximum = xp.minimum, xp.maximum

    @compiled
    def wrapped(x: V) -> V:
        return ((x + HALF) & (WORD - 1)) - HALF

    @compiled
    def shifted(x: V, by: V) -> V:
        return wrapped((x << maximum(by, 0)) >> maximum(0 - by, 0))

    @compiled
    def leaked(p: Rows[V], u: V) -> V:
        towards = p[RESET_V] * p[LEAK_MULTI_MODE]
        moved = shifted(wrapped(u - towards), p[LEAK_TAU])
        return wrapped((u - moved) * p[LEAK_MULTI_MODE] + moved * (1 - p[LEAK_MULTI_MODE]))

    @compiled
    def integrate(p: Rows[V], v: V, fired: V, c: V) -> V:
        before = v + (p[RESET_V] - v) * (p[LATERAL] * fired)
        scaled = shifted(c, p[LEAK_TAU] * p[LEAK_MULTI_INPUT])
        u = wrapped(before * (1 - p[REPLACES]) + scaled)
        sign = (u > 0) * 1 - (u < 0) * 1
        u = wrapped(u + p[LEAK_V] * (1 + (sign - 1) * p[LEAK_ADD_MODE]))
        u = u + (leaked(p, u) - u) * (1 - p[LEAK_MULTI_SEQUENCE])
        u = u + (minimum(u, p[THR_POS]) - u) * p[THR_POS_MODE]
        return u + (maximum(u, p[THR_NEG]) - u) * p[THR_NEG_MODE]

    @compiled
    def compare(p: Rows[V], u: V) -> V:
        above = (u >= p[THR_POS]) * (1 - p[THR_POS_MODE])
        return above - (u <= p[THR_NEG]) * (1 - p[THR_NEG_MODE]) * (1 - above)

    @compiled
    def taken_off(p: Rows[V], out: V) -> V:
        return p[THR_POS] * (out > 0) + p[THR_NEG] * (out < 0)

    @compiled
    def settle(p: Rows[V], u: V, out: V, taken: V) -> V:
        sign = (out > 0) * 1 - (out < 0) * 1
        to_value = sign * sign * (p[RESET_MODE] == 0)
        u = wrapped(u + (sign * p[RESET_V] - u) * to_value - taken * (p[RESET_MODE] == 1))
        return u + (leaked(p, u) - u) * p[LEAK_MULTI_SEQUENCE]

    return Arithmetic(integrate, compare, taken_off, settle)
