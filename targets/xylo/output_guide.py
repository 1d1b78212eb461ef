"""What the family says to somebody who loads its chips by hand."""

from __future__ import annotations

from importlib.resources import files

from ..output_guide import OutputGuide, read_output_guide
from ..samna import WHERE_FROM
from .model import XyloChip


def output_guide(chip: XyloChip) -> OutputGuide:
    """Fill in the vendor's names and the most events of a step."""
    return read_output_guide(
        files(__package__ or "") / "output_guide.toml",
        module=chip.attributes.module,
        hidden=chip.attributes.hidden,
        most=chip.spikes.input,
        samna=WHERE_FROM,
    )
