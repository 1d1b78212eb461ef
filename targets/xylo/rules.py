"""Rules on the toml of a chip with the arithmetic of Xylo and the attributes of its vendor's object."""

from __future__ import annotations

from collections.abc import Iterator

from ..rules import Rule, among, can_do, equal, latency, spans, within
from . import neuron
from .configuration import OUTPUT_SPIKES
from .model import XyloChip

MOST_NEURONS = 1 << 16
MOST_SPIKES = 255
COMPILED = ("bias_enable", "hidden", "input", "readout", "reservoir", "synapse2_enable")


# What the arithmetic does, by field of a reading.
DIALECT = {
    "fire": (">", ">="),
    "fire_on": ("new",),
    "leak": ("none", "decay"),
    "refractory": (0,),
    "reset": ("subtract", "none"),
    "reset_phase": ("same",),
    "v0": ("rest",),
    "v_min": ("none",),
}


def rules(chip: XyloChip) -> Iterator[Rule]:
    """List what its arithmetic and files can hold."""
    yield from can_do(chip, {**DIALECT, "multi": (chip.spikes.hidden,)}, if_subtract=("next_before_decay",))
    yield from _constructs(chip)
    capacity = chip.capacity
    for name in ("inputs", "hidden", "outputs"):
        yield within(chip, f"capacity.{name}", 1, MOST_NEURONS)
    yield within(chip, "capacity.input_expansion", 1, capacity.hidden)
    yield within(chip, "capacity.output_expansion", 1, capacity.hidden)
    yield from _ranges(chip)
    yield within(chip, "spikes.input", 1, MOST_SPIKES)
    yield within(chip, "spikes.hidden", max(2, min(chip.spikes.input, MOST_SPIKES)), MOST_SPIKES)
    yield equal(chip, "spikes.output", OUTPUT_SPIKES)
    yield from latency(chip, 0, 1)
    yield from _attributes(chip)


def _constructs(chip: XyloChip) -> Iterator[Rule]:
    """A membrane in the current is compared with ONE_SPIKE, the least threshold that none holds twice."""
    offers = chip.constructs
    yield among(chip, "constructs.spared", ("none", "current"))
    yield equal(chip, "constructs.copies", False)
    yield equal(chip, "constructs.delays", False)
    yield equal(chip, "constructs.start_pulses", False)
    if offers.spared == "current":
        yield spans(chip, "ranges.threshold", 1, neuron.ONE_SPIKE)
        yield spans(chip, "ranges.bias", -neuron.ONE_SPIKE, neuron.ONE_SPIKE)


def _ranges(chip: XyloChip) -> Iterator[Rule]:
    """Relays and the clock take the least weight, bias, threshold and dashes that there are."""
    yield within(chip, "ranges.weight", -128, 127)
    low, high = chip.ranges.weight
    yield Rule(
        "ranges.weight", (low, high), "-128 to 127, from -n or lower to n, n at least 2", 2 <= high <= -low
    )
    yield within(chip, "ranges.weight_shift", 0, 7)
    yield spans(chip, "ranges.weight_shift", 0, 0)
    yield within(chip, "ranges.dash", 0, neuron.MAX_DASH)
    yield spans(chip, "ranges.dash", 0, 1)
    yield within(chip, "ranges.threshold", 1, neuron.HIGH)
    yield spans(chip, "ranges.threshold", 1, 1)
    yield within(chip, "ranges.bias", neuron.LOW, neuron.HIGH)
    yield spans(chip, "ranges.bias", 0, 1)
    yield equal(chip, "ranges.state", (neuron.LOW, neuron.HIGH))


def _attributes(chip: XyloChip) -> Iterator[Rule]:
    """What is set besides must be none of what the compiler sets, nor a part of one another."""
    attributes = chip.attributes
    names = sorted({*attributes.always, *attributes.with_bias, *attributes.with_synapse2})
    for name in names:
        free = name.split(".")[0] not in COMPILED
        apart = not any(other.startswith(f"{name}.") for other in names)
        allowed = f"attributes outside {', '.join(COMPILED)}, none of them a part of another"
        yield Rule("attributes", name, allowed, free and apart)
