"""The machine of chips that add up what arrives: neurons, and a list of synapses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .exports import NOTHING, Exports


@dataclass(frozen=True, kw_only=True)
class Machine:
    """The integer arrays that a chip computes with, cores laid end to end.

    core: (N,) int64 index of the core of each neuron; slot: (N,) its compartment on that core.
    params: neuron parameter name -> (N,) int64, as the chip's registers hold them (per-core values repeated).
    sources: S = neurons then inputs: source s < N is neuron s, source N + e is input element e.
    syn_source, syn_post, syn_weight, syn_delay: (K,) int32 or int64; weight is what the chip's accumulator receives
    for one spike, in the chip's accumulator unit; a spike of a source at step t arrives at
    t + hop latency + delay (inputs: hop of inputs).
    syn_axon: (K,) int32 or int64 input axon on the destination core (for diagnostics), -1 in an unlimited machine.
    exports: what it lets out.
    """

    n_inputs: int
    core: np.ndarray
    slot: np.ndarray
    params: Mapping[str, np.ndarray]
    syn_source: np.ndarray
    syn_post: np.ndarray
    syn_weight: np.ndarray
    syn_delay: np.ndarray
    syn_axon: np.ndarray
    exports: Exports = NOTHING

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""
        return int(self.core.size)


def narrow(values: np.ndarray) -> np.ndarray:
    """Keep whole numbers in 32 bits where they and their negatives fit: lists of synapses are what takes a machine's
    memory."""
    small = not values.size or -(1 << 31) < int(values.min()) <= int(values.max()) < 1 << 31
    return values.astype(np.int32) if small else values
