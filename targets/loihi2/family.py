"""Loihi 2 as a family: chips for whose cores Lava's processes are compiled."""

from __future__ import annotations

from importlib.resources import files

from ..family import Family
from .bundle import Graph
from .model import Loihi2Chip
from .output_guide import output_guide
from .register_map import register_map
from .rules import rules

FOLDER = files(__package__ or "")
FAMILY = Family(
    record=Loihi2Chip,
    chips={"loihi2": FOLDER / "loihi2.toml"},
    rules=rules,
    backend="spikec.compiler.backends.loihi2.backend:Loihi2Backend",
    register_map=register_map,
    document=Graph,
    output_guide=output_guide,
    guide=FOLDER / "guide.toml",
)
