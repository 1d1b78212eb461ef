"""Converts kernels, thresholds and biases of Speck and DYNAP-CNN back into the float network that they stand for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ....targets.machines.convolution import ConvolutionCore
from ....targets.speck.model import SpeckChip
from ....targets.speck.neuron import HIGH, LOW
from ...ir.network import Network, Neuron
from ...ir.on_chip import ChipMembrane, LeftOut, OnChip
from ..shared.on_chip import FloatSynapses, network_on_chip
from .kernels import kernel_matrix, pool_matrix
from .lower import FloatLayer, Source
from .quantize import Quantized
from .windows import Map, maps_of

STEP_BITS = 8
"""Bits of a step: 16 bits of a state and these are the 24 of a float, so that sums are exact in it."""


def on_chip(network: Network, quantized: Quantized, chip: SpeckChip) -> OnChip:
    """The float network. A step has so few bits that whole numbers of it are exact in float: what is equal to the
    threshold on the chip is so there."""
    maps = maps_of(network)
    kernels = quantized.network.kernels
    neurons: dict[str, Neuron] = {}
    steps: dict[str, np.ndarray] = {}
    synapses: list[FloatSynapses] = []
    cores = () if kernels is None else kernels.layers
    for layer, core, scale in zip(quantized.layers, cores, quantized.scales, strict=True):
        wanted = network.populations[layer.name].neuron
        step = steps[layer.name] = _few_bits(layer.ratio / scale)
        lag = quantized.network.population(layer.name).lag_steps
        bias = np.repeat(core.bias, step.size // core.bias.size) * step
        # A reset to a value forgets by how much the threshold was passed: half an integer below, nothing equals it.
        half = 0.5 if core.reset_to_zero and wanted.multi == 1 else 0.0
        held = core.low_threshold > chip.ranges.low_threshold[0] or wanted.v_min is not None
        neurons[layer.name] = replace(
            wanted,
            beta=np.ones(step.size),
            bias=bias,
            theta=(core.threshold - half) * step,
            at_threshold=True,
            v_min=core.low_threshold * step if held else None,
            v_start=core.initial_v.reshape(-1) * step + lag * bias,
        )
        lags = {p.name: p.lag_steps for p in quantized.network.populations}
        synapses += [
            _synapses(layer, core, source, maps, step, lags.get(source.name, 0) - lag)
            for source in layer.sources
        ]
    left_out = LeftOut(
        where=", ".join(sorted(neurons)),
        chip=f"{chip.title} holds states from {LOW} to {HIGH}, and how it orders the events of a step is not public",
        file="the membranes of the file have no end, and it sums a step",
    )
    return OnChip(
        network=network_on_chip(network, neurons, synapses, {}),
        membranes={name: ChipMembrane(step=step, rounded=(0.0, 0.0)) for name, step in steps.items()},
        left_out=(left_out,),
    )


def _few_bits(step: np.ndarray) -> np.ndarray:
    fraction, exponent = np.frexp(step)
    return np.ldexp(np.rint(np.ldexp(fraction, STEP_BITS)), exponent - STEP_BITS)


def _synapses(
    layer: FloatLayer,
    core: ConvolutionCore,
    source: Source,
    maps: dict[str, Map],
    step: np.ndarray,
    delay: int,
) -> FloatSynapses:
    from scipy import sparse

    sent = maps[source.name]
    kernel = core.kernel[:, source.shift : source.shift + sent[0]].astype(np.float64)
    arriving = (sent[0], layer.input_shape[1], layer.input_shape[2])
    matrix = kernel_matrix(kernel, arriving, (core.stride, core.padding), layer.neurons)
    joined = sparse.csr_array(matrix @ pool_matrix(sent, source.pooling)).tocoo()
    rows, cols = (np.asarray(place, dtype=np.int64) for place in joined.coords)
    return FloatSynapses(
        pre=source.name,
        post=layer.name,
        rows=rows,
        cols=cols,
        weights=np.asarray(joined.data, dtype=np.float64) * step[rows],
        delay_steps=np.full(rows.size, delay, dtype=np.int64),
    )
