"""The machine of chips whose cores hold kernels: layers of convolution, neurons and sum pooling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..chip import Range
from .exports import Exports, one_each


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Spikes go to core number `core`, summed over windows of `pooling` x `pooling` neurons that do not overlap
    (rows and columns that fill no window are lost). Channel c arrives as input channel c + `channel_shift`."""

    core: int
    pooling: int = 1
    channel_shift: int = 0


@dataclass(frozen=True, kw_only=True)
class ConvolutionCore:
    """Core number `core`: (C, H, W) counts in, (F, height, width) neurons out.

    kernel: (F, C, rows, columns) int8, not flipped (cross-correlation). bias: (F,) int64, added in every step.
    initial_v: (F, height, width) int64. threshold >= 1; low_threshold: what the state does not fall below.
    reset_to_zero: a spike clears the state; else each takes one threshold away.
    stride, padding: (vertical, horizontal); padding is zeros on both sides.
    """

    core: int
    input_shape: tuple[int, int, int]
    kernel: np.ndarray
    bias: np.ndarray
    initial_v: np.ndarray
    threshold: int
    low_threshold: int
    reset_to_zero: bool
    stride: tuple[int, int]
    padding: tuple[int, int]
    destinations: tuple[Destination, ...] = ()

    @property
    def neuron_shape(self) -> tuple[int, int, int]:
        """(F, height, width) of the neurons, before any pooling."""
        channels, _, rows, columns = self.kernel.shape
        _, height, width = self.input_shape
        return (
            int(channels),
            map_size(height, rows, self.stride[0], self.padding[0]),
            map_size(width, columns, self.stride[1], self.padding[1]),
        )


@dataclass(frozen=True, kw_only=True)
class ConvolutionMachine:
    """Cores in ascending order of their numbers. All work within the same step, sources before destinations: there
    is no delay between cores, and no cycle.

    input_cores: the cores that get the input events, each all of them. single_spike: a neuron spikes at most once
    a step, else once for each threshold that its state holds. state_range: inclusive range that a state
    saturates to after its sum, or None for states that never saturate. monitored: numbers of the cores whose spikes
    the host sees, before any pooling.
    """

    cores: tuple[ConvolutionCore, ...]
    input_cores: tuple[int, ...]
    single_spike: bool = False
    state_range: Range | None = None
    monitored: tuple[int, ...] = ()

    @property
    def exports(self) -> Exports:
        """A line for each neuron of the monitored cores, core by core."""
        parts = [np.zeros(0, dtype=np.int64)]
        first = 0
        for core in self.cores:
            size = int(np.prod(core.neuron_shape))
            if core.core in self.monitored:
                parts.append(np.arange(first, first + size))
            first += size
        neurons = np.concatenate(parts)
        return one_each(neurons, np.zeros(neurons.size, dtype=np.bool_))

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(C, H, W) of the first input core."""
        return self.by_number[self.input_cores[0]].input_shape

    @property
    def n_inputs(self) -> int:
        """Pixels of an input core, in all channels; all input cores take the same."""
        return int(np.prod(self.input_shape)) if self.input_cores else 0

    @property
    def n_neurons(self) -> int:
        """Neurons of all cores."""
        return sum(int(np.prod(core.neuron_shape)) for core in self.cores)

    @property
    def by_number(self) -> dict[int, ConvolutionCore]:
        """Cores by their number."""
        return {core.core: core for core in self.cores}


def map_size(size: int, kernel: int, stride: int, padding: int) -> int:
    """Count the neurons along one axis; at least 0."""
    return int(max(0, (size + 2 * padding - kernel) // stride + 1))


def joined_pairs(core: ConvolutionCore) -> int:
    """Count the pairs of a neuron and an input place that the kernel joins with a weight that is not 0; padding is
    no place."""
    along: list[np.ndarray] = []
    for axis in (0, 1):
        at = np.arange(core.neuron_shape[1 + axis])[:, None] * core.stride[axis]
        at = at + np.arange(core.kernel.shape[2 + axis]) - core.padding[axis]
        along.append(((at >= 0) & (at < core.input_shape[1 + axis])).sum(axis=0))
    times = along[0][:, None] * along[1][None, :]
    return int((times * (core.kernel != 0).sum(axis=(0, 1))).sum())


def fan_out(core: ConvolutionCore) -> np.ndarray:
    """(C, H, W) int64: of each input place, the neurons that the kernel joins it with by a weight that is not 0."""
    hits: list[np.ndarray] = []
    for axis in (0, 1):
        size, taps = core.input_shape[1 + axis], core.kernel.shape[2 + axis]
        at = np.arange(core.neuron_shape[1 + axis])[:, None] * core.stride[axis]
        at = at + np.arange(taps) - core.padding[axis]
        inside = (at >= 0) & (at < size)
        found = np.zeros((taps, size), dtype=np.int64)
        np.add.at(found, (np.nonzero(inside)[1], at[inside]), 1)
        hits.append(found)
    return np.einsum("crs,ry,sx->cyx", (core.kernel != 0).sum(axis=0, dtype=np.int64), hits[0], hits[1])


def evaluation_order(cores: Sequence[ConvolutionCore]) -> tuple[int, ...]:
    """Order the cores. Numbers of the cores, sources before destinations, the lowest number first where both may go.

    Cores on a cycle, and those behind one, are left out. Destinations that are no core count for nothing."""
    waits = {core.core: 0 for core in cores}
    for core in cores:
        for destination in core.destinations:
            if destination.core in waits:
                waits[destination.core] += 1
    by_number = {core.core: core for core in cores}
    order: list[int] = []
    ready = sorted(number for number, count in waits.items() if count == 0)
    while ready:
        number = ready.pop(0)
        order.append(number)
        for destination in by_number[number].destinations:
            if destination.core in waits:
                waits[destination.core] -= 1
                if waits[destination.core] == 0:
                    ready = sorted([*ready, destination.core])
    return tuple(order)
