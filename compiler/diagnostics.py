"""What the codes of diagnostics mean, and which exit code they make."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..sim.diagnostic import MOST_SHOWN, Diagnostic, Severity, render, render_all
from .shell.interrupt import INTERRUPTED

OK, PROBLEM, USAGE, NO_FIT, CHECK_FAILED, INTERNAL = 0, 1, 2, 3, 4, 70
_ALIASES = "aliases"

__all__ = [
    "CHECK_FAILED", "INTERNAL", "INTERRUPTED", "MOST_SHOWN", "NO_FIT", "OK", "PROBLEM", "USAGE",
    "Code", "codes", "exit_code", "render", "render_all",
]  # fmt: skip


class Code(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `spikec explain` says of a code."""

    title: str
    severity: Severity
    explanation: str
    hint: str = ""


def codes() -> dict[str, Code]:
    """Every code of codes.toml, sorted."""
    table = _table()
    return {code: msgspec.convert(table[code], Code) for code in sorted(table) if code != _ALIASES}


def aliases() -> dict[str, str]:
    """Codes of earlier versions, each with the code that says the same now."""
    return msgspec.convert(_table()[_ALIASES], dict[str, str])


def _table() -> dict[str, object]:
    import tomllib
    from importlib import resources

    return tomllib.loads((resources.files("spikec.compiler") / "codes.toml").read_text(encoding="utf-8"))


def exit_code(diagnostics: Sequence[Diagnostic]) -> int:
    """The exit code of a failed stage: what does not fit is 3, a failed check 4, options 2, all else 1: the input
    and the machine."""
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
