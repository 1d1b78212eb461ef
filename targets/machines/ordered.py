"""The machine of chips whose accumulators saturate after every addition, so that the order counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .synapse_list import Machine


@dataclass(frozen=True, kw_only=True)
class OrderedMachine(Machine):
    """A machine that adds in a fixed order, clipping after every source: inputs ascending, then the neurons that
    spiked in the step before, ascending. Then the neurons are updated in ascending order.

    accumulator_range: what an accumulator holds, inclusive. max_events: larger input counts are clipped to it.
    params["max_spikes"]: most spikes of a neuron in one step, its copies from aliases included.
    syn_receptor: (K,) int64 which accumulator of the neuron a synapse adds to, in the order of `synapses.flat`.
    alias_target: (N,) int64 neuron that gets a copy of this neuron's spikes within the step, -1 none.
    """

    accumulator_range: tuple[int, int]
    max_events: int
    syn_receptor: np.ndarray
    alias_target: np.ndarray

    @property
    def max_spikes(self) -> np.ndarray:
        """Most spikes of each neuron in a step."""
        return self.params["max_spikes"]
