"""How diagnostics look, what their codes mean, and which exit code they make."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from importlib import resources

import msgspec

from ..sim.diagnostic import Diagnostic
from ..sim.nirpath import shown

OK, PROBLEM, USAGE, NO_FIT, CHECK_FAILED, INTERNAL, INTERRUPTED = 0, 1, 2, 3, 4, 70, 130
MOST_SHOWN = 50


class Code(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `spikec explain` says of a code."""

    title: str
    severity: str
    explanation: str
    hint: str = ""


def codes() -> dict[str, Code]:
    """Every code of codes.toml, sorted."""
    table = tomllib.loads((resources.files("spikec.compiler") / "codes.toml").read_text(encoding="utf-8"))
    return {code: msgspec.convert(table[code], Code) for code in sorted(table)}


def exit_code(diagnostics: Sequence[Diagnostic]) -> int:
    """The exit code of a failed stage: what does not fit is 3, a failed check 4, options 2, all else 1."""
    errors = sorted(d.code for d in diagnostics if d.severity == "error")
    if not errors:
        return OK
    if all(code.startswith("SPK2") for code in errors):
        return NO_FIT
    if all(code.startswith("SPK4") for code in errors):
        return CHECK_FAILED
    if all(code.startswith("SPK05") for code in errors):
        return USAGE
    return PROBLEM


def render(diagnostic: Diagnostic) -> str:
    """Plain text; what came from a file is escaped."""
    lines = [f"{diagnostic.severity}[{diagnostic.code}]: {shown(diagnostic.message)}"]
    rows = [("where", diagnostic.where)] if diagnostic.where else []
    rows += list(diagnostic.facts)
    rows += [("hint", diagnostic.hint)] if diagnostic.hint else []
    lines += [f"   {label:<8} {shown(text)}" for label, text in rows]
    return "\n".join(lines)


def render_all(diagnostics: Sequence[Diagnostic]) -> str:
    """Errors first, at most MOST_SHOWN, and how to read more of them."""
    order = {"error": 0, "warning": 1, "note": 2}
    ranked = sorted(diagnostics, key=lambda d: order[d.severity])
    parts = [render(d) for d in ranked[:MOST_SHOWN]]
    if len(ranked) > MOST_SHOWN:
        parts.append(f"... and {len(ranked) - MOST_SHOWN} more")
    first = next((d.code for d in ranked if d.severity == "error"), None)
    if first is not None:
        parts.append(f"   more     spikec explain {first}")
    return "\n".join(parts)
