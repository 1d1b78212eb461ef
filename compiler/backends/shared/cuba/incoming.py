"""What reaches a population, in float."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from .....targets.machines.synapse_rows import SynapseRows
from ..signed_sums import signed_sums


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """What reaches a population, in float.

    weights: source -> synapses, float64 weights, delay fields. register_bias: (n,) constant of the bias register.
    axon_bias: chip step -> (n,) constant that an always-on axon brings from that step on. pulses: chip step -> (n,)
    what the event of an axon brings in that step alone. tied: of each tie the (n,) amounts that its synapses bring."""

    weights: Mapping[str, SynapseRows]
    register_bias: np.ndarray
    axon_bias: Mapping[int, np.ndarray]
    pulses: Mapping[int, np.ndarray] = field(default_factory=dict)
    tied: tuple[np.ndarray, ...] = ()

    @property
    def of_axons(self) -> tuple[np.ndarray, ...]:
        """All that axons bring which are no synapses of the network."""
        return (*self.axon_bias.values(), *self.pulses.values())

    @cached_property
    def signed(self) -> tuple[np.ndarray, np.ndarray]:
        """(n,) sums of all that can raise a neuron in one step, and of all that can lower it, ties left out."""
        return signed_sums(self.register_bias.size, self.weights.values(), self.of_axons)

    @cached_property
    def arriving(self) -> np.ndarray:
        """(n,) largest |sum of weights| that can reach a neuron in one step, in float units, 1 % more for rounding."""
        up, down = self.signed
        for amount in self.tied:
            up = up + np.maximum(amount, 0)
            down = down + np.maximum(-amount, 0)
        return 1.01 * np.maximum(up, down)
