"""One recurrent core whose membranes leak exponentially, as a family."""

from __future__ import annotations

from importlib.resources import files

from ..family import Family
from .files import Document
from .model import ReckonChip
from .output_guide import output_guide
from .register_map import register_map
from .rules import rules

FOLDER = files(__package__ or "")
FAMILY = Family(
    record=ReckonChip,
    chips={"reckon": FOLDER / "reckon.toml"},
    rules=rules,
    backend="spikec.compiler.backends.reckon.backend:ReckonBackend",
    register_map=register_map,
    document=Document,
    output_guide=output_guide,
    guide=FOLDER / "guide.toml",
)
