"""Bounds what a step can add to a membrane."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ....sim.engines.delivery.convolution import convolve
from ....targets.machines.convolution import ConvolutionCore
from ....targets.speck.neuron import HIGH
from ...ir.stages import Headroom
from .quantize import Quantized
from .unplaced import layers_of


def headroom(quantized: Quantized, population: str) -> Headroom:
    """Bound what a step adds to the membranes of a population if every source spikes once."""
    network = quantized.network
    number = next(k for k, p in enumerate(network.populations) if p.name == population)
    kernels = layers_of(network)
    layer = kernels.layers[number]
    counts = np.zeros((1, *layer.input_shape), dtype=np.int64)
    if number in kernels.inputs:
        counts += 1
    for sender in kernels.layers:
        for d in sender.destinations:
            if d.core == number:
                counts[0, d.channel_shift : d.channel_shift + len(sender.kernel)] += d.pooling**2
    up, down = (_largest(layer, counts, sign) for sign in (1, -1))
    largest = np.maximum(up, down).ravel().astype(np.float64)
    past = int((largest > HIGH).sum())
    return Headroom(arriving=largest, limit=HIGH, past_limit=past, proven=past == 0)


def _largest(layer: ConvolutionCore, counts: np.ndarray, sign: int) -> np.ndarray:
    """The sum of all weights of one sign, with the bias."""
    one = replace(layer, kernel=np.maximum(sign * layer.kernel.astype(np.int64), 0))
    return convolve(one, counts)[0] + np.maximum(sign * layer.bias, 0)[:, None, None]
