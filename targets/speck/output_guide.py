"""What the family says to somebody who loads its chips by hand."""

from __future__ import annotations

from importlib.resources import files

from ..output_guide import OutputGuide, read_output_guide
from ..samna import WHERE_FROM
from .model import SpeckChip


def output_guide(chip: SpeckChip) -> OutputGuide:
    """Fill in the names of the vendor's module and class."""
    return read_output_guide(
        files(__package__ or "") / "output_guide.toml",
        module=chip.attributes.module,
        kind=chip.attributes.kind,
        samna=WHERE_FROM,
    )
