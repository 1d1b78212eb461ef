"""Rules on the toml of a Loihi 2: what Lava's fixed-point processes, and the files for them, can hold."""

from __future__ import annotations

from collections.abc import Iterator

from ..rules import Rule, among, ascending, can_do, equal, latency, spans, within
from . import neuron
from .model import Loihi2Chip

MOST_CORES = 1 << 10
MOST_CHIPS = 1 << 14
MOST_NEURONS = 1 << 16
MOST_BITS = 1 << 30
MOST_THRESHOLD = (1 << 17) - 1
MOST_BIAS = 4095
MOST_EXPONENT = 7
WEIGHT_BITS = range(1, 9)
DELAY_BITS = range(7)
MOST_DELAY = 62
MOST_PAYLOAD = 255

# What the arithmetic does, by field of a reading.
DIALECT = {
    "fire": (">", ">="),
    "fire_on": ("new",),
    "leak": ("none", "decay"),
    "multi": (1,),
    "refractory": (0,),
    "reset": ("v_reset", "none"),
    "reset_phase": ("same",),
    "v0": ("rest",),
    "v_min": ("none",),
}


def rules(chip: Loihi2Chip) -> Iterator[Rule]:
    """List what the arithmetic and the files can hold."""
    yield from can_do(chip, DIALECT)
    yield among(chip, "constructs.spared", ("none", "current"))
    yield equal(chip, "constructs.counts", False)
    yield equal(chip, "constructs.raised_rest", False)
    yield equal(chip, "constructs.lowered", False)
    yield within(chip, "grid.cores_per_chip", 1, MOST_CORES)
    yield within(chip, "grid.chips", 1, MOST_CHIPS)
    yield within(chip, "grid.rows", 1, chip.grid.cores_per_chip)
    yield from _estimate(chip)
    yield from _arithmetic(chip)
    yield from _ranges(chip)
    yield from latency(chip, 0, 1)


def _estimate(chip: Loihi2Chip) -> Iterator[Rule]:
    estimate = chip.estimate
    yield within(chip, "estimate.neurons", 1, MOST_NEURONS)
    yield within(chip, "estimate.synapse_memory_bits", 64, MOST_BITS)
    yield within(chip, "estimate.margin_percent", 0, 90)
    yield within(chip, "estimate.chunk", 1, 1 << 16)
    yield within(chip, "estimate.chunk_header_bits", 0, 1 << 10)
    yield within(chip, "estimate.word_bits", 1, 1 << 12)
    yield ascending(chip, "estimate.index_bits", range(17))
    widest = max(estimate.index_bits, default=0)
    named = 1 << min(widest, 30) >= estimate.neurons
    yield Rule("estimate.index_bits", estimate.index_bits, "one that names every neuron of a core", named)


def _arithmetic(chip: Loihi2Chip) -> Iterator[Rule]:
    yield equal(chip, "neuron.fire", ">")
    yield equal(chip, "neuron.initial_state", "zero")
    yield within(chip, "neuron.q_bits", 8, neuron.STATE_BITS)
    yield equal(chip, "neuron.u_bits", neuron.STATE_BITS)
    yield equal(chip, "neuron.v_bits", neuron.STATE_BITS)
    yield equal(chip, "neuron.decay_one", neuron.DECAY_ONE)
    yield equal(chip, "neuron.threshold_shift", neuron.WEIGHT_SHIFT)
    yield equal(chip, "synapse.weight_shift", neuron.WEIGHT_SHIFT)


def _ranges(chip: Loihi2Chip) -> Iterator[Rule]:
    yield within(chip, "neuron.current_decay", 0, neuron.DECAY_ONE - 1)
    yield within(chip, "neuron.voltage_decay", 0, neuron.DECAY_ONE - 1)
    yield within(chip, "neuron.threshold_mantissa", 0, MOST_THRESHOLD)
    yield within(chip, "neuron.bias_mantissa", -MOST_BIAS, MOST_BIAS)
    low, high = chip.neuron.bias_mantissa
    yield Rule("neuron.bias_mantissa", (low, high), "a range from -n to n, n at least 1", low == -high < 0)
    yield within(chip, "neuron.bias_exponent", 0, MOST_EXPONENT)
    yield spans(chip, "neuron.bias_exponent", 0, 0)
    synapse = chip.synapse
    yield ascending(chip, "synapse.weight_bits", WEIGHT_BITS)
    widest = max(synapse.weight_bits, default=0)
    yield Rule("synapse.weight_bits", synapse.weight_bits, "at least one of 2 bits or more", widest > 1)
    yield within(chip, "synapse.exponent", 0, MOST_EXPONENT)
    yield spans(chip, "synapse.exponent", 0, 0)
    yield ascending(chip, "synapse.delay_bits", DELAY_BITS)
    longest = (1 << min(max(synapse.delay_bits, default=0), max(DELAY_BITS))) - 1
    yield within(chip, "synapse.max_delay", 0, min(longest, MOST_DELAY))
    yield within(chip, "synapse.max_payload", 1, MOST_PAYLOAD)
