"""Pieces of Markdown that several generated pages have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; what would end a cell is escaped."""
    lines = [f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
    lines += [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def code(text: str, language: str = "") -> str:
    """A block of code."""
    return f"```{language}\n{text.rstrip()}\n```\n"


def folded(title: str, text: str) -> str:
    """What opens when its title is clicked. text: of Markdown, with whole lines."""
    return f'<details markdown="1">\n<summary>{title}</summary>\n\n{text}\n</details>\n'


def lowered(text: str) -> str:
    """A README as part of a page: its title away, its headings one level down."""
    lines, fenced = [], False
    for line in text.split("\n"):
        fenced ^= line.startswith("```")
        lines.append(line if fenced or not line.startswith("#") else f"#{line}")
    return "\n".join(line for line in lines if not line.startswith("## ") or line.count("#") > 2)


def _cell(value: object) -> str:
    text = str(value).replace("|", "\\|").replace("\n", " ")
    if text.startswith("<code>"):
        return text
    parts = text.split("`")
    parts[::2] = [part.replace("<", "&lt;").replace("*", "\\*") for part in parts[::2]]  # outside of code
    return "`".join(parts)
