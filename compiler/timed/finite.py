"""Finds numbers of a float network that cannot be computed with: infinite, or so large or small that squares are."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...sim.diagnostic import Diagnostic, error
from ...sim.nir.path import stored_at
from ..ir.network import Network, Population

LEAST, MOST = 1e-150, 1e150
"""Of the size of a number that is not 0: its square and its reciprocal are floats as well."""


def not_finite(network: Network) -> list[Diagnostic]:
    """An error SPK0230 for each population with such a number, or that a projection with one leads to."""
    found: list[Diagnostic] = []
    for name, population in sorted(network.populations.items()):
        for what, values in _numbers(network, population):
            size = np.abs(values[values != 0])
            if not np.isfinite(values).all() or (
                what != "decays" and bool(((size < LEAST) | (size > MOST)).any())
            ):
                message = (
                    f"{what} of {name} are 0 or {LEAST:g} to {MOST:g} on a chip; with a time step of "
                    f"{network.dt_seconds:g} s these are {values.min():g} to {values.max():g}"
                )
                hint = "give --dt in seconds, as in the exporter; look at the file with spikec inspect"
                found.append(error("SPK0230", message, where=stored_at(name), hint=hint))
    return found


def _numbers(network: Network, population: Population) -> Iterator[tuple[str, np.ndarray]]:
    neuron, projections = population.neuron, network.into(population.name)
    parts = {
        "decays": [neuron.beta, *([] if neuron.alpha is None else [neuron.alpha])],
        "biases": [neuron.bias, *(constant for p in projections for constant in p.bias.values())],
        "thresholds": [] if neuron.theta is None else [neuron.theta],
        "weights": [tap.data for p in projections for tap in p.taps.values()],
    }
    for what, arrays in parts.items():
        values = np.concatenate([np.zeros(0), *(array.ravel() for array in arrays)])
        if values.size:
            yield what, values
