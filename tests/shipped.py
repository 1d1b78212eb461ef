"""Chips that are installed, by family."""

from __future__ import annotations

from spikec.targets import load as revision

__all__ = ["EVENT_CHIPS", "GRIDS", "SPECKS", "XYLOS", "revision"]

EVENT_CHIPS = ("odin", "tinyodin")
GRIDS = ("ranc", "truenorth")
SPECKS = ("dynapcnn", "speck2e", "speck2f")
XYLOS = ("xylo_audio2", "xylo_audio3", "xylo_imu")
