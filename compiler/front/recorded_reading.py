"""Reads what a file says of its own reading: dialect, time step and options, as `spikec export` writes them."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from ...sim.diagnostic import DiagnosticError, error
from ...sim.nir.path import shown
from ...sim.nir.raw_graph import RawGraph

Option: TypeAlias = bool | int | float | str | None


class RecordedReading(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """dialect: a preset. dialect_options: as `--dialect-option` takes them."""

    dialect: str
    dt_seconds: float
    dialect_options: dict[str, Option | list[Option]]


def recorded_reading(graph: RawGraph) -> RecordedReading | None:
    """The reading that a file carries; None where it carries none.

    Raises DiagnosticError (SPK0340) for a text that says none."""
    if not graph.reading:
        return None
    try:
        return msgspec.json.decode(graph.reading, type=RecordedReading)
    except (msgspec.DecodeError, RecursionError) as problem:
        message = f"its metadata say how it is read, and that cannot be used: {shown(str(problem))[:200]}"
        hint = "give --dialect and --dt, which overrule it"
        raise DiagnosticError(
            (error("SPK0340", message, where="/node/metadata/spikec_reading", hint=hint),)
        ) from problem
