"""Records of a chip of cores as its toml declares it."""

from __future__ import annotations

from typing import Literal

import msgspec

from ..chip import ChipRecord, Grid, Natural, Positive, Range


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
