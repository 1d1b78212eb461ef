"""The machine of chips that add up what arrives: neurons, and rows of synapses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .exports import NOTHING, Exports
from .shifted_sums import NO_SUMS, ShiftedSums
from .synapse_rows import SynapseRows


@dataclass(frozen=True, kw_only=True, eq=False)
class Machine:
    """The integer arrays that a chip computes with, cores laid end to end.

    core: (N,) int64 index of the core of each neuron; slot: (N,) its compartment on that core.
    params: neuron parameter name -> (N,) int64, as the chip's registers hold them (per-core values repeated).
    sources: S = neurons then inputs: source s < N is neuron s, source N + e is input element e.
    synapses: what a spike of each source brings; a weight is what the chip's accumulator receives for one spike, in the
    chip's accumulator unit; a spike of a source at step t arrives at t + hop latency + delay (inputs: hop of inputs).
    shifted: sums that are shifted down before neurons take them; synapses lead to these as to neurons from N on.
    exports: what it lets out.
    apart: whether positive and negative weights are added up apart: two sums, of their magnitudes.
    """

    n_inputs: int
    core: np.ndarray
    slot: np.ndarray
    params: Mapping[str, np.ndarray]
    synapses: SynapseRows
    exports: Exports = NOTHING
    shifted: ShiftedSums = NO_SUMS
    apart: bool = False

    def __post_init__(self) -> None:
        if self.apart and self.shifted.count:
            raise ValueError("a machine whose signs are added up apart has no sums that are shifted")

    @property
    def sums(self) -> int:
        """Sums that arrive at a neuron in a step."""
        return 2 if self.apart else 1

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""
        return int(self.core.size)

    @property
    def n_places(self) -> int:
        """Number of places that synapses lead to: the neurons, and the sums that are shifted."""
        return self.n_neurons + self.shifted.count
