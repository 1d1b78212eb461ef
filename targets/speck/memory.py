"""Counts the entries that a layer takes in a core's memories: the one cost model of assignment, checker and report."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..machines.convolution import ConvolutionCore
from .model import SpeckChip


class Entries(NamedTuple):
    """Entries that a layer takes in each of a core's memories."""

    kernel: int
    neuron: int
    bias: int


def entries(
    channels_in: int, channels_out: int, kernel: tuple[int, int], neurons: tuple[int, int], *, biased: bool
) -> Entries:
    """Count the entries of a layer. kernel: (rows, columns); neurons: (height, width) of the map before pooling. All
    sizes are at least 1."""
    return Entries(
        kernel=channels_in << (address_bits(kernel[0] * kernel[1]) + address_bits(channels_out)),
        neuron=channels_out << (address_bits(neurons[0]) + address_bits(neurons[1])),
        bias=channels_out if biased else 0,
    )


def entries_of(core: ConvolutionCore) -> Entries:
    """Count the entries of a core's layer. A bias takes entries if any of its values is not 0."""
    channels_out, channels_in, rows, columns = core.kernel.shape
    _, height, width = core.neuron_shape
    return entries(
        channels_in, channels_out, (rows, columns), (height, width), biased=bool(np.any(core.bias))
    )


def address_bits(size: int) -> int:
    """Count the bits that number `size` things, from 0: ceil(log2(size)) for size >= 1, and 0 for none."""
    return max(0, size - 1).bit_length()


def most_channels(layer: ConvolutionCore, revision: SpeckChip) -> tuple[int, ...]:
    """Find how much of a layer each core holds. Core 0, 1, .. of the revision -> how many output channels of the
    layer fit its memories, 0 .. all.

    A layer is one whose core has not been chosen, or that no core holds; each output channel has its own kernel."""
    channels, channels_in, rows, columns = layer.kernel.shape
    _, height, width = layer.neuron_shape
    one = entries(channels_in, 1, (rows, columns), (height, width), biased=bool(np.any(layer.bias)))
    cores = revision.cores
    most = min(int(channels), revision.layer.channels)
    return tuple(
        min(most, _power_of_two(kernel // one.kernel), neuron // one.neuron, bias if one.bias else most)
        for kernel, neuron, bias in zip(
            cores.kernel_entries, cores.neuron_entries, cores.bias_entries, strict=True
        )
    )


def _power_of_two(limit: int) -> int:
    """The largest power of two up to `limit`, or 0: kernels of n channels take as much as the next power of two."""
    return 1 << (limit.bit_length() - 1) if limit else 0
