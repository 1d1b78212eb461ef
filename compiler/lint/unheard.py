"""Advice on neurons whose spikes nobody hears."""

from __future__ import annotations

import numpy as np

from ...sim.diagnostic import Diagnostic, warning
from ...sim.nir.path import shown, stored_at
from .subject import Subject


def unheard(subject: Subject) -> list[Diagnostic]:
    """SPK0704 for each population with neurons that have no weight to any other neuron, nor to an output."""
    found: list[Diagnostic] = []
    for name, population in sorted(subject.network.populations.items()):
        heard = np.zeros(population.size, dtype=bool)
        for projection in subject.network.out_of(name):
            for taps in projection.taps.values():
                heard |= np.asarray(abs(taps).sum(axis=0)).ravel() > 0
        if heard.all():
            continue
        deaf = int((~heard).sum())
        message = f"nobody hears {deaf:,} of {population.size:,} neurons of {shown(name)}: all weights from them are 0"
        hint = "remove them: they take neurons, and synapses that lead to them"
        found.append(warning("SPK0704", message, where=stored_at(name), hint=hint))
    return found
