"""Bounds what membranes of a population come to, against what 16 bits hold."""

from __future__ import annotations

import numpy as np

from ....targets.reckon import neuron
from ...ir.stages import Headroom
from ..shared.headroom import up_and_down
from .quantized_network import QuantizedNetwork


def headroom(network: QuantizedNetwork, population: str) -> Headroom:
    """What all sources together bring to a neuron in one step; proven where no run can saturate its membrane."""
    up, down = up_and_down(network, population, lambda p: p.code << p.shift)
    past, _ = unproven(network, population)
    return Headroom(
        arriving=np.maximum(up, down).astype(np.float64), limit=neuron.HIGH, past_limit=past, proven=past == 0
    )


def unproven(network: QuantizedNetwork, population: str) -> tuple[int, float]:
    """Neurons whose membranes may saturate if every source spikes in every step, and the furthest that one comes to."""
    params = network.population(population).params
    up, down = up_and_down(network, population, lambda p: p.code << p.shift)
    highest, lowest = neuron.reach(params, up[:, None], down[:, None])
    furthest = np.maximum(highest, lowest - 1)[:, 0] + np.abs(params["start"])
    past = furthest > neuron.HIGH
    return int(past.sum()), float(furthest[past].max(initial=0.0))
