"""Records of a chip of cores as its toml declares it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from ..chip import ChipRecord, Grid, Natural, Positive, Range
from ..cuba import RegisterNames

REGISTERS = RegisterNames(
    current_decay="decayU",
    voltage_decay="decayV",
    threshold="vth",
    bias="bias",
    bias_exponent="biasExp",
    exponent="wgtExp",
    weight_bits="wgtBits",
    sign_mode="signMode",
    delay_bits="dlyBits",
)


class Capacity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one core has."""

    compartments: Positive
    input_axons: Positive
    output_slots: Positive
    synapse_memory_bits: Positive
    compartment_profiles: Positive
    threshold_profiles: Positive
    synapse_formats: Positive


class NeuronModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Registers of a neuron. Ranges are inclusive; bits count the sign."""

    arithmetic: Literal["loihi1"]
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
    refractory: Range
    vmin_exponent: Range
    vmax_exponent: Range


class Synapse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Formats of synapses and their memory."""

    weight_shift: Natural
    weight_bits: tuple[Natural, ...]
    exponent: Range
    max_delay: Natural
    delay_bits: tuple[Natural, ...]
    chunk: Positive
    chunk_header_bits: Natural
    word_bits: Positive
    index_bits: tuple[Natural, ...]
    max_axon_base: Natural


class LoihiChip(ChipRecord, frozen=True, forbid_unknown_fields=True, tag_field="family", tag="loihi"):
    """A chip of cores as its toml declares it."""

    grid: Grid
    capacity: Capacity
    neuron: NeuronModel
    synapse: Synapse

    @property
    def max_delay(self) -> int:
        """Steps that a synapse can hold a spike back."""
        return self.synapse.max_delay

    @property
    def cores(self) -> int:
        """Cores of all chips of the board."""
        return self.grid.cores_per_chip * self.grid.chips

    @property
    def registers(self) -> RegisterNames:
        """What the chip calls the registers of a neuron, and those of a format of synapses."""
        return REGISTERS

    def further_registers(self, refractory: int) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """The register of silent steps after a spike, which holds one more; a core's ends of the membrane, as far as
        they go."""
        low, high = self.neuron.refractory
        ends = {"negVmLimit": self.neuron.vmin_exponent[1], "posVmLimit": self.neuron.vmax_exponent[1]}
        return {"refractDelay": min(max(refractory + 1, low), high)}, ends
