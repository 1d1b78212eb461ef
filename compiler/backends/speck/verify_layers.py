"""Checks that cores hold exactly the layers of convolution that were assigned to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ....targets.machines.convolution import ConvolutionCore
from .assign_layers import Piece

SAME = ("input_shape", "threshold", "low_threshold", "reset_to_zero", "stride", "padding")
BY_CHANNEL = ("kernel", "bias", "initial_v")


def layer_differences(
    layers: Sequence[ConvolutionCore],
    inputs: Sequence[int],
    pieces: Sequence[Piece],
    cores: Sequence[ConvolutionCore],
    input_cores: Sequence[int],
) -> list[str]:
    """Compare cores with the layers that they are to compute. What `cores`, read as `pieces` say, have that `layers`
    do not, or lack: a sentence each.

    inputs: the layers that events are sent to; input_cores: the cores.

    Every output channel of every layer lies on one core with its kernel, bias, initial states and registers; and
    every pair of a sending channel and a receiving one is joined as often as in the layers, with the same input
    channel and pooling."""
    by_core = {piece.core: piece for piece in pieces}
    numbers = [core.core for core in cores]
    if sorted(numbers) != sorted(by_core) or len(by_core) != len(pieces):
        return [f"cores {sorted(numbers)} are in use, {sorted(by_core)} should be"]
    by_layer = {layer.core: layer for layer in layers}
    strangers = sorted({piece.layer for piece in pieces} - set(by_layer))
    if strangers:
        return [f"there is no layer {number}" for number in strangers]
    differences = [text for core in cores for text in _core(core, by_core[core.core], by_layer)]
    differences += _coverage(layers, pieces)
    expected = sorted(piece.core for piece in pieces if piece.layer in inputs)
    if sorted(input_cores) != expected:
        differences.append(f"events go to cores {sorted(input_cores)}, not {expected}")
    return differences or _connections(layers, pieces, cores)


def _core(core: ConvolutionCore, piece: Piece, by_layer: Mapping[int, ConvolutionCore]) -> Iterator[str]:
    layer = by_layer[piece.layer]
    place = f"core {core.core}, of layer {piece.layer}"
    for name in SAME:
        if getattr(core, name) != getattr(layer, name):
            yield f"{place}: {name} is {getattr(core, name)}, not {getattr(layer, name)}"
    for name in BY_CHANNEL:
        expected = getattr(layer, name)[piece.first : piece.first + piece.channels]
        if not np.array_equal(getattr(core, name), expected):
            yield f"{place}: {name} differs"


def _coverage(layers: Sequence[ConvolutionCore], pieces: Sequence[Piece]) -> Iterator[str]:
    for layer in layers:
        times = np.zeros(len(layer.kernel), dtype=np.int64)
        for piece in pieces:
            if piece.layer == layer.core:
                times[piece.first : piece.first + piece.channels] += 1
        for channel in np.flatnonzero(times != 1)[:1].tolist():
            yield f"channel {channel} of layer {layer.core} lies on {int(times[channel])} cores"


def _connections(
    layers: Sequence[ConvolutionCore], pieces: Sequence[Piece], cores: Sequence[ConvolutionCore]
) -> list[str]:
    own = [Piece(layer=layer.core, first=0, channels=len(layer.kernel), core=layer.core) for layer in layers]
    joined_layers, joined_cores = _joined(layers, own), _joined(cores, pieces)
    if np.array_equal(joined_layers, joined_cores):
        return []
    names = ("layer", "channel", "to layer", "its channel", "through input channel", "pooling")
    rows, which = np.unique(np.concatenate([joined_layers, joined_cores]), axis=0, return_inverse=True)
    which = which.ravel()
    expected, found = (
        np.bincount(part, minlength=len(rows)) for part in np.split(which, [len(joined_layers)])
    )
    at = int(np.flatnonzero(expected != found)[0])
    text = ", ".join(f"{name} {value}" for name, value in zip(names, rows[at].tolist(), strict=True))
    return [f"joined {int(found[at])} times, not {int(expected[at])}: {text}"]


def _joined(cores: Sequence[ConvolutionCore], pieces: Sequence[Piece]) -> np.ndarray:
    """(n, 6) int64, sorted: layer, channel, receiving layer, its channel, input channel, pooling. A destination that
    is no layer receives on channel -1, and its number stands for the layer."""
    by_core = {piece.core: piece for piece in pieces}
    parts = [np.zeros((0, 6), dtype=np.int64)]
    for core in cores:
        sender = by_core[core.core]
        for d in core.destinations:
            to = by_core.get(d.core)
            layer, first, channels = (d.core, -1, 1) if to is None else (to.layer, to.first, to.channels)
            sent, taken = np.meshgrid(np.arange(sender.channels), np.arange(channels), indexing="ij")
            columns = (
                np.full(sent.size, sender.layer),
                sender.first + sent.ravel(),
                np.full(sent.size, layer),
                first + taken.ravel(),
                d.channel_shift + sent.ravel(),
                np.full(sent.size, d.pooling),
            )
            parts.append(np.stack(columns, axis=1))
    rows = np.concatenate(parts)
    return rows[np.lexsort(rows.T)]
