"""Builds the cores of layers that are split over several, and checks a choice of cores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ....targets.machines.convolution import ConvolutionCore, Destination
from .assign_layers import Piece


def place_layers(layers: Iterable[ConvolutionCore], pieces: Sequence[Piece]) -> tuple[ConvolutionCore, ...]:
    """Build the cores, ascending, that together compute what `layers` do, bit for bit.

    Each piece has the kernels of its channels, and sends to every piece of each destination, its channels where they
    were. Destinations that are no layer stay."""
    by_layer = {layer.core: layer for layer in layers}
    parts = {number: [piece for piece in pieces if piece.layer == number] for number in by_layer}
    placed = [_placed(by_layer[piece.layer], piece, parts) for piece in pieces]
    return tuple(sorted(placed, key=lambda core: core.core))


def _placed(layer: ConvolutionCore, piece: Piece, parts: Mapping[int, Sequence[Piece]]) -> ConvolutionCore:
    own = slice(piece.first, piece.first + piece.channels)
    destinations: list[Destination] = []
    for d in layer.destinations:
        to = [part.core for part in parts[d.core]] if d.core in parts else [d.core]
        shift = d.channel_shift + piece.first
        destinations += [replace(d, core=core, channel_shift=shift) for core in to]
    return replace(
        layer,
        core=piece.core,
        kernel=layer.kernel[own],
        bias=layer.bias[own],
        initial_v=layer.initial_v[own],
        destinations=tuple(destinations),
    )


def check_pieces(
    layers: Sequence[ConvolutionCore],
    pieces: Sequence[Piece],
    room: Mapping[int, tuple[int, ...]],
    destinations: int,
) -> list[str]:
    """List what is wrong with `pieces`, a sentence each; counts again what `assign_layers` was to keep."""
    broken = [f"core {core} is used {n} times" for core, n in _times(p.core for p in pieces) if n > 1]
    numbers = [layer.core for layer in layers]
    broken += [f"there is no layer {piece.layer}" for piece in pieces if piece.layer not in numbers]
    for layer in layers:
        end = 0
        own = [piece for piece in pieces if piece.layer == layer.core]
        for piece in own:
            if piece.first != end or piece.channels < 1:
                broken.append(f"pieces of layer {layer.core} overlap or leave a gap at channel {end}")
            end = piece.first + piece.channels
            most = room[layer.core][piece.core] if 0 <= piece.core < len(room[layer.core]) else 0
            if piece.channels > most:
                broken.append(
                    f"core {piece.core} holds {most} channels of layer {layer.core}, not {piece.channels}"
                )
        if end != layer.kernel.shape[0]:
            broken.append(f"pieces of layer {layer.core} end at channel {end} of {layer.kernel.shape[0]}")
        outside = sum(d.core not in numbers for d in layer.destinations)
        if outside and len(own) > 1:
            broken.append(f"layer {layer.core} sends outside and lies on {len(own)} cores")
        sent = sum(piece.layer == d.core for d in layer.destinations for piece in pieces) + outside
        if sent > destinations:
            broken.append(f"layer {layer.core} sends to {sent} cores, of {destinations}")
    return broken


def _times(cores: Iterable[int]) -> list[tuple[int, int]]:
    listed = sorted(cores)
    return [(core, listed.count(core)) for core in sorted(set(listed))]
