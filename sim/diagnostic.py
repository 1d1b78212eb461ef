"""What spikec tells its user about an input: a code, a place, numbers and a hint.

The record lives below both the reader and the compiler, since both find faults;
how a diagnostic is rendered, explained and turned into an exit code is in `compiler/diagnostics.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagnostic:
    """One finding.

    code: `SPK` and four digits, documented in `compiler/codes.toml`.
    where: path of the place in the `.nir` file (`/node/nodes/fc1`), or "" for the whole input.
    message: one sentence with the numbers in it. facts: further (label, text) lines, in print order.
    """

    code: str
    severity: Severity
    message: str
    where: str = ""
    facts: tuple[tuple[str, str], ...] = field(default=())
    hint: str = ""


class DiagnosticError(Exception):
    """A stage cannot go on; carries every finding of that stage, notes and warnings included."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("; ".join(f"{d.code} {d.where}: {d.message}" for d in diagnostics))
        self.diagnostics = diagnostics


def error(code: str, message: str, *, where: str = "", hint: str = "", **facts: str) -> Diagnostic:
    return Diagnostic(
        code=code, severity="error", message=message, where=where, hint=hint, facts=tuple(facts.items())
    )


def warning(code: str, message: str, *, where: str = "", hint: str = "", **facts: str) -> Diagnostic:
    return Diagnostic(
        code=code, severity="warning", message=message, where=where, hint=hint, facts=tuple(facts.items())
    )


def note(code: str, message: str, *, where: str = "", hint: str = "", **facts: str) -> Diagnostic:
    return Diagnostic(
        code=code, severity="note", message=message, where=where, hint=hint, facts=tuple(facts.items())
    )


def raise_errors(found: list[Diagnostic]) -> None:
    """Raise `DiagnosticError` with all of `found` when at least one of them is an error."""
    if any(d.severity == "error" for d in found):
        raise DiagnosticError(tuple(found))
