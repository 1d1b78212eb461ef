"""What chips are: numbers, arithmetic, word layouts. `names()` lists the installed ones, `load(name)` reads one."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from .model import Target, read_target

NAMES = ("loihi1",)

__all__ = ["NAMES", "Target", "UnknownTargetError", "load", "names"]


class UnknownTargetError(LookupError):
    """No installed target has this name and no `chip.toml` lies at this path."""


def names() -> tuple[str, ...]:
    return NAMES


def load(name_or_path: str) -> Target:
    """An installed target by name, or a user's own `chip.toml` by path."""
    if name_or_path in NAMES:
        return read_target((files(__name__) / name_or_path / "chip.toml").read_bytes())
    path = Path(name_or_path)
    if path.suffix == ".toml" and path.is_file():
        return read_target(path.read_bytes())
    raise UnknownTargetError(name_or_path)
