"""Advice on neurons that fire without any input, by their bias."""

from __future__ import annotations

import numpy as np

from ...sim.diagnostic import Diagnostic, note
from ...sim.nir.path import shown, stored_at
from ..ir.network import Neuron
from .drive import constant, settled
from .subject import Subject

MOST_STEPS = 10_000


def fires_alone(subject: Subject) -> list[Diagnostic]:
    """SPK0705 for each population with neurons whose bias alone carries the membrane past the threshold."""
    found: list[Diagnostic] = []
    for name, population in sorted(subject.network.populations.items()):
        neuron = population.neuron
        if neuron.theta is None:
            continue
        bias = constant(subject.network, population)
        ends = settled(population, bias)
        alone = (bias > 0) & (ends > neuron.theta)
        if not alone.any():
            continue
        message = (
            f"{int(alone.sum()):,} of {population.size:,} neurons of {shown(name)} fire without any input: their "
            f"bias, up to {float(np.max(bias[alone] / neuron.theta[alone])):.3g} of the threshold in a step, carries "
            f"them past it, the first every {_steps(neuron, bias, alone)} steps or so"
        )
        hint = (
            "if that is not meant, train without a bias or with a smaller one; a chip whose biases are coarse, or are "
            "made of events of the host, feels it most"
        )
        found.append(note("SPK0705", message, where=stored_at(name), hint=hint))
    return found


def _steps(neuron: Neuron, bias: np.ndarray, alone: np.ndarray) -> int:
    """Steps until the first of some neurons is past its threshold, from rest; all that arrives is its bias."""
    theta = np.zeros(bias.size) if neuron.theta is None else neuron.theta
    current, membrane = np.zeros(bias.size), np.zeros(bias.size)
    for step in range(1, MOST_STEPS):
        current = bias if neuron.alpha is None else neuron.alpha * current + bias
        membrane = neuron.beta * membrane + current
        if (membrane[alone] > theta[alone]).any():
            return step
    return MOST_STEPS
