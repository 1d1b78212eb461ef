"""Says which axes of a stimulus seem to be exchanged, missing or joined."""

from __future__ import annotations

import math
from itertools import permutations

Shape = tuple[int, ...]
AXES = "(T, B, ...)"
"""Axes of every stimulus: steps, samples, and those of the Input."""


def axes_hint(found: Shape, sample: Shape) -> str:
    """How an array of shape `found` becomes (T, B, *sample); empty where nothing simple would do."""
    n = len(sample)
    if len(found) == n + 1 and found[1:] == sample:
        return f"the axis of the samples is missing: a[:, None] makes {(found[0], 1, *sample)} of it"
    if len(found) == n and found == sample:
        return f"the axes of steps and samples are missing: a[None, None] makes {(1, 1, *sample)} of it, one step"
    if n and found[1 : n + 1] == sample and len(found) == n + 2:
        return f"if its last axis is time, numpy.moveaxis(a, -1, 0) makes {(found[-1], *found[:-1])} of it"
    if n and found[:n] == sample and len(found) == n + 2:
        return "the axes of the Input come first: numpy.moveaxis brings steps and samples before them"
    if len(found) > 2 and math.prod(found[2:]) == math.prod(sample):
        order = (
            next((p for p in permutations(range(n)) if _permuted(found, p) == sample), None)
            if n <= 4
            else None
        )
        if len(found) == n + 2 and order is not None:
            axes = (0, 1, *(2 + k for k in order))
            return (
                f"its axes have another order: numpy.transpose(a, {axes}) makes {(*found[:2], *sample)} of it"
            )
        kept = ", ".join(map(str, (*found[:2], *sample)))
        return f"a.reshape({kept}) has the shape, if its elements are in that order"
    return ""


def _permuted(found: Shape, order: tuple[int, ...]) -> Shape:
    rest = found[2:]
    return tuple(rest[k] for k in order) if len(rest) == len(order) else ()
