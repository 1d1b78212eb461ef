"""The machine of chips whose cores are binary crossbars on a grid, joined by packets of one spike each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .exports import Exports

PARAMETERS = (
    "initial_potential",
    "leak",
    "negative_threshold",
    "positive_threshold",
    "reset_mode",
    "reset_potential",
)


@dataclass(frozen=True, kw_only=True)
class GridCore:
    """The core at column x (east) and row y (north), with A axons and n neurons.

    axon_type: (A,) int64. connected: (n, A) bool. weights: (n, types) int64: what a spike on a connected axon adds,
    by the type of the axon. params: PARAMETERS -> (n,) int64; reset_mode 0: to the reset potential, 1: by subtraction.
    dx, dy, axon, delay: (n,) int64, the one axon that a neuron's spikes go to, on the core so far east and north: a
    spike of tick t is read there in tick t + 1 + delay.
    """

    x: int
    y: int
    axon_type: np.ndarray
    connected: np.ndarray
    weights: np.ndarray
    params: Mapping[str, np.ndarray]
    dx: np.ndarray
    dy: np.ndarray
    axon: np.ndarray
    delay: np.ndarray

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""
        return int(self.dx.size)

    @cached_property
    def crossbar(self) -> np.ndarray:
        """(n, A) int64: what a spike on an axon adds to a neuron."""
        return np.where(self.connected, self.weights[:, self.axon_type], 0)


@dataclass(frozen=True, kw_only=True)
class GridMachine:
    """A grid of columns x rows positions; one is the output bus, the others are cores, in the order of x + y * columns.

    n_outputs: lines of the output bus: a neuron whose target is the bus drives line `axon` in the tick of its spike.
    An axon holds one bit a tick: spikes that arrive together are one. n_inputs: elements that the host drives.
    inputs: (P, 5) int64 rows of element, x, y, axon, delay: an event of the element in step t is read on the axon in
    tick t + delay. Neurons are numbered core after core.
    """

    columns: int
    rows: int
    output: tuple[int, int]
    n_outputs: int
    cores: tuple[GridCore, ...]
    n_inputs: int
    inputs: np.ndarray

    @property
    def n_neurons(self) -> int:
        """Neurons of all cores."""
        return sum(core.n_neurons for core in self.cores)

    @property
    def n_axons(self) -> int:
        """Axons of each core."""
        return int(self.cores[0].axon_type.size)

    @cached_property
    def first(self) -> np.ndarray:
        """(cores,) int64: the machine number of the first neuron of each core."""
        sizes = [core.n_neurons for core in self.cores]
        return np.cumsum([0, *sizes])[:-1]

    @property
    def exports(self) -> Exports:
        """The lines of the output bus. Every neuron has one target: those that nobody hears drive a line behind."""
        number, line, _ = self.targets()
        neuron = np.flatnonzero(number == -1)
        return Exports(
            n_lines=self.n_outputs,
            line=line[neuron],
            neuron=neuron,
            membrane=np.zeros(neuron.size, dtype=np.bool_),
            always=True,
        )

    def core_numbers(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Find the index in `cores` of the core at each position; -1 for the output bus, -2 outside the grid."""
        number = np.full((self.rows + 2, self.columns + 2), -2, dtype=np.int64)
        number[self.output[1] + 1, self.output[0] + 1] = -1
        for k, core in enumerate(self.cores):
            number[core.y + 1, core.x + 1] = k
        inside = (x >= 0) & (x < self.columns) & (y >= 0) & (y < self.rows)
        return number[np.where(inside, y, -1) + 1, np.where(inside, x, -1) + 1]

    def targets(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """List the targets of neurons, (n_neurons,) int64 each: core number as in `core_numbers`, axon, delay."""
        x = np.concatenate([core.x + core.dx for core in self.cores])
        y = np.concatenate([core.y + core.dy for core in self.cores])
        axon = np.concatenate([core.axon for core in self.cores])
        delay = np.concatenate([core.delay for core in self.cores])
        return self.core_numbers(x, y), axon, delay
