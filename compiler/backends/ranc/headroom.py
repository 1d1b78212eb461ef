"""Bounds what a step can bring to a potential, and what it can reach."""

from __future__ import annotations

import numpy as np

from ...ir.stages import Headroom
from ..shared.headroom import up_and_down
from .quantize import Quantized
from .unplaced import synapse_weights


def headroom(quantized: Quantized, population: str) -> Headroom:
    """Bound what a step brings to the potentials of a population, up or down, if every source spikes.

    Proven: no step takes a potential that is below its threshold, and not below its negative one, out of its range,
    and none brings more than a threshold, which would leave more than a threshold behind."""
    network, chip = quantized.network, quantized.chip
    post = network.population(population)
    up, down = up_and_down(network, population, lambda p: synapse_weights(p, post, chip))
    up, down = up + np.maximum(post.params["leak"], 0), down + np.maximum(-post.params["leak"], 0)
    threshold, floor = post.params["positive_threshold"], post.params["negative_threshold"]
    subtracts = post.params["reset_mode"] == 1
    high = (1 << (chip.bits.potential - 1)) - 1
    past = (threshold - 1 + up > high) | (floor - down < -high - 1)
    past |= subtracts & ((up > threshold) | (down > -floor))
    largest = np.maximum(up, down).astype(np.float64)
    return Headroom(arriving=largest, limit=high, past_limit=int(past.sum()), proven=not past.any())
