"""Advice on thresholds that are out of ratio: with the weights onto them, or with others of their layer."""

from __future__ import annotations

import numpy as np

from ...sim.diagnostic import Diagnostic, warning
from ...sim.nir.path import shown, stored_at
from ..ir.network import Network
from .subject import Subject

SPREAD = 8.0
"""Largest threshold of a layer by its smallest."""
SPIKES_PAST, SPIKES_SHORT = 8.0, 256.0
"""Thresholds that one spike is worth at most, and spikes of the largest weight that reach the threshold at most."""


def thresholds(subject: Subject) -> list[Diagnostic]:
    """SPK0706 for each population whose thresholds are far apart, or far from what one spike brings."""
    found: list[Diagnostic] = []
    for name, population in sorted(subject.network.populations.items()):
        theta = population.neuron.theta
        if theta is None or not (theta > 0).all():
            continue
        low, high = float(theta.min()), float(theta.max())
        if high > SPREAD * low:
            message = (
                f"thresholds of {shown(name)} reach from {low:.3g} to {high:.3g}, a factor of {high / low:.3g}: a chip "
                f"with one threshold for a layer scales the weights of each neuron instead, which takes up to "
                f"{np.log2(high / low):.1f} bits of them"
            )
            hint = "train one threshold for the layer; the weights can say the same"
            found.append(warning("SPK0706", message, where=stored_at(name, "v_threshold"), hint=hint))
        found += _against_weights(subject.network, name, theta)
    return found


def _against_weights(network: Network, name: str, theta: np.ndarray) -> list[Diagnostic]:
    largest = np.zeros(theta.size)
    for projection in network.into(name):
        for taps in projection.taps.values():
            largest = np.maximum(largest, np.asarray(abs(taps).max(axis=1).todense()).ravel())
    if not largest.any():
        return []
    worth = float(np.median(largest[largest > 0] / theta[largest > 0]))
    if 1 / SPIKES_SHORT <= worth <= SPIKES_PAST:
        return []
    if worth > 1:
        message = (
            f"one spike by the largest weight onto a neuron of {shown(name)} is worth {worth:.3g} thresholds: what is "
            "over is lost with a reset to a value, and takes the range that a chip has for membranes"
        )
        hint = "raise the threshold or lower the weights; a wrong --dt or --dialect looks like this too"
    else:
        message = (
            f"it takes {1 / worth:,.0f} spikes by the largest weight to bring a neuron of {shown(name)} to its "
            "threshold: on a chip the threshold has to be that many times the largest weight that is stored"
        )
        hint = "lower the threshold or raise the weights; a wrong --dt or --dialect looks like this too"
    return [warning("SPK0706", message, where=stored_at(name, "v_threshold"), hint=hint)]
