"""What the family says to somebody who loads its chips by hand."""

from __future__ import annotations

from importlib.resources import files

from ..output_guide import OutputGuide, read_output_guide
from .model import ReckonChip
from .spike_codes import CODES


def output_guide(chip: ReckonChip) -> OutputGuide:
    """Fill in how many neurons share a read-out."""
    return read_output_guide(files(__package__ or "") / "output_guide.toml", codes=CODES, last=CODES - 1)
