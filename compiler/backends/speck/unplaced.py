"""Builds the unplaced machine of Speck: every layer whole, each on a core of its own number; and symbols of any
machine.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....targets.configuration import InputSymbols, OutputSymbols, PopulationSymbols, Symbols
from ....targets.machines.convolution import ConvolutionCore, ConvolutionMachine
from ...ir.quantized import Kernels
from .assign_layers import Piece
from .quantized_network import QuantizedNetwork


def layers_of(network: QuantizedNetwork) -> Kernels:
    """The kernels of a quantised network. Raises ValueError for one that another family made."""
    if network.kernels is None:
        raise ValueError("the network has no layers")
    return network.kernels


def layers_read(network: QuantizedNetwork) -> frozenset[int]:
    """Numbers of the layers that an Output reads."""
    read = {p.name for _, p in network.exported}
    return frozenset(k for k, p in enumerate(network.populations) if p.name in read)


def expand(network: QuantizedNetwork) -> tuple[ConvolutionMachine, Symbols]:
    """Build the unplaced machine, and its symbols."""
    kernels = layers_of(network)
    whole = [
        Piece(layer=layer.core, first=0, channels=len(layer.kernel), core=layer.core)
        for layer in kernels.layers
    ]
    machine = ConvolutionMachine(
        cores=kernels.layers,
        input_cores=kernels.inputs,
        single_spike=kernels.single_spike,
        monitored=tuple(sorted(layers_read(network))),
    )
    return machine, symbols(network, whole)


def places(layer: ConvolutionCore) -> int:
    """Count the neurons of one channel."""
    _, height, width = layer.neuron_shape
    return height * width


def symbols(network: QuantizedNetwork, pieces: Sequence[Piece]) -> Symbols:
    """Name the neurons of a machine whose cores hold `pieces`: those of the cores, ascending, row-major."""
    kernels = layers_of(network)
    index: list[list[np.ndarray]] = [[] for _ in kernels.layers]
    first: dict[int, int] = {}
    n = 0
    for piece in sorted(pieces, key=lambda piece: piece.core):
        first[piece.core] = n
        n += piece.channels * places(kernels.layers[piece.layer])
    for piece in sorted(pieces, key=lambda piece: piece.first):
        size = piece.channels * places(kernels.layers[piece.layer])
        index[piece.layer].append(np.arange(first[piece.core], first[piece.core] + size))
    populations = tuple(
        PopulationSymbols(
            name=p.name,
            shape=p.shape,
            machine_index=np.concatenate([np.zeros(0, dtype=np.int64), *index[k]]),
            lag_steps=p.lag_steps,
            role=p.role,
            scales=p.scales,
        )
        for k, p in enumerate(network.populations)
    )
    ports = tuple(
        InputSymbols(name=port.name, shape=port.shape, first=0, size=port.size) for port in network.inputs
    )
    return Symbols(populations=populations, inputs=ports, outputs=_outputs(network, populations))


def _outputs(
    network: QuantizedNetwork, populations: Sequence[PopulationSymbols]
) -> tuple[OutputSymbols, ...]:
    """Lines are the neurons of the monitored cores, ascending."""
    index = {p.name: p.machine_index for p in populations}
    seen = np.sort(
        np.concatenate([np.zeros(0, dtype=np.int64), *(index[p.name] for _, p in network.exported)])
    )
    return tuple(
        OutputSymbols(name=name, population=p.name, line=np.searchsorted(seen, index[p.name]), membrane=False)
        for name, p in network.exported
    )
