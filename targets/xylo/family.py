"""Chips of neurons in one fixed order, as a family."""

from __future__ import annotations

from importlib.resources import files

from ..family import Family
from .files import Document
from .model import XyloChip
from .output_guide import output_guide
from .register_map import register_map
from .rules import rules

FOLDER = files(__package__ or "")
FAMILY = Family(
    record=XyloChip,
    chips={
        "xylo_audio2": FOLDER / "audio2.toml",
        "xylo_audio3": FOLDER / "audio3.toml",
        "xylo_imu": FOLDER / "imu.toml",
    },
    rules=rules,
    backend="spikec.compiler.backends.xylo.backend:XyloBackend",
    register_map=register_map,
    document=Document,
    output_guide=output_guide,
    guide=FOLDER / "guide.toml",
)
