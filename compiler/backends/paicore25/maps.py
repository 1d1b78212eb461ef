"""Lays out what a box of cores reads in a step: an address for each element of each of its sources.

A map with padding, channels last, over which kernels walk; or sources end to end; or, where potentials are added,
those of a neuron side by side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...ir.quantized import QuantizedPopulation
from .folds import Taps

POTENTIAL = 32
Stream = tuple[str, int, int]
"""A source, the chip steps by which what it sends is held back, and which of the events that the host sends for each of
an input; 0 for others."""


@dataclass(frozen=True, kw_only=True)
class ReadMap:
    """bits: of a step. address: source and delay -> (size,) int64 bit address of each element. walk: for kernels, bits
    from one column, and from one row, of neurons to the next; None where neurons do not walk. padding, pitch, first: of
    the map: rows and columns before it, elements of a row of it with padding, and first channel of each stream."""

    bits: int
    address: Mapping[Stream, np.ndarray]
    walk: tuple[int, int] | None = None


def end_to_end(sizes: Mapping[Stream, int]) -> ReadMap:
    """Put sources behind each other."""
    address: dict[Stream, np.ndarray] = {}
    first = 0
    for stream in sorted(sizes):
        address[stream] = first + np.arange(sizes[stream])
        first += sizes[stream]
    return ReadMap(bits=first, address=address)


def padded(population: QuantizedPopulation, taps: Mapping[Stream, Taps], places: Sequence[Stream]) -> ReadMap:
    """A map in whose padding nothing is written, as wide as kernels reach. places: streams whose elements stand for
    places of the map of neurons."""
    stride = tuple(population.core_params[f"stride_{side}"] for side in ("rows", "columns"))
    own = population.shape[-2:] if len(population.shape) == 3 else (1, population.shape[-1])
    low = [0, 0]
    high = [1, 1]
    for stream in sorted(taps):
        one = taps[stream]
        for axis, offset in enumerate((one.row, one.column)):
            reach = stride[axis] * (own[axis] - 1)
            low[axis] = min(low[axis], int(offset.min(initial=0)))
            high[axis] = max(high[axis], one.sides[axis], reach + int(offset.max(initial=0)) + 1)
    rows, columns = high[0] - low[0], high[1] - low[1]
    channels = sum(taps[stream].shape[0] for stream in taps)
    address: dict[Stream, np.ndarray] = {}
    first = 0
    for stream in sorted(taps):
        shape = taps[stream].shape
        c, y, x = (axis.reshape(-1) for axis in np.indices(shape))
        if stream in places:
            y, x = y * stride[0], x * stride[1]
        address[stream] = ((y - low[0]) * columns + x - low[1]) * channels + first + c
        first += shape[0]
    return ReadMap(
        bits=rows * columns * channels,
        address=address,
        walk=(stride[1] * channels, stride[0] * columns * channels),
    )


def side_by_side(streams: Sequence[Stream], position: np.ndarray, count: int) -> ReadMap:
    """Potentials of each neuron side by side. position: (size,) int64 place of each neuron among `count` that the core
    reads, below 0 for those of other cores."""
    parts = len(streams)
    address = {
        stream: np.where(position >= 0, (position * parts + k) * POTENTIAL, -1)
        for k, stream in enumerate(sorted(streams))
    }
    return ReadMap(bits=count * parts * POTENTIAL, address=address, walk=None)
