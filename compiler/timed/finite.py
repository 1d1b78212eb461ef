"""Finds numbers of a float network that cannot be computed with: infinite, so large or small that squares are, or many
thresholds large."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...sim.diagnostic import Diagnostic, error
from ...sim.nir.path import stored_at
from ..ir.network import Network, Population

LEAST, MOST = 1e-150, 1e150
"""Of the size of a number that is not 0: its square and its reciprocal are floats as well."""
MOST_THRESHOLDS = 1 << 20
"""That a weight or a constant may bring in a step: integers hold it beside a threshold of a few bits."""


def not_finite(network: Network) -> list[Diagnostic]:
    """An error SPK0230 for each population with such a number, or that a projection with one leads to."""
    found: list[Diagnostic] = []
    hint = "give --dt in seconds, as in the exporter; look at the file with spikec inspect"
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
                found.append(error("SPK0230", message, where=stored_at(name), hint=hint))
            elif (
                what in {"biases", "weights"}
                and (thresholds := _in_thresholds(population, size)) > MOST_THRESHOLDS
            ):
                message = (
                    f"{what} of {name} are up to {thresholds:.3g} thresholds a step; at most {MOST_THRESHOLDS:,} are "
                    "computed with"
                )
                found.append(error("SPK0230", message, where=stored_at(name), hint=hint))
    return found


def _in_thresholds(population: Population, size: np.ndarray) -> float:
    """The largest number in thresholds; 0 where there are none."""
    theta = population.neuron.theta
    most = 0.0 if theta is None else float(theta.max(initial=0.0))
    return float(size.max(initial=0.0)) / most if most > 0 else 0.0


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
