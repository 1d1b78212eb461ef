"""What chips are: numbers, arithmetic, word layouts. `names()` lists the installed ones, `load(name)` reads one.

`spikec.targets` is this package and, called, the list of names: `spikec.targets()` is `names()`.
"""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Literal, overload

from .chip import Chip
from .loihi1.model import Target
from .odin.model import Revision as EventRevision
from .ranc.model import Revision as GridRevision
from .reading import MAX_BYTES, Problem, TargetError, obey, ranges, record_of
from .regular_file import read_regular, reason
from .rules import Rule
from .speck.model import Revision as SpeckRevision
from .xylo.model import Revision

_FILES = {
    "dynapcnn": "speck/dynapcnn.toml",
    "loihi1": "loihi1/chip.toml",
    "odin": "odin/odin.toml",
    "ranc": "ranc/ranc.toml",
    "speck2e": "speck/speck2e.toml",
    "speck2f": "speck/speck2f.toml",
    "tinyodin": "odin/tinyodin/tinyodin.toml",
    "truenorth": "ranc/truenorth.toml",
    "xylo_audio2": "xylo/audio2.toml",
    "xylo_audio3": "xylo/audio3.toml",
    "xylo_imu": "xylo/imu.toml",
}

AnyTarget = Target | Revision | SpeckRevision | EventRevision | GridRevision
_KINDS: dict[str, type[AnyTarget]] = {
    "loihi": Target,
    "odin": EventRevision,
    "ranc": GridRevision,
    "speck": SpeckRevision,
    "xylo": Revision,
}

__all__ = [
    "AnyTarget", "Chip", "Problem", "Target", "TargetError", "UnknownTargetError", "load", "names", "read_target",
    "toml_of",
]  # fmt: skip


class UnknownTargetError(LookupError):
    """No installed target has this name and no `chip.toml` lies at this path."""


def names() -> tuple[str, ...]:
    """Of the targets that a network can be compiled for."""
    return tuple(_FILES)


@overload
def load(name_or_path: Literal["loihi1"]) -> Target: ...
@overload
def load(name_or_path: str) -> AnyTarget: ...
def load(name_or_path: str) -> AnyTarget:
    """An installed target by name, or a user's own `chip.toml` by path.

    Raises as `toml_of` and `read_target`."""
    return read_target(toml_of(name_or_path))


def toml_of(name_or_path: str) -> bytes:
    """The text of an installed target by name, or of a user's own `chip.toml` by path, byte for byte.

    Raises UnknownTargetError, TargetError for a path that leads to no file which can be read."""
    if name_or_path in _FILES:
        return (files(__name__) / _FILES[name_or_path]).read_bytes()
    path = Path(name_or_path)
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
    found = record_of(toml, _KINDS)
    obey(toml, ranges(found))
    obey(toml, rules_of(found))
    return found


def rules_of(target: AnyTarget) -> tuple[Rule, ...]:
    """What the target's arithmetic, words and files can hold, and whether it keeps to that."""
    match target:
        case Target():
            from .loihi1.rules import rules

            return tuple(rules(target))
        case Revision():
            from .xylo.rules import rules

            return tuple(rules(target))
        case SpeckRevision():
            from .speck.rules import rules

            return tuple(rules(target))
        case EventRevision():
            from .odin.rules import rules

            return tuple(rules(target))
        case GridRevision():
            from .ranc.rules import rules

            return tuple(rules(target))


class _Callable(ModuleType):
    """A package that can be called: an import of it puts it where the function `spikec.targets` would be."""

    def __call__(self) -> tuple[str, ...]:
        return names()


sys.modules[__name__].__class__ = _Callable
