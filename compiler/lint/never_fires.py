"""Advice on neurons that cannot fire, whatever arrives: they take room and say nothing."""

from __future__ import annotations

import numpy as np

from ...sim.diagnostic import Diagnostic, warning
from ...sim.nir.path import shown, stored_at
from .drive import most_in_a_step, settled
from .subject import Subject


def never_fires(subject: Subject) -> list[Diagnostic]:
    """SPK0703 for each population with neurons that stay below their threshold if all senders spike in every step."""
    found: list[Diagnostic] = []
    for name, population in sorted(subject.network.populations.items()):
        neuron = population.neuron
        if neuron.theta is None or neuron.reset == "none":
            continue
        each_step = most_in_a_step(subject.network, population, dict(subject.highest))
        if each_step is None or (neuron.beta < 0).any():
            continue
        start = 0.0 if neuron.v_start is None else neuron.v_start
        highest = np.maximum(settled(population, np.maximum(each_step, 0.0)), start)
        dead = highest < neuron.theta if neuron.at_threshold else highest <= neuron.theta
        if not dead.any():
            continue
        share = float(np.max(highest[dead] / neuron.theta[dead]))
        inputs = ", ".join(f"{value:g}" for value in sorted(set(subject.highest.values())))
        message = (
            f"{int(dead.sum()):,} of {population.size:,} neurons of {shown(name)} can never fire: their membranes "
            f"reach {share:.3g} of the threshold at most, with every sender spiking in every step and inputs up to "
            f"{inputs}"
        )
        hint = (
            "remove them: they take neurons and synapses of the chip for nothing; or lower their thresholds"
        )
        found.append(warning("SPK0703", message, where=stored_at(name), which=_which(dead), hint=hint))
    return found


def _which(chosen: np.ndarray) -> str:
    places = np.flatnonzero(chosen)
    more = f" and {places.size - 8:,} more" if places.size > 8 else ""
    return ", ".join(map(str, places[:8])) + more
