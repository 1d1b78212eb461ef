"""What the family says to somebody who loads its chips by hand."""

from __future__ import annotations

from importlib.resources import files

import numpy as np

from ..machines.crossbar_events import LEAK_ALL
from ..output_guide import OutputGuide, read_output_guide
from .arithmetics import modules_of
from .model import OdinChip
from .vectors import module_name

SOURCES = {"odin": "ChFrenkel/ODIN on GitHub, `src`", "tinyodin": "ChFrenkel/tinyODIN on GitHub"}


def output_guide(chip: OdinChip) -> OutputGuide:
    """Fill in the code of a leak event, the module and its sources."""
    none = np.zeros(1, dtype=np.int64)
    code = modules_of(chip).codes.encode(np.full(1, LEAK_ALL), none, none)
    return read_output_guide(
        files(__package__ or "") / "output_guide.toml",
        leak=f"0x{int(code[0]):x}",
        module=module_name(chip),
        sources=SOURCES[chip.arithmetic],
    )
