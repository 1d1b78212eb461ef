"""Records of a PAICORE 2.5 chip as its toml declares it."""

from __future__ import annotations

from typing import Literal

import msgspec

from ..chip import ChipRecord, Grid, Positive


class Board(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How positions lie. columns, rows: of all positions. first_row: rows below it hold no cores that can be used
    here, as the processor at (0, 0) and cores that learn are there."""

    columns: Positive
    rows: Positive
    first_row: Positive


class Core(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one core has. rows: of 128 bits, for neurons and their weights. slots: of its input buffer, each of
    slot_bits. most_lcn: a step takes 2**lcn slots, lcn at most this. weight_bits: widths of a weight."""

    rows: Positive
    slots: Positive
    slot_bits: Positive
    most_lcn: Positive
    weight_bits: tuple[Literal[2, 4, 8], ...]


class PaicoreChip(ChipRecord, frozen=True, forbid_unknown_fields=True, tag_field="family", tag="paicore"):
    """Cores of neurons and weights in one memory, joined by a mesh that carries spikes and potentials."""

    arithmetic: Literal["paicore25"]
    grid: Grid
    board: Board
    core: Core

    @property
    def max_delay(self) -> int:
        """Chip steps that a spike can be held back: the input buffer holds no more."""
        return self.core.slots - 1

    @property
    def cores(self) -> int:
        """Cores that run neurons."""
        return self.grid.cores_per_chip * self.grid.chips
