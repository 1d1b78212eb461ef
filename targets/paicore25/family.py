"""Chips of neurons and weights in one memory, joined by frames, as a family."""

from __future__ import annotations

from importlib.resources import files

from ..family import Family
from .files import Document
from .model import PaicoreChip
from .output_guide import output_guide
from .register_map import register_map
from .rules import rules

FOLDER = files(__package__ or "")
FAMILY = Family(
    record=PaicoreChip,
    chips={"paicore25": FOLDER / "paicore25.toml"},
    rules=rules,
    backend="spikec.compiler.backends.paicore25.backend:PaicoreBackend",
    register_map=register_map,
    document=Document,
    output_guide=output_guide,
    guide=FOLDER / "guide.toml",
)
