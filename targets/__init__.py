"""What chips are: numbers, arithmetic, word layouts. `names()` lists the installed ones, `load(name)` reads one.

`spikec.targets` is this package and, called, the list of names: `spikec.targets()` is `names()`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

from .chip import Chip, ChipRecord
from .families import chips, family_named, family_names, family_with
from .family import Family
from .reading import MAX_BYTES, Problem, TargetError, UnknownFamilyError, family_of, read_record
from .regular_file import read_regular, reason
from .rules import Rule

AnyTarget: TypeAlias = ChipRecord
"""The record of a chip, of whatever family."""

__all__ = [
    "AnyTarget", "Chip", "Family", "Problem", "TargetError", "UnknownFamilyError", "UnknownTargetError", "load",
    "names", "read_target", "toml_of",
]  # fmt: skip


class UnknownTargetError(LookupError):
    """No installed target has this name and no `chip.toml` lies at this path."""


def names() -> tuple[str, ...]:
    """Of the targets that a network can be compiled for: ours, and those of installed packages."""
    return chips()


def load(name_or_path: str) -> AnyTarget:
    """An installed target by name, or a user's own `chip.toml` by path.

    Raises as `toml_of` and `read_target`."""
    return read_target(toml_of(name_or_path))


def toml_of(name_or_path: str) -> bytes:
    """The text of an installed target by name, or of a user's own `chip.toml` by path, byte for byte.

    Raises UnknownTargetError, TargetError for a path that leads to no file which can be read."""
    path = Path(name_or_path)
    family = None if path.suffix == ".toml" else family_with(name_or_path)
    if family is not None:
        return family.chips[name_or_path].read_bytes()
    if path.suffix != ".toml":
        raise UnknownTargetError(name_or_path)
    try:
        return read_regular(path, MAX_BYTES)
    except (FileNotFoundError, NotADirectoryError) as problem:
        raise UnknownTargetError(name_or_path) from problem
    except OSError as problem:
        raise TargetError(Problem(f"{path.name[:80]} cannot be read: {reason(problem)}")) from problem


def read_target(toml: bytes) -> AnyTarget:
    """Parse a chip's toml, whose `family` says which record it is, and check every number.

    Raises TargetError with all that is wrong, where, and what is allowed."""
    return read_record(toml, family_of_toml(toml))


def rules_of(target: AnyTarget) -> tuple[Rule, ...]:
    """What the target's arithmetic, words and files can hold, and whether it keeps to that."""
    return tuple(family_of_chip(target).rules(target))


def family_of_toml(toml: bytes) -> Family:
    """The family that a toml names. Raises TargetError, UnknownFamilyError."""
    return family_of(toml, family_named, family_names)


def family_of_chip(target: Chip) -> Family:
    """The family of a chip that was read. Raises LookupError where its package is no longer there."""
    family = family_named(target.family)
    if family is None:
        raise LookupError(target.family)
    return family


class _Callable(ModuleType):
    """A package that can be called: an import of it puts it where the function `spikec.targets` would be."""

    def __call__(self) -> tuple[str, ...]:
        return names()


sys.modules[__name__].__class__ = _Callable
