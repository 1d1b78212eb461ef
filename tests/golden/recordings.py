"""Recordings are known by what is in them; how a file is called says nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np


def recordings(folder: Path, *arrays: str) -> list[Path]:
    """The `.npz` files of a folder, at any depth, that hold all of these arrays; in the order of their names."""
    return [file for file in sorted(folder.rglob("*.npz")) if set(arrays) <= _names(file)]


def _names(file: Path) -> set[str]:
    with np.load(file, allow_pickle=False) as found:
        return set(found.files)
