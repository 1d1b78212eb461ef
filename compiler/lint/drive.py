"""What can arrive at the neurons of a population at most, from the weights alone."""

from __future__ import annotations

import numpy as np

from ..ir.network import Network, Population


def constant(network: Network, population: Population) -> np.ndarray:
    """(n,) what arrives in every step without any spike: biases."""
    found = np.array(population.neuron.bias, dtype=np.float64).copy()
    for projection in network.into(population.name):
        for bias in projection.bias.values():
            found = found + bias
    return found


def most_in_a_step(
    network: Network, population: Population, highest: dict[str, float] | None = None
) -> np.ndarray | None:
    """(n,) what arrives in one step at most, biases included; None where a sender has no bound.

    highest: Input -> the largest value that it holds; 1 where it is not named."""
    found = constant(network, population)
    for projection in network.into(population.name):
        sent = _sent(network, projection.pre, highest or {})
        if sent is None:
            return None
        for taps in projection.taps.values():
            found = found + sent * np.asarray(taps.maximum(0).sum(axis=1)).ravel()
    return found


def settled(population: Population, each_step: np.ndarray) -> np.ndarray:
    """(n,) where a membrane ends if so much arrives in every step and nothing resets it; infinite without a leak."""
    neuron = population.neuron
    current = each_step if neuron.alpha is None else _ends(neuron.alpha, each_step)
    return _ends(neuron.beta, current)


def _ends(kept: np.ndarray, each_step: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = each_step / (1 - kept)
    unbounded = (kept >= 1) | (kept < 0)
    return np.where(unbounded, np.where(each_step > 0, np.inf, np.where(each_step < 0, -np.inf, 0.0)), ends)


def _sent(network: Network, pre: str, highest: dict[str, float]) -> float | None:
    if pre in network.inputs:
        return highest.get(pre, 1.0)
    neuron = network.populations[pre].neuron
    return None if neuron.theta is None or neuron.multi is None else float(neuron.multi)
