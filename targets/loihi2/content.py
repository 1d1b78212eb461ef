"""Records of a graph of Lava processes: neurons, connections between them, and what the host sends and reads."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from ..machines.synapse_rows import SynapseRows

MIXED, EXCITATORY, INHIBITORY = 1, 2, 3
"""Lava's numbers of sign modes."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Lif:
    """A process LIF: n neurons of one `du`, `dv` and `vth`, which is all that a process has. bias_mant, bias_exp: (n,)
    int64 of each neuron."""

    name: str
    du: int
    dv: int
    vth: int
    bias_mant: np.ndarray
    bias_exp: np.ndarray

    @property
    def size(self) -> int:
        """Number of neurons."""
        return int(self.bias_mant.size)


@dataclass(frozen=True, kw_only=True)
class Port:
    """What the host sends: elements row-major over a shape, of an image channels first."""

    name: str
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """A convolution as netx declares it: weights (features, channels of a group, rows, columns) int64, correlated as
    torch does. before, after: channels, rows, columns. stride, padding, dilation: rows, columns."""

    weights: np.ndarray
    before: tuple[int, int, int]
    after: tuple[int, int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    groups: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Connection:
    """Synapses of one format from one process or port to one process.

    synapses: mantissas as they were written, which Lava clips and truncates; a pair has at most one. kernel: where they
    are a convolution."""

    pre: str
    post: str
    synapses: SynapseRows
    weight_exp: int
    num_weight_bits: int
    sign_mode: int
    kernel: Kernel | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Read:
    """Output lines, one after the other. element: (n,) int64, of a process whose spikes or membranes the host reads."""

    process: str
    element: np.ndarray
    membrane: bool


@dataclass(frozen=True, kw_only=True)
class Content:
    """A graph of processes; neurons are numbered process after process, input elements port after port."""

    ports: tuple[Port, ...]
    neurons: tuple[Lif, ...]
    connections: tuple[Connection, ...]
    reads: tuple[Read, ...] = field(default=())
