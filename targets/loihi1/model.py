"""Records of a chip of cores as its toml declares it, with the arithmetic that it names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
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


def _loihi1() -> tuple[ModuleType, ModuleType]:
    from . import emit, neuron

    return neuron, emit


# Name in a toml -> the modules with the neuron's step, and with `encode` and `decode`.
ARITHMETICS: Mapping[str, Callable[[], tuple[ModuleType, ModuleType]]] = {"loihi1": _loihi1}


class Target(ChipRecord, frozen=True, forbid_unknown_fields=True, tag_field="family", tag="loihi"):
    """A chip of cores as `chip.toml` declares it. `neuron.arithmetic` is a key of ARITHMETICS."""

    grid: Grid
    capacity: Capacity
    neuron: NeuronModel
    synapse: Synapse

    @property
    def max_delay(self) -> int:
        return self.synapse.max_delay

    @property
    def arithmetic(self) -> ModuleType:
        return ARITHMETICS[self.neuron.arithmetic]()[0]

    @property
    def emitter(self) -> ModuleType:
        """The module with `encode` and `decode` of the chip whose arithmetic this target uses."""
        return ARITHMETICS[self.neuron.arithmetic]()[1]

    @property
    def cores(self) -> int:
        return self.grid.cores_per_chip * self.grid.chips
