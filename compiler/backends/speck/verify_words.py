"""Checks that what was loaded is the layers, placed where the symbols say, and nothing else: the static verdict."""

from __future__ import annotations

import numpy as np

from ....targets.configuration import Symbols
from ....targets.machines.convolution import ConvolutionCore
from ....targets.speck.configuration import SpeckConfiguration
from ....targets.speck.model import SpeckChip
from ...ir.stages import StaticVerdict
from ..shared.static import SHOWN, Findings, named
from .assign_layers import Piece
from .quantized_network import QuantizedNetwork
from .unplaced import layers_of, layers_read, places
from .verify_layers import layer_differences


def static_verdict(
    network: QuantizedNetwork, loaded: SpeckConfiguration, symbols: Symbols, chip: SpeckChip
) -> StaticVerdict:
    """Compare a configuration, through its symbols, with the network.

    Never raises for a wrong configuration or wrong symbols: everything that is wrong is a finding."""
    kernels, findings = layers_of(network), Findings()
    neurons = sum(int(np.prod(core.neuron_shape)) for core in loaded.cores)
    pieces: list[Piece] = []
    texts: list[str] = []
    if named(network, symbols, neurons, findings, ports_share=True) is None:
        texts = findings.shown
    else:
        pieces, texts = _pieces(network, symbols, loaded.cores)
    if not texts:
        texts = layer_differences(kernels.layers, kernels.inputs, pieces, loaded.cores, loaded.input_cores)
        read = layers_read(network)
        expected = sorted(piece.core for piece in pieces if piece.layer in read)
        if list(loaded.monitored) != expected:
            texts = [*texts, f"the host sees cores {list(loaded.monitored)}, not {expected}"]
        if loaded.single_spike != kernels.single_spike:
            texts = [*texts, f"single_spike is {loaded.single_spike}, not {kernels.single_spike}"]
        if loaded.readout is not None:
            texts = [*texts, "the read-out block is in use; the network has none"]
        destinations = max((len(core.destinations) for core in loaded.cores), default=0)
        if destinations > chip.cores.destinations:
            texts = [
                *texts,
                f"{destinations} destinations of a core; {chip.title} has {chip.cores.destinations}",
            ]
    return StaticVerdict(identical=not texts, findings=tuple(texts[:SHOWN]), n_findings=len(texts))


def _pieces(
    network: QuantizedNetwork, symbols: Symbols, cores: tuple[ConvolutionCore, ...]
) -> tuple[list[Piece], list[str]]:
    """What each core holds: machine neurons are those of the cores, ascending."""
    ends = np.cumsum([0, *(int(np.prod(core.neuron_shape)) for core in cores)])
    owner = np.full(int(ends[-1]), -1, dtype=np.int64)
    local = np.full(int(ends[-1]), -1, dtype=np.int64)
    for k, p in enumerate(symbols.populations):
        owner[p.machine_index], local[p.machine_index] = k, np.arange(p.machine_index.size)
    pieces: list[Piece] = []
    for core, first, end in zip(cores, ends[:-1].tolist(), ends[1:].tolist(), strict=True):
        layer = int(owner[first]) if end > first else -1
        if layer < 0 or (owner[first:end] != layer).any() or (np.diff(local[first:end]) != 1).any():
            return [], [f"core {core.core}: its neurons are not some channels of one population in order"]
        per_channel = places(layers_of(network).layers[layer])
        if local[first] % per_channel or (end - first) % per_channel:
            return [], [f"core {core.core}: it holds a part of a channel"]
        at = int(local[first]) // per_channel
        pieces.append(Piece(layer=layer, first=at, channels=(end - first) // per_channel, core=core.core))
    return pieces, []
