"""Advice on networks that are a little larger than so many cores hold."""

from __future__ import annotations

import math

from ...sim.diagnostic import Diagnostic, note
from .subject import Subject

LITTLE = 0.15
"""Of a core: what would have to go."""


def past_a_core(subject: Subject) -> list[Diagnostic]:
    """SPK0708 where a little less of the resource that binds would take a core less."""
    resources = None if subject.on_chip is None else subject.on_chip.resources
    if resources is None or resources.cores < 2 or resources.available_on:
        return []
    used = {
        name: sum(core[name] for core in resources.per_core)
        for name in resources.available
        if all(name in core for core in resources.per_core)
    }
    name = max(sorted(used), key=lambda one: used[one] / resources.available[one])
    each = resources.available[name]
    if math.ceil(used[name] / each) != resources.cores:
        return []  # something else binds: how it is split
    excess = used[name] - (resources.cores - 1) * each
    if excess > LITTLE * each:
        return []
    words = name.replace("_", " ")
    message = (
        f"{resources.cores} cores hold {used[name]:,} {words}, {each:,} each: {excess:,} fewer, "
        f"{excess / used[name]:.1%}, would leave the last core empty"
    )
    hint = "fewer neurons in the widest layer, or a larger stride in an early one"
    return [note("SPK0708", message, hint=hint)]
