"""A target: what a chip is, as data, with the arithmetic it names."""

from __future__ import annotations

import importlib
from types import ModuleType

import msgspec

from ..chip import Latency, Positive, Range


class Grid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The cores of a chip are a mesh of `rows`, numbered row by row; chips lie side by side."""

    cores_per_chip: Positive
    rows: Positive
    chips: Positive


class Capacity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Per core."""

    compartments: Positive
    input_axons: Positive
    output_slots: Positive
    synapse_memory_bits: Positive
    compartment_profiles: Positive
    threshold_profiles: Positive
    synapse_formats: Positive


class NeuronModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ranges are inclusive register ranges; bits count the sign."""

    arithmetic: str
    fire: str
    reset: str
    multi_spike: Positive
    initial_state: str
    q_bits: Positive
    u_bits: Positive
    v_bits: Positive
    decay_one: Positive
    current_decay: Range
    voltage_decay: Range
    threshold_mantissa: Range
    threshold_shift: int
    bias_mantissa: Range
    bias_exponent: Range
    refractory: Range
    vmin_exponent: Range
    vmax_exponent: Range


class Synapse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    weight_shift: int
    weight_bits: tuple[int, ...]
    exponent: Range
    max_delay: int
    delay_bits: tuple[int, ...]
    chunk: Positive
    chunk_header_bits: int
    word_bits: Positive
    index_bits: tuple[int, ...]
    max_axon_base: int


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="family", tag="loihi"):
    """A chip of cores as `chip.toml` declares it. `arithmetic` is the module that holds its neuron's step."""

    name: str
    title: str
    schema_version: int
    grid: Grid
    capacity: Capacity
    neuron: NeuronModel
    synapse: Synapse
    latency: Latency

    @property
    def family(self) -> str:
        return "loihi"

    @property
    def input_counts(self) -> Range:
        return 0, 1

    @property
    def max_delay(self) -> int:
        return self.synapse.max_delay

    @property
    def arithmetic(self) -> ModuleType:
        return importlib.import_module(f"...{self.neuron.arithmetic}.neuron", __name__)

    @property
    def emitter(self) -> ModuleType:
        """The module with `encode` and `decode` of the chip whose arithmetic this target uses."""
        return importlib.import_module(f"...{self.neuron.arithmetic}.emit", __name__)

    @property
    def cores(self) -> int:
        return self.grid.cores_per_chip * self.grid.chips
