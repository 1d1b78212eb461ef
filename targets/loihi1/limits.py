"""Checks a configuration against the limits of its chip, with numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..configuration import Configuration
from ..violation import Violation, worst
from . import words as w
from .content import Content, CoreContent
from .model import LoihiChip


def violations(configuration: Configuration, content: Content, chip: LoihiChip) -> tuple[Violation, ...]:
    """List the limits that a configuration breaks, each at its worst place on each core. content: what its words
    say."""
    checked: list[Violation] = []
    for core in content.cores:
        checked += [*_sizes(configuration, core, chip), *_registers(core, chip), *_synapses(core, chip)]
    return tuple(v for v in checked if not v.holds)


def _sizes(configuration: Configuration, core: CoreContent, chip: LoihiChip) -> Iterator[Violation]:
    place, capacity = f"core {core.chip}/{core.core}", chip.capacity
    yield Violation("chip number", place, core.chip, 0, chip.grid.chips - 1)
    yield Violation("core number", place, core.core, 0, chip.grid.cores_per_chip - 1)
    memory_words = capacity.synapse_memory_bits // chip.synapse.word_bits
    for image, most in (
        (w.COMPARTMENT, capacity.compartments),
        (w.COMPARTMENT_PROFILE, capacity.compartment_profiles),
        (w.THRESHOLD_PROFILE, capacity.threshold_profiles),
        (w.SYNAPSE_FORMAT, capacity.synapse_formats + 1),  # word 0 holds none
        (w.SYNAPSE_MAP, capacity.input_axons),
        (w.SYNAPSE_WORD, memory_words),
        (w.AXON, capacity.output_slots),
    ):
        size = configuration.images[f"{core.chip}/{core.core}/{image.name}"].size
        yield Violation(f"words of {image.name}", place, int(size), 0, most)


def _registers(core: CoreContent, chip: LoihiChip) -> Iterator[Violation]:
    place, neuron = f"core {core.chip}/{core.core}", chip.neuron
    ranges = {
        "decayU": neuron.current_decay, "decayV": neuron.voltage_decay, "refractDelay": neuron.refractory,
        "vth": neuron.threshold_mantissa, "bias": neuron.bias_mantissa, "biasExp": neuron.bias_exponent,
    }  # fmt: skip
    for name, allowed in ranges.items():
        yield from worst(name, f"{place} compartment", core.registers[name], allowed)
    yield Violation("negVmLimit", place, int(core.core_registers["negVmLimit"]), *neuron.vmin_exponent)
    yield Violation("posVmLimit", place, int(core.core_registers["posVmLimit"]), *neuron.vmax_exponent)


def _synapses(core: CoreContent, chip: LoihiChip) -> Iterator[Violation]:
    place, synapse = f"core {core.chip}/{core.core}", chip.synapse
    yield from worst("wgtExp", f"{place} format", core.formats["wgtExp"], synapse.exponent)
    yield from worst("delay", f"{place} synapse", core.synapse_delay, (0, synapse.max_delay))
    yield from worst("base", f"{place} axon", core.axon_base, (0, synapse.max_axon_base))
    for name, allowed in (
        ("wgtBits", synapse.weight_bits), ("dlyBits", synapse.delay_bits), ("idxBits", synapse.index_bits),
    ):  # fmt: skip
        for value in np.unique(core.formats[name]).tolist():
            yield Violation(name, f"{place} format", value, min(allowed), max(allowed), allowed)
