"""Arithmetic of an event-driven crossbar's neuron: a sum that saturates, a constant leak, a reset to zero."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NamedTuple

from ..arrays import Compiler, Operations, V, as_it_is


class Arithmetic(NamedTuple, Generic[V]):
    """Functions of integers or of integer arrays that broadcast.

    add(v, weight): the state with a weight added, clipped to its range. leak(v, amount): the state, nearer to zero
    by amount >= 0 or at zero. finish(v, threshold): the state that is kept, and whether the neuron fires; a negative
    state never does, whatever the threshold (0 .. the largest of its field)."""

    add: Callable[[V, V], V]
    leak: Callable[[V, V], V]
    finish: Callable[[V, V], tuple[V, V]]


def arithmetic(xp: Operations[V], low: int, high: int, compiled: Compiler = as_it_is) -> Arithmetic[V]:
    """Over `minimum` and `maximum` of `xp` (numpy, jax.numpy, or those of scalars), for states in low .. high;
    `compiled` wraps every function (a just-in-time compiler)."""
    minimum, maximum = xp.minimum, xp.maximum

    @compiled
    def add(v: V, weight: V) -> V:
        return minimum(maximum(v + weight, low), high)

    @compiled
    def leak(v: V, amount: V) -> V:
        return v - minimum(maximum(v, -amount), amount)

    @compiled
    def finish(v: V, threshold: V) -> tuple[V, V]:
        fires = (v >= 0) & (v >= threshold)
        return v * (1 - fires), fires

    return Arithmetic(add, leak, finish)
