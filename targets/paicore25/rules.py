"""Rules on the toml of a chip with the arithmetic, the words and the frames of PAICORE 2.5."""

from __future__ import annotations

from collections.abc import Iterator

from ..rules import Rule, ascending, can_do, equal, latency, no_constructs, within
from .frames import SLOT_BITS, SLOTS
from .model import PaicoreChip
from .words import MOST_OFFSET

MOST_ROWS = 1 << 12
MOST_LCN = 7

# What the arithmetic does, by field of a reading.
DIALECT = {
    "fire": (">", ">="),
    "fire_on": ("new",),
    "leak": ("none", "decay"),
    "multi": (1,),
    "refractory": (0,),
    "reset": ("v_reset", "subtract", "none"),
    "reset_phase": ("same", "next_before_decay"),
    "v0": ("rest", "any"),
    "v_min": ("none", "any"),
}


def rules(chip: PaicoreChip) -> Iterator[Rule]:
    """List what its arithmetic, words and frames can hold."""
    yield from can_do(chip, DIALECT, if_subtract=("next_after_decay",))
    yield from no_constructs(chip)
    yield equal(chip, "grid.chips", 1)
    yield within(chip, "board.columns", 1, MOST_OFFSET + 1)
    yield within(chip, "board.rows", 1, MOST_OFFSET + 1)
    yield within(chip, "board.first_row", 1, chip.board.rows - 1)
    rows = chip.board.rows - chip.board.first_row
    yield equal(chip, "grid.rows", rows)
    yield equal(chip, "grid.cores_per_chip", rows * chip.board.columns)
    yield within(chip, "core.rows", 1, MOST_ROWS)
    yield equal(chip, "core.slots", SLOTS)
    yield equal(chip, "core.slot_bits", SLOT_BITS)
    yield within(chip, "core.most_lcn", 1, MOST_LCN)
    yield ascending(chip, "core.weight_bits", (2, 4, 8))
    yield from latency(chip, 0, 0)
