"""Options by their names, checked: the one place where Python's options are validated."""

from __future__ import annotations

import difflib
import json
import math
import operator
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...sim.diagnostic import Diagnostic, DiagnosticError, error, raise_errors
from ..options import Options
from ..prepare import read_chip
from .chips import ATarget, toml_of_target


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What an option may be. read: gives the value that `Options` holds, or raises ValueError or TypeError."""

    takes: str
    read: Callable[[Any], object]


def chosen_options(
    target: ATarget, dialect: str | None, dt: float | None, given: Mapping[str, Any]
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
    chosen: dict[str, Any] = {**values, "target": chip.name, "target_toml": toml}
    return Options(**chosen)


def _known(name: str, found: list[Diagnostic]) -> bool:
    if name in CHOICES:
        return True
    near = {"dt_seconds": ["dt"]}.get(name) or difflib.get_close_matches(name, CHOICES, n=1)
    meant = f"did you mean `{near[0]}`? " if near else ""
    message = f"there is no option `{name}`"
    found.append(error("SPK0530", message, hint=f"{meant}options: {', '.join(sorted(CHOICES))}"))
    return False


def _value(name: str, value: object, found: list[Diagnostic]) -> object:
    choice = CHOICES[name]
    try:
        return choice.read(value)
    except (ValueError, TypeError):
        shown = repr(value) if len(repr(value)) <= 60 else f"{repr(value)[:57]}..."
        found.append(error("SPK0531", f"`{name}` cannot be {shown}", hint=f"it takes {choice.takes}"))
        return None


def _whole(value: Any, low: int, high: int | None = None) -> int:
    number = operator.index(value)
    if isinstance(value, bool) or number < low or (high is not None and number > high):
        raise ValueError
    return number


def _integer(low: int, high: int | None = None) -> Choice:
    takes = f"an integer >= {low}" if high is None else f"an integer from {low} to {high}"
    return Choice(takes=takes, read=lambda value: _whole(value, low, high))


def _optional(choice: Choice) -> Choice:
    return Choice(
        takes=f"{choice.takes}, or None", read=lambda value: None if value is None else choice.read(value)
    )


def _flag(value: Any) -> bool:
    if not isinstance(value, bool) and type(value).__name__ != "bool":  # numpy's own
        raise TypeError
    return bool(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _seconds(value: Any) -> float:
    if isinstance(value, bool | str) or not math.isfinite(value) or value <= 0:
        raise ValueError
    return float(value)


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple | set | frozenset):
        raise TypeError
    return tuple(_text(name) for name in (sorted(value) if isinstance(value, set | frozenset) else value))


def _pairs(value: Any) -> list[tuple[str, Any]]:
    pairs: Iterable[Any] = value.items() if isinstance(value, Mapping) else value
    if isinstance(value, str | bytes):
        raise TypeError
    return [(_text(key), of) for key, of in pairs]


def _dialect_options(value: Any) -> tuple[tuple[str, object], ...]:
    plain = [(key, of.tolist() if hasattr(of, "tolist") else of) for key, of in _pairs(value)]
    json.dumps(plain, allow_nan=False)
    return tuple(plain)


def _pins(value: Any) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((name, _whole(core, 0)) for name, core in dict(_pairs(value)).items()))


def _lock(value: Any) -> bytes:
    if not isinstance(value, str | os.PathLike):
        return bytes(memoryview(value))
    from ...targets.regular_file import read_regular, reason
    from ..backends.loihi.lock import MAX_BYTES

    try:
        return read_regular(Path(value), MAX_BYTES)
    except OSError as problem:
        message = f"the lock {Path(value).name} cannot be read: {reason(problem)}"
        raise DiagnosticError((error("SPK0531", message),)) from problem


def _callable(value: Any) -> object:
    if not callable(value):
        raise TypeError
    return value


CHOICES: Mapping[str, Choice] = {
    "allow_approximation": Choice(takes="True or False", read=_flag),
    "allow_host": Choice(takes="True or False", read=_flag),
    "calibrate": Choice(takes="True or False", read=_flag),
    "chips": _integer(1),
    "dialect": _optional(
        Choice(takes="the name of a dialect, as `spikec.dialects()` lists them", read=_text)
    ),
    "dialect_options": Choice(takes="a dict of JSON values by option", read=_dialect_options),
    "dt": _optional(Choice(takes="a time step in seconds, > 0", read=_seconds)),
    "host_prefix": Choice(takes="a list of names of populations", read=_names),
    "lock": _optional(Choice(takes="the path or the bytes of a placement.lock.json", read=_lock)),
    "max_neurons_per_core": _optional(_integer(1)),
    "pins": Choice(takes="a dict of cores >= 0 by population", read=_pins),
    "progress": _optional(Choice(takes="a function of one text", read=_callable)),
    "seed": _integer(0),
    "split_weights": Choice(takes="True or False", read=_flag),
    "weight_bits": _integer(2, 8),
}
"""Every option of a compile by its name; `dt` is `Options.dt_seconds`."""
