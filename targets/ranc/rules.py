"""Rules on the toml of a grid of crossbar cores with RANC's arithmetic and memory images."""

from __future__ import annotations

from collections.abc import Iterator

from ..rules import Rule, can_do, equal, latency, no_constructs, power_of_two, within
from .model import RancChip

MOST_BITS = 24
MOST_SUM_BITS = 30


# What the arithmetic does, by field of a reading.
DIALECT = {
    "fire": (">", ">="),
    "fire_on": ("new",),
    "leak": ("none", "constant"),
    "multi": (1,),
    "refractory": (0,),
    "reset": ("v_reset", "subtract"),
    "reset_phase": ("same", "next_before_decay"),
    "v0": ("rest", "any"),
    "v_min": ("any",),
}


def rules(chip: RancChip) -> Iterator[Rule]:
    """Potentials are kept in 32 bits; a sum of all axons must not pass 30."""
    yield from can_do(chip, DIALECT, ("next_after_decay",))
    yield from no_constructs(chip)
    yield within(chip, "grid.dimension", 2, 1 << 10)
    yield within(chip, "grid.cores", 1, min(chip.grid.dimension, 1 << 10) ** 2 - 1)
    yield power_of_two(chip, "core.axons", 2, 1 << 12)
    yield within(chip, "core.neurons", 1, 1 << 12)
    yield power_of_two(chip, "core.types", 2, 16)
    yield power_of_two(chip, "core.slots", 4, 1 << 8)
    for name in ("potential", "weight", "leak", "threshold"):
        yield within(chip, f"bits.{name}", 2, MOST_BITS)
    yield within(chip, "bits.reset_potential", 2, min(chip.bits.potential, MOST_BITS))
    yield within(chip, "bits.threshold", 2, min(chip.bits.potential, MOST_BITS))
    room = MOST_SUM_BITS - (chip.core.axons - 1).bit_length()
    yield within(chip, "bits.weight", 2, room)
    yield equal(chip, "execution.reset", ("to_value", "subtract"))
    yield from latency(chip, 0, 1)
