"""Entries that a layer takes in the memories of a core: the one cost model of assignment, checker and report.

Addresses are fields of whole bits laid side by side, so that sizes round up to powers of two. The formulas are from
Sinabs 3.1.0, `DynapcnnLayer.memory_summary`, and agree with what it recorded for 12 networks.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..convolution import ConvolutionCore


class Entries(NamedTuple):
    kernel: int
    neuron: int
    bias: int


def entries(
    channels_in: int, channels_out: int, kernel: tuple[int, int], neurons: tuple[int, int], *, biased: bool
) -> Entries:
    """kernel: (rows, columns); neurons: (height, width) of the map before pooling. All sizes are at least 1."""
    return Entries(
        kernel=channels_in << (address_bits(kernel[0] * kernel[1]) + address_bits(channels_out)),
        neuron=channels_out << (address_bits(neurons[0]) + address_bits(neurons[1])),
        bias=channels_out if biased else 0,
    )


def entries_of(core: ConvolutionCore) -> Entries:
    """A bias takes entries if any of its values is not 0."""
    channels_out, channels_in, rows, columns = core.kernel.shape
    _, height, width = core.neuron_shape
    return entries(
        channels_in, channels_out, (rows, columns), (height, width), biased=bool(np.any(core.bias))
    )


def address_bits(size: int) -> int:
    """Bits that number `size` things, from 0: ceil(log2(size)) for size >= 1, and 0 for none."""
    return max(0, size - 1).bit_length()
