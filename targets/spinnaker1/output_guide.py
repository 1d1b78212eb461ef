"""What the family says to somebody who loads its boards by hand."""

from __future__ import annotations

from importlib.resources import files

from ..chip import ChipRecord
from ..output_guide import OutputGuide, read_output_guide
from .configuration import SOURCE_CORE
from .files import FILE
from .loader import SCRIPT
from .routes_text import ROUTES


def output_guide(chip: ChipRecord) -> OutputGuide:
    """Fill in names of files and where the spike source runs."""
    return read_output_guide(
        files(__package__ or "") / "output_guide.toml",
        name=chip.name,
        manifest=FILE,
        routes=ROUTES,
        script=SCRIPT,
        source=SOURCE_CORE,
    )
