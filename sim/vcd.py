"""Writes signals over time steps as a value change dump, for a wave viewer. One time unit is one step."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from vcd.writer import Variable


@dataclass(frozen=True, kw_only=True)
class Signal:
    """scope: names from the outside in, free of blanks and dots (see `scope_names`). values: (T,) uint8 and bool
    become one-bit wires, integers 64-bit `integer`s, floats `real`s. first_step: the step of values[0]."""

    scope: tuple[str, ...]
    name: str
    values: np.ndarray
    first_step: int = 0


def scope_names(paths: Sequence[str]) -> dict[str, str]:
    """Convert each path to one name of letters, digits and `_`, different for different paths."""
    scopes: dict[str, str] = {}
    taken: set[str] = set()
    for path in sorted(paths):
        plain = re.sub(r"[^A-Za-z0-9_]", "_", path) or "_"
        if plain[0].isdigit():
            plain = f"_{plain}"
        name, k = plain, 2
        while name in taken:
            name, k = f"{plain}_{k}", k + 1
        taken.add(name)
        scopes[path] = name
    return scopes


def dump(signals: Sequence[Signal], comment: str = "") -> str:
    """Write the text of a VCD file: the same for the same signals (no date, no version of a tool)."""
    from vcd import VCDWriter

    first = min((s.first_step for s in signals), default=0)
    end = max((s.first_step + s.values.size for s in signals), default=first)
    text = io.StringIO()
    with VCDWriter(text, timescale="1 us", date="", comment=comment, init_timestamp=first) as writer:
        changes: list[tuple[int, int, float]] = []
        variables: list[Variable] = []
        for k, signal in enumerate(signals):
            kind, bits, before = _kind(signal.values)
            variables.append(writer.register_var(signal.scope, signal.name, kind, size=bits, init=before))
            changes.extend((step, k, value) for step, value in _changes(signal))
        for step, k, value in sorted(changes, key=lambda change: change[:2]):
            writer.change(variables[k], step, value)
        writer.close(end)
    return text.getvalue()


def _changes(signal: Signal) -> list[tuple[int, float]]:
    """(step, value) of the first value and of each that differs from the one before."""
    values = signal.values
    new = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]])) if values.size else []
    return [(signal.first_step + int(k), values[k].item()) for k in new]


def _kind(
    values: np.ndarray,
) -> tuple[Literal["wire", "integer", "real"], int | None, str | float]:
    """(variable type, bits, value before the first step)."""
    if values.dtype.kind == "b" or values.dtype == np.uint8:
        return ("wire", 1, "x") if values.size == 0 or values.max() <= 1 else ("integer", 64, "x")
    return ("real", None, float("nan")) if values.dtype.kind == "f" else ("integer", 64, "x")
