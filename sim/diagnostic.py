"""What spikec tells its user about an input: a code, a place, numbers and a hint.

The record lives below both the reader and the compiler, since both find faults; how it is explained and turned into
an exit code is in `compiler/diagnostics.py`.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from .nir.path import shown

Severity = Literal["error", "warning", "note"]

MOST_SHOWN = 50


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


def render(diagnostic: Diagnostic) -> str:
    """Write one diagnostic with its code, place, facts and hint; what came from a file is escaped."""
    lines = [f"{diagnostic.severity}[{diagnostic.code}]: {shown(diagnostic.message)}"]
    rows = [("where", diagnostic.where)] if diagnostic.where else []
    rows += list(diagnostic.facts)
    rows += [("hint", diagnostic.hint)] if diagnostic.hint else []
    lines += [f"   {label:<8} {shown(text)}" for label, text in rows]
    return "\n".join(lines)


def render_all(diagnostics: Sequence[Diagnostic]) -> str:
    """Write diagnostics, errors first, at most MOST_SHOWN of them, and say how to read more about the first error."""
    order = {"error": 0, "warning": 1, "note": 2}
    ranked = sorted(diagnostics, key=lambda d: order[d.severity])
    parts = [render(d) for d in ranked[:MOST_SHOWN]]
    if len(ranked) > MOST_SHOWN:
        parts.append(f"... and {len(ranked) - MOST_SHOWN} more")
    first = next((d.code for d in ranked if d.severity == "error"), None)
    if first is not None:
        parts.append(f"   more     spikec explain {first}")
    return "\n".join(parts)


class DiagnosticError(Exception):
    """Raised where a stage cannot go on; carries every finding of that stage, notes and warnings included.

    diagnostics: the findings as records. `str` of it is what the command line prints: code, place, numbers, hint.

        try:
            spikec.compile("net.nir", "loihi1")
        except spikec.DiagnosticError as problem:
            codes = [d.code for d in problem.diagnostics]
    """

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(diagnostics)
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        return render_all(self.diagnostics)


def error(code: str, message: str, *, where: str = "", hint: str = "", **facts: str) -> Diagnostic:
    """Make a finding that stops the stage."""
    return Diagnostic(
        code=code, severity="error", message=message, where=where, hint=hint, facts=tuple(facts.items())
    )


def warning(code: str, message: str, *, where: str = "", hint: str = "", **facts: str) -> Diagnostic:
    """Make a finding that the user should act on."""
    return Diagnostic(
        code=code, severity="warning", message=message, where=where, hint=hint, facts=tuple(facts.items())
    )


def note(code: str, message: str, *, where: str = "", hint: str = "", **facts: str) -> Diagnostic:
    """Make a finding for the user's information."""
    return Diagnostic(
        code=code, severity="note", message=message, where=where, hint=hint, facts=tuple(facts.items())
    )


@contextmanager
def keeping(earlier: Sequence[Diagnostic]) -> Generator[None]:
    """Let no stage that fails take away what earlier ones had to say: their diagnostics come first in its error."""
    try:
        yield
    except DiagnosticError as problem:
        later = tuple(d for d in problem.diagnostics if d not in earlier)
        raise DiagnosticError((*earlier, *later)) from problem


def raise_errors(diagnostics: list[Diagnostic]) -> None:
    """Raise `DiagnosticError` with all diagnostics when at least one of them is an error."""
    if any(d.severity == "error" for d in diagnostics):
        raise DiagnosticError(tuple(diagnostics))
