"""Rules on the toml of a chip with the arithmetic of Speck and the attributes of its vendor's object."""

from __future__ import annotations

from collections.abc import Iterator

from ..rules import Rule, ascending, can_do, equal, latency, no_constructs, spans, within
from . import neuron
from .model import SpeckChip

MOST_CORES = 255
MOST_SIZE = 1 << 12
MOST_ENTRIES = 1 << 24


# What the arithmetic does, by field of a reading.
DIALECT = {
    "fire": (">", ">="),
    "fire_on": ("new",),
    "leak": ("none", "constant"),
    "multi": ("unlimited",),
    "refractory": (0,),
    "reset": ("v_reset", "subtract"),
    "reset_phase": ("same", "next_before_decay"),
    "v0": ("rest", "any"),
    "v_min": ("any",),
}


def rules(chip: SpeckChip) -> Iterator[Rule]:
    """List what its arithmetic and files can hold."""
    yield from can_do(chip, DIALECT, ("next_after_decay",))
    yield from no_constructs(chip)
    yield from _cores(chip)
    yield from _layer(chip)
    yield within(chip, "ranges.weight", -128, 127)
    yield spans(chip, "ranges.weight", -1, 1)
    yield within(chip, "ranges.bias", neuron.LOW, neuron.HIGH)
    yield spans(chip, "ranges.bias", 0, 0)
    yield within(chip, "ranges.threshold", 1, neuron.HIGH)
    yield within(chip, "ranges.low_threshold", neuron.LOW, neuron.HIGH)
    yield spans(chip, "ranges.low_threshold", neuron.LOW, 0)
    yield equal(chip, "ranges.state", (neuron.LOW, neuron.HIGH))
    yield equal(chip, "execution.reset", ("subtract", "zero"))
    yield from latency(chip, 0, 0)
    if chip.readout is not None:
        yield within(chip, "readout.destination", chip.cores.count, MOST_CORES)
        yield within(chip, "readout.classes", 1, chip.layer.channels)
        yield within(chip, "readout.channel_step", 1, chip.layer.channels)
        yield spans(chip, "readout.threshold", 0, 0)
        yield spans(chip, "readout.output_mode", 0, 0)


def _cores(chip: SpeckChip) -> Iterator[Rule]:
    cores = chip.cores
    sizes = [len(cores.kernel_entries), len(cores.neuron_entries), len(cores.bias_entries)]
    allowed = f"as many kernel_entries, neuron_entries and bias_entries, 1 to {MOST_CORES}"
    yield Rule("cores", sizes, allowed, sizes == sizes[:1] * 3 and 1 <= sizes[0] <= MOST_CORES)
    for name in ("kernel_entries", "neuron_entries", "bias_entries"):
        yield within(chip, f"cores.{name}", 1, MOST_ENTRIES)
    yield within(chip, "cores.destinations", 1, MOST_CORES)


def _layer(chip: SpeckChip) -> Iterator[Rule]:
    layer = chip.layer
    for name in ("input_size", "output_size", "channels", "kernel_size"):
        yield within(chip, f"layer.{name}", 1, MOST_SIZE)
    sizes = range(1, 65)
    for name, values in (("strides", layer.strides), ("poolings", layer.poolings)):
        rule = ascending(chip, f"layer.{name}", sizes)
        yield Rule(rule.path, values, "ascending, 1 first, up to 64", rule.holds and values[0] == 1)
    yield within(chip, "layer.padding", 0, MOST_SIZE)
    yield spans(chip, "layer.padding", 0, 0)
