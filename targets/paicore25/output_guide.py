"""What the family says to somebody who loads its chips by hand."""

from __future__ import annotations

from importlib.resources import files

from ..output_guide import OutputGuide, read_output_guide
from .frames import SLOT_BITS, SLOTS
from .model import PaicoreChip


def output_guide(chip: PaicoreChip) -> OutputGuide:
    """Fill in the size of an input buffer."""
    return read_output_guide(
        files(__package__ or "") / "output_guide.toml", slots=SLOTS, slot_bits=SLOT_BITS, last=SLOTS - 1
    )
