"""The chips that can be compiled for, and a chip of any kind that Python has one in."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from ...sim.diagnostic import DiagnosticError, error
from ...targets import AnyTarget
from ...targets.toml_text import toml_of_record
from ..options import Options
from ..prepare import read_chip, target_toml
from .wrong_kind import wrong_kind

ATarget: TypeAlias = "str | os.PathLike[str] | Mapping[str, object] | AnyTarget"
"""The name of an installed target, the path of a toml, what a toml holds, or a loaded target."""


def load_target(target: ATarget) -> AnyTarget:
    """Read a chip: its numbers, formats and limits, as a frozen record.

    target: the name of an installed chip (`spikec.targets()` lists them), the path of a toml that describes one, a
    dict as `tomllib.load` makes of such a file, or a record that this function gave, changed or not.

        loihi = spikec.load_target("loihi1")
        small = msgspec.structs.replace(loihi, name="small", cores_per_chip=4)
        spikec.compile("net.nir", small)

    Raises DiagnosticError: SPK0501 for a name or path of no target, SPK0502 for one that describes no chip, SPK0532 for
    what is neither."""
    return read_chip(toml_of_target(target))


def toml_of_target(target: object) -> bytes:
    """The text of a chip's toml. Raises DiagnosticError as `load_target`, but does not read what is in it."""
    if isinstance(target, str | os.PathLike):
        return target_toml(Options(target=os.fspath(target)))
    if isinstance(target, msgspec.Struct):
        return toml_of_record(msgspec.to_builtins(target))
    if not isinstance(target, Mapping):
        raise wrong_kind(
            "target", target, "a name, the path of a toml, a dict as of a toml, or a loaded target"
        )
    try:
        return toml_of_record(target)
    except TypeError as problem:
        raise DiagnosticError((error("SPK0502", f"the target is not valid: {problem}"),)) from problem
