"""Chips of many cores, with axons, compartments and synaptic memory, as a family."""

from __future__ import annotations

from importlib.resources import files

from ..family import Family
from .files import Index
from .model import LoihiChip
from .output_guide import output_guide
from .register_map import register_map
from .rules import rules

FOLDER = files(__package__ or "")
FAMILY = Family(
    record=LoihiChip,
    chips={"loihi1": FOLDER / "chip.toml"},
    rules=rules,
    backend="spikec.compiler.backends.loihi.backend:LoihiBackend",
    register_map=register_map,
    document=Index,
    output_guide=output_guide,
    guide=FOLDER / "guide.toml",
)
