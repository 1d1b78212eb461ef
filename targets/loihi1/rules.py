"""Rules on the toml of a chip of cores with the arithmetic and the words of Loihi 1."""

from __future__ import annotations

from collections.abc import Iterator

from ..rules import Rule, among, ascending, can_do, equal, spans, within
from . import neuron, words as w
from .model import LoihiChip
from .synapse_memory import HEADER_BITS

MOST_LATENCY = 16
"""Steps that the simulator keeps spikes for; ours."""


# What the arithmetic does, by field of a reading.
DIALECT = {
    "fire": (">", ">="),
    "fire_on": ("new",),
    "leak": ("none", "decay"),
    "multi": (1,),
    "refractory": ("any",),
    "reset": ("v_reset", "none"),
    "reset_phase": ("same",),
    "v0": ("rest",),
    "v_min": ("none",),
}


def rules(chip: LoihiChip) -> Iterator[Rule]:
    """List what its arithmetic and words can hold."""
    yield from can_do(chip, DIALECT)
    yield among(chip, "constructs.spared", ("none", "current"))
    yield equal(chip, "constructs.counts", False)
    yield from _sizes(chip)
    yield from _arithmetic(chip)
    yield from _registers(chip)
    yield from _synapses(chip)
    yield within(chip, "latency.input_to_neuron", 0, MOST_LATENCY)
    yield within(chip, "latency.neuron_to_neuron", 1, MOST_LATENCY)
    yield equal(chip, "latency.neuron_to_output", 0)


def _sizes(chip: LoihiChip) -> Iterator[Rule]:
    """Fields of words number cores, compartments, axons and profiles."""
    axon = {field.name: field for field in w.AXON.fields}
    compartment = {field.name: field for field in w.COMPARTMENT.fields}
    first = w.AXON_MAP.fields[0].high
    yield within(chip, "grid.cores_per_chip", 1, axon["core"].high + 1)
    yield within(chip, "grid.chips", 1, axon["chip"].high + 1)
    yield within(chip, "grid.rows", 1, chip.grid.cores_per_chip)
    yield within(
        chip,
        "capacity.compartments",
        1,
        1 << min(max(chip.synapse.index_bits, default=0), w.INDEX_BITS_OF_CODE[-1]),
    )
    yield within(chip, "capacity.input_axons", 1, axon["axon"].high + 1)
    yield within(chip, "capacity.output_slots", 1, first)
    memory = w.MEMORY_WORDS * w.MEMORY_WORD_BITS
    yield within(chip, "capacity.synapse_memory_bits", w.MEMORY_WORD_BITS, memory)
    yield within(chip, "capacity.compartment_profiles", 1, compartment["cxProfile"].high + 1)
    yield within(chip, "capacity.threshold_profiles", 1, compartment["vthProfile"].high + 1)
    yield within(chip, "capacity.synapse_formats", 1, w.MAX_FORMATS)


def _arithmetic(chip: LoihiChip) -> Iterator[Rule]:
    yield equal(chip, "neuron.fire", ">")
    yield equal(chip, "neuron.initial_state", "zero")
    yield equal(chip, "neuron.q_bits", neuron.Q_BITS)
    yield equal(chip, "neuron.u_bits", neuron.U_BITS)
    yield equal(chip, "neuron.v_bits", neuron.U_BITS)
    yield equal(chip, "neuron.decay_one", neuron.DECAY_ONE)
    yield equal(chip, "neuron.threshold_shift", neuron.WEIGHT_SHIFT)
    yield equal(chip, "synapse.weight_shift", neuron.WEIGHT_SHIFT)


def _registers(chip: LoihiChip) -> Iterator[Rule]:
    refractory = chip.neuron.refractory
    yield within(chip, "neuron.current_decay", 0, neuron.DECAY_ONE - 1)
    yield within(chip, "neuron.voltage_decay", 0, neuron.DECAY_ONE - 1)
    yield within(chip, "neuron.threshold_mantissa", 1, w.THRESHOLD_PROFILE.fields[0].high)
    bias = w.COMPARTMENT.fields[0].high
    yield within(chip, "neuron.bias_mantissa", -bias, bias)
    low, high = chip.neuron.bias_mantissa
    yield Rule("neuron.bias_mantissa", (low, high), "a range from -n to n, n at least 1", low == -high < 0)
    yield within(chip, "neuron.bias_exponent", 0, w.COMPARTMENT.fields[1].high)
    yield spans(chip, "neuron.bias_exponent", 0, 0)
    yield within(chip, "neuron.refractory", 1, w.COMPARTMENT_PROFILE.fields[2].high)
    yield Rule("neuron.refractory", refractory, "a range from 1 on, which holds nothing", refractory[0] == 1)
    yield within(chip, "neuron.vmin_exponent", 0, w.NEG_VM_LIMIT_MAX)
    yield within(chip, "neuron.vmax_exponent", 0, w.DENDRITE.fields[0].high)


def _synapses(chip: LoihiChip) -> Iterator[Rule]:
    synapse, exponent = chip.synapse, w.SYNAPSE_FORMAT.fields[0]
    yield ascending(chip, "synapse.weight_bits", w.WEIGHT_BITS_OF_CODE[1:].tolist())
    widest = max(synapse.weight_bits, default=0)
    yield Rule("synapse.weight_bits", synapse.weight_bits, "at least one of 2 bits or more", widest > 1)
    yield within(chip, "synapse.exponent", exponent.low, exponent.high)
    yield spans(chip, "synapse.exponent", 0, 0)
    yield ascending(chip, "synapse.delay_bits", range(w.MAX_DELAY_BITS + 1))
    longest = (1 << min(max(synapse.delay_bits, default=0), w.MAX_DELAY_BITS)) - 1
    yield within(chip, "synapse.max_delay", 0, min(longest, w.MAX_DELAY))
    yield ascending(chip, "synapse.index_bits", w.INDEX_BITS_OF_CODE.tolist())
    yield within(chip, "synapse.max_axon_base", 0, w.MAX_BASE)
    yield equal(chip, "synapse.chunk", w.CHUNK)
    yield equal(chip, "synapse.chunk_header_bits", HEADER_BITS)
    yield equal(chip, "synapse.word_bits", w.MEMORY_WORD_BITS)
