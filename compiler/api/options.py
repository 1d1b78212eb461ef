"""Options by their names, checked: the one place where Python's options are validated."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from ...sim.diagnostic import Diagnostic, DiagnosticError, error, raise_errors
from ...sim.near_names import hint_of
from ..options import OPTIONS, Options
from ..prepare import read_chip
from ..shell.option_kinds import refused
from .chips import ATarget, toml_of_target

_API_NAMES = {"dt_seconds": "dt"}


def chosen_options(
    target: ATarget, dialect: str | None, dt: float | None, given: Mapping[str, object]
) -> Options:
    """Check options, all of them before anything is read. given: by the names in `CHOICES`.

    Raises DiagnosticError with all findings: SPK0530 an option that is none, SPK0531 a value that it cannot have; and
    SPK0501, SPK0502, SPK0532 as `load_target`."""
    toml = toml_of_target(target)
    chip = read_chip(toml)
    found: list[Diagnostic] = []
    values = {
        name: _value(name, value, found)
        for name, value in {**given, "dialect": dialect, "dt": dt}.items()
        if _known(name, found)
    }
    raise_errors(found)
    values["dt_seconds"] = values.pop("dt")
    return replace(Options(target=chip.name, target_toml=toml), **values)


def _known(name: str, found: list[Diagnostic]) -> bool:
    if name in CHOICES:
        return True
    asked = {"dt_seconds": "dt"}.get(name, name)
    message = f"there is no option `{name}`"
    found.append(error("SPK0530", message, hint=hint_of(asked, sorted(CHOICES), "options")))
    return False


def _value(name: str, value: object, found: list[Diagnostic]) -> object:
    takes, read = CHOICES[name]
    try:
        return read(value)
    except (ValueError, TypeError):
        found.append(refused(name, value, takes))
        return None


def _lock(value: object) -> bytes | None:
    if value is None:
        return None
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    if not isinstance(value, str | os.PathLike):
        raise TypeError
    from ...targets.regular_file import read_regular, reason
    from ..backends.shared.placement_lock import MAX_BYTES

    try:
        return read_regular(Path(value), MAX_BYTES)
    except OSError as problem:
        message = f"the lock {Path(value).name} cannot be read: {reason(problem)}"
        raise DiagnosticError((error("SPK0531", message),)) from problem


def _progress(value: object) -> object:
    if value is not None and not callable(value):
        raise TypeError
    return value


CHOICES: Mapping[str, tuple[str, Callable[[object], object]]] = {
    **{_API_NAMES.get(name, name): (option.kind.takes, option.kind.read) for name, option in OPTIONS.items()},
    "lock": ("the path or the bytes of a placement.lock.json, or None", _lock),
    "progress": ("a function of one text, or None", _progress),
}
"""What every option of a compile takes, in words, and what reads it; `dt` is `Options.dt_seconds`."""
