"""Rules on the toml of a system with the arithmetic and the words of SpiNNaker 1."""

from __future__ import annotations

from collections.abc import Iterator

from ..rules import Rule, among, can_do, equal, latency, within
from .board import CHIPS_PER_BOARD, TRIAD
from .files import CORES_PER_CHIP, MAX_TRIADS
from .keys import KEY_BITS
from .model import SpinnakerChip
from .routing_table import MOST_ENTRIES
from .synaptic_word import MAX_ROW_LENGTH, RING_BITS

MOST_NEURONS = 256
MOST_DELAY = 16
MOST_DTCM = 1 << 16
MOST_SDRAM = 1 << 27
MOST_TICKS = 10**6

# What the arithmetic does, by field of a reading.
DIALECT = {
    "fire": (">", ">="),
    "fire_on": ("new",),
    "leak": ("none", "decay"),
    "multi": (1,),
    "refractory": ("any",),
    "reset": ("v_reset", "none"),
    "reset_phase": ("same",),
    "v0": ("rest", "any"),
    "v_min": ("none",),
}


def rules(chip: SpinnakerChip) -> Iterator[Rule]:
    """List what its arithmetic and words can hold."""
    yield from can_do(chip, DIALECT)
    yield among(chip, "constructs.spared", ("none", "current"))
    yield equal(chip, "constructs.counts", False)
    yield equal(chip, "constructs.raised_rest", False)
    yield equal(chip, "constructs.start_pulses", False)
    yield equal(chip, "constructs.lowered", False)
    yield within(chip, "grid.cores_per_chip", 1, CORES_PER_CHIP - 1)
    yield within(chip, "grid.rows", 1, chip.grid.cores_per_chip)
    yield within(chip, "grid.chips", 1, MAX_TRIADS * len(TRIAD) * CHIPS_PER_BOARD)
    yield within(chip, "core.neurons", 1, MOST_NEURONS)
    yield within(chip, "core.delays", 1, MOST_DELAY)
    yield equal(chip, "core.ring_bits", RING_BITS)
    yield equal(chip, "core.row_length", MAX_ROW_LENGTH)
    yield within(chip, "core.dtcm_bytes", 1, MOST_DTCM)
    yield within(chip, "chip.ethernet_cores", 1, chip.grid.cores_per_chip)
    yield within(chip, "chip.router_entries", 1, MOST_ENTRIES)
    yield within(chip, "chip.key_bits", 1, KEY_BITS)
    yield within(chip, "chip.sdram_bytes", 1, MOST_SDRAM)
    yield within(chip, "run.timer_us", 1, MOST_TICKS)
    yield within(chip, "run.recorded_ticks", 1, MOST_TICKS)
    yield from latency(chip, 1, 1)
