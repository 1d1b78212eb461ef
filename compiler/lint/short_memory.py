"""Advice on membranes that forget nearly everything from one step to the next."""

from __future__ import annotations

import numpy as np

from ...sim.diagnostic import Diagnostic, note
from ...sim.nir.path import shown, stored_at
from .subject import Subject

KEPT = 0.05


def short_memory(subject: Subject) -> list[Diagnostic]:
    """SPK0711 for each population whose membranes keep less than a twentieth of themselves in a step."""
    found: list[Diagnostic] = []
    for name, population in sorted(subject.network.populations.items()):
        kept = np.asarray(population.neuron.beta)
        short = (kept >= 0) & (kept < KEPT)
        if not short.any():
            continue
        message = (
            f"{int(short.sum()):,} of {population.size:,} membranes of {shown(name)} keep less than {KEPT:.0%} of "
            f"themselves in a step of {subject.network.dt_seconds:g} s, the shortest {float(kept[short].min()):.2g}: "
            "time hardly matters to them"
        )
        hint = "check --dt; if it is right, a plain threshold would do as well"
        found.append(note("SPK0711", message, where=stored_at(name), hint=hint))
    return found
