"""What the family says to somebody who loads its chips by hand."""

from __future__ import annotations

from importlib.resources import files

from ..output_guide import OutputGuide, read_output_guide
from .model import Loihi2Chip


def output_guide(chip: Loihi2Chip) -> OutputGuide:
    """The guide is the same for all chips of the family."""
    return read_output_guide(files(__package__ or "") / "output_guide.toml")
