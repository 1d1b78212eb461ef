"""Arithmetic of an event-driven crossbar's neuron: a sum that saturates, a constant leak, a reset to zero."""

from __future__ import annotations

from typing import NamedTuple

from ..arrays import Array, Function, Namespace


class Arithmetic(NamedTuple):
    """Functions of integers or of integer arrays that broadcast.

    add(v, weight): the state with a weight added, clipped to its range. leak(v, amount): the state, nearer to zero
    by amount >= 0 or at zero. finish(v, threshold): the state that is kept, and whether the neuron fires; a negative
    state never does, whatever the threshold (0 .. the largest of its field)."""

    add: Array
    leak: Array
    finish: Array


def as_it_is(function: Function) -> Function:
    """Return the function: for arithmetic that is not compiled."""
    return function


def arithmetic(xp: Namespace, low: int, high: int, compiled: Function = as_it_is) -> Arithmetic:
    """Over `minimum` and `maximum` of `xp` (numpy, jax.numpy, or those of scalars), for states in low .. high;
    `compiled` wraps every function (a just-in-time compiler)."""
    minimum, maximum = xp.minimum, xp.maximum

    @compiled
    def add(v: Array, weight: Array) -> Array:
        return minimum(maximum(v + weight, low), high)

    @compiled
    def leak(v: Array, amount: Array) -> Array:
        return v - minimum(maximum(v, -amount), amount)

    @compiled
    def finish(v: Array, threshold: Array) -> Array:
        fires = (v >= 0) & (v >= threshold)
        return v * (1 - fires), fires

    return Arithmetic(add, leak, finish)
