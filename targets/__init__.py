"""What chips are: numbers, arithmetic, word layouts. `names()` lists the installed ones, `load(name)` reads one."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Literal, overload

import msgspec

from .chip import Chip
from .loihi1.model import Target
from .odin.model import Revision as EventRevision
from .ranc.model import Revision as GridRevision
from .regular_file import read_regular, reason
from .speck.model import Revision as SpeckRevision, validated
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

MAX_BYTES = 1 << 20  # of a user's chip.toml

AnyTarget = Target | Revision | SpeckRevision | EventRevision | GridRevision

__all__ = ["AnyTarget", "Chip", "Target", "UnknownTargetError", "load", "names", "read_target", "toml_of"]


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

    Raises UnknownTargetError, and msgspec.ValidationError for a file that cannot be read."""
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
        raise msgspec.ValidationError(f"it cannot be read: {reason(problem)}") from problem


def read_target(text: bytes) -> AnyTarget:
    """Parse and validate a `chip.toml`, whose `family` says which record it is; raises msgspec.ValidationError
    with the path of what is wrong."""
    found = msgspec.toml.decode(text, type=AnyTarget)
    return validated(found) if isinstance(found, SpeckRevision) else found
