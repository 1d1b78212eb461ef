"""Diagnostics as plain text: for the terminal, and for a traceback."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .nirpath import shown

if TYPE_CHECKING:
    from .diagnostic import Diagnostic

MOST_SHOWN = 50


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
