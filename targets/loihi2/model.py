"""Records of a Loihi 2 as its toml declares it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from ..chip import ChipRecord, Grid, Natural, Positive, Range
from ..cuba import RegisterNames

REGISTERS = RegisterNames(
    current_decay="du",
    voltage_decay="dv",
    threshold="vth",
    bias="bias_mant",
    bias_exponent="bias_exp",
    exponent="weight_exp",
    weight_bits="num_weight_bits",
    sign_mode="sign_mode",
    delay_bits="delay_bits",
)


class CoreEstimate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one core is thought to hold, of which `margin_percent` is left free: no public source says it."""

    neurons: Positive
    synapse_memory_bits: Positive
    margin_percent: Natural
    chunk: Positive
    chunk_header_bits: Natural
    word_bits: Positive
    index_bits: tuple[Natural, ...]

    @property
    def usable(self) -> Mapping[str, int]:
        """Neurons and bits of memory of a core, the margin taken off."""
        left = 100 - self.margin_percent
        return {
            "neurons": max(1, self.neurons * left // 100),
            "synapse_memory_bits": self.synapse_memory_bits * left // 100,
        }


class NeuronModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Parameters of a neuron. Ranges are inclusive; bits count the sign."""

    arithmetic: Literal["lava-lif"]
    fire: str
    initial_state: str
    q_bits: Positive
    u_bits: Positive
    v_bits: Positive
    decay_one: Positive
    current_decay: Range
    voltage_decay: Range
    threshold_mantissa: Range
    threshold_shift: Natural
    bias_mantissa: Range
    bias_exponent: Range


class Synapse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Weights, delays and payloads."""

    weight_shift: Natural
    weight_bits: tuple[Natural, ...]
    exponent: Range
    max_delay: Natural
    delay_bits: tuple[Natural, ...]
    max_payload: Positive


class Loihi2Chip(ChipRecord, frozen=True, forbid_unknown_fields=True, tag_field="family", tag="loihi2"):
    """A chip for whose cores Lava's processes are compiled."""

    grid: Grid
    estimate: CoreEstimate
    neuron: NeuronModel
    synapse: Synapse

    @property
    def max_delay(self) -> int:
        """Steps that a synapse can hold a spike back."""
        return self.synapse.max_delay

    @property
    def input_counts(self) -> Range:
        """The payload of a graded spike that the host sends; 0: none is sent."""
        return 0, self.synapse.max_payload

    @property
    def cores(self) -> int:
        """Cores of all chips of the board."""
        return self.grid.cores_per_chip * self.grid.chips

    @property
    def registers(self) -> RegisterNames:
        """What Lava calls the parameters of neurons and connections."""
        return REGISTERS

    def further_registers(self, refractory: int) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """There are none."""
        return {}, {}
