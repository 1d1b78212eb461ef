"""How far a step can drive the membranes, if every source spikes once."""

from __future__ import annotations

import numpy as np

from ....targets.odin.model import Revision
from ...ir.quantized import QuantizedNetwork
from .routes import held


def envelope(
    network: QuantizedNetwork, chip: Revision, population: str
) -> tuple[dict[str, object], np.ndarray]:
    """For the report, and (n,) int64 the largest of the sums of either sign."""
    synapses = held(network)
    number = next(k for k, p in enumerate(network.populations) if p.name == population)
    p = network.populations[number]
    mine = synapses.post == number
    neuron, weight = synapses.neuron[mine], synapses.weight[mine]
    above = np.bincount(neuron, np.maximum(weight, 0), p.size)
    below = np.bincount(neuron, np.maximum(-weight, 0), p.size)
    largest = np.maximum(above, below).astype(np.int64)
    limit = chip.ranges.state[1]
    past = int((largest > limit).sum())
    words: dict[str, object] = {
        "exponent": 0,
        "grid_units": 1,
        "arriving_units": float(largest.max(initial=0)),
        "arriving_limit": limit,
        "compartments_past_limit": past,
        "proven": past == 0,
    }
    return words, largest
