"""Counts the synapses behind each source of a quantised network: what one spike of it brings."""

from __future__ import annotations

import numpy as np

from ...targets.machines.convolution import ConvolutionCore, Destination, fan_out
from ..ir.quantized import Kernels, QuantizedNetwork


def fan_outs(network: QuantizedNetwork) -> dict[tuple[str, str], np.ndarray]:
    """(source, population) -> (n,) int64, the weights that a spike of each element of the source brings there, sorted.

    Sources are inputs and populations; pairs without a synapse are left out."""
    sizes = {p.name: p.size for p in (*network.populations, *network.inputs)}
    found: dict[tuple[str, str], np.ndarray] = {}
    for p in network.projections:
        reached = np.zeros(sizes[p.pre], dtype=np.int64)
        np.add.at(reached, p.synapses.source, p.synapses.lengths)
        found[p.pre, p.post] = found.get((p.pre, p.post), 0) + reached
    if network.kernels is not None:
        found |= _of_kernels(network, network.kernels)
    return {pair: reached for pair, reached in sorted(found.items()) if reached.any()}


def _of_kernels(network: QuantizedNetwork, kernels: Kernels) -> dict[tuple[str, str], np.ndarray]:
    names = [p.name for p in network.populations]
    found: dict[tuple[str, str], np.ndarray] = {}
    for port in network.inputs:
        for number in kernels.inputs:
            found[port.name, names[number]] = fan_out(kernels.layers[number]).reshape(-1)
    for name, layer in zip(names, kernels.layers, strict=True):
        for way in layer.destinations:
            if way.core < len(names):
                reached = _through(layer, way, kernels.layers[way.core])
                found[name, names[way.core]] = found.get((name, names[way.core]), 0) + reached
    return found


def _through(layer: ConvolutionCore, way: Destination, onto: ConvolutionCore) -> np.ndarray:
    """(n,) of the neurons of a layer, whose spikes are pooled on their way."""
    reached = np.zeros(layer.neuron_shape, dtype=np.int64)
    c, y, x = np.indices(layer.neuron_shape)
    c, y, x = c + way.channel_shift, y // way.pooling, x // way.pooling
    channels, height, width = onto.input_shape
    inside = (c >= 0) & (c < channels) & (y < height) & (x < width)
    reached[inside] = fan_out(onto)[c[inside], y[inside], x[inside]]
    return reached.reshape(-1)
