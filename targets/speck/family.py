"""Chips of convolution cores, as a family."""

from __future__ import annotations

from importlib.resources import files

from ..family import Family
from .files import Document
from .model import SpeckChip
from .output_guide import output_guide
from .register_map import register_map
from .rules import rules

FOLDER = files(__package__ or "")
FAMILY = Family(
    record=SpeckChip,
    chips={
        "dynapcnn": FOLDER / "dynapcnn.toml",
        "speck2e": FOLDER / "speck2e.toml",
        "speck2f": FOLDER / "speck2f.toml",
    },
    rules=rules,
    backend="spikec.compiler.backends.speck.backend:SpeckBackend",
    register_map=register_map,
    document=Document,
    output_guide=output_guide,
    guide=FOLDER / "guide.toml",
)
