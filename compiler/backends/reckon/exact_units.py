"""Finds scales at which nothing is rounded, for networks whose numbers lie on the chip's grid already."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ....targets.reckon.neuron import HIGH, ONE
from ...ir.timed_network import TimedNetwork
from ..shared.common_step import count_of_steps
from .lower import Lowered


def exact_units(
    timed: TimedNetwork,
    lowered: Lowered,
    back: Mapping[str, np.ndarray],
    alpha: Mapping[str, np.ndarray],
    most: int,
) -> dict[str, np.ndarray] | None:
    """Population -> (n,) integers in one unit of each neuron's membrane, so that without a shift all that it holds is
    whole; None where some neuron leaks, or has more than `most` steps in a weight."""
    found: dict[str, np.ndarray] = {}
    for name, share in back.items():
        theta = timed.populations[name].thresholds
        if bool((alpha[name] != ONE).any()):
            return None
        start = timed.populations[name].start
        found[name] = np.ones(theta.size)
        for n in range(theta.size):
            weights, others = [np.array([share[n] * theta[n]])], [np.array([theta[n], start[n]])]
            for link in lowered.into(name):
                constant = link.source in lowered.onset
                (others if constant else weights).append(link.weights[link.rows == n])
            values = np.concatenate(weights)
            values = values[values != 0] if values.any() else theta[n : n + 1]
            steps = count_of_steps(values, most, np.concatenate(others))
            if steps == 0:
                return None
            found[name][n] = steps / float(np.abs(values).max())
        if (found[name] * theta > HIGH - 1).any():
            return None
    return found
