"""The catalogue of diagnostics, from codes.toml."""

from __future__ import annotations

from ..diagnostics import aliases, codes

CHAPTERS = (
    ("SPK01", "The file"),
    ("SPK02", "The graph"),
    ("SPK03", "How the file is read"),
    ("SPK04", "Stimulus and labels"),
    ("SPK05", "Options, targets, outputs"),
    ("SPK06", "The machine"),
    ("SPK07", "Advice of lint"),
    ("SPK1", "What a chip cannot compute exactly"),
    ("SPK2", "What does not fit"),
    ("SPK3", "Files of a configuration"),
    ("SPK4", "Verdicts"),
    ("SPK9", "Faults of spikec"),
)


def codes_page() -> str:
    """Every code, by chapters."""
    table = codes()
    parts = [
        "# Diagnostics",
        "Whatever spikec says about an input has a code, a place, numbers and a hint; `spikec explain CODE` prints "
        "what is here. Exit codes: 0 ok, 1 a problem in the input or of the machine, 2 usage, 3 does not fit, 4 a "
        "check failed, 70 internal error, 130 interrupted.",
    ]
    left = dict(table)
    for begin, title in CHAPTERS:
        chosen = [code for code in table if code.startswith(begin)]
        if chosen:
            parts.append(f"## {title}")
        for code in chosen:
            found = left.pop(code)
            parts.append(
                f"### {code}: {found.title} {{ #{code.lower()} }}\n\n*{found.severity}.* {found.explanation}"
            )
            if found.hint:
                parts.append(f"What to do: {found.hint}")
    if left:
        raise LookupError(f"codes without a chapter: {sorted(left)}")
    old = ", ".join(f"{code} is {now} now" for code, now in sorted(aliases().items()))
    return "\n\n".join([*parts, "## Codes of earlier versions", f"{old}."])
