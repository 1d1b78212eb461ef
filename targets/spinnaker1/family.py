"""SpiNNaker 1 systems as a family."""

from __future__ import annotations

from importlib.resources import files

from ..family import Family
from .files import Document
from .model import SpinnakerChip
from .output_guide import output_guide
from .register_map import register_map
from .rules import rules

FOLDER = files(__package__ or "")
FAMILY = Family(
    record=SpinnakerChip,
    chips={"spinnaker1": FOLDER / "spinnaker1.toml"},
    rules=rules,
    backend="spikec.compiler.backends.spinnaker1.backend:SpinnakerBackend",
    register_map=register_map,
    document=Document,
    output_guide=output_guide,
    guide=FOLDER / "guide.toml",
)
