"""Bounds how far a step can drive the membranes if every source spikes once."""

from __future__ import annotations

import numpy as np

from ....targets.odin.model import OdinChip
from ...ir.stages import Headroom
from .quantized_network import QuantizedNetwork
from .routes import stored_synapses


def headroom(network: QuantizedNetwork, chip: OdinChip, population: str) -> Headroom:
    """Bound the sums of either sign that a step brings to a population if every source spikes once."""
    synapses = stored_synapses(network)
    number = next(k for k, p in enumerate(network.populations) if p.name == population)
    p = network.populations[number]
    mine = synapses.post == number
    neuron, weight = synapses.neuron[mine], synapses.weight[mine] * synapses.times[mine]
    above = np.bincount(neuron, np.maximum(weight, 0), p.size)
    below = np.bincount(neuron, np.maximum(-weight, 0), p.size)
    largest = np.maximum(above, below).astype(np.float64)
    limit = chip.ranges.state[1]
    past = int((largest > limit).sum())
    return Headroom(arriving=largest, limit=limit, past_limit=past, proven=past == 0)
