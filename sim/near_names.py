"""Finds what a name that is not known was probably meant to be."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable
from pathlib import Path

MOST, MOST_LISTED = 6, 40
ALIKE = 0.65
"""Share of the characters that two names have in common at least."""
LONGEST = 64
"""Characters of a name that are looked at."""
MOST_FILES = 2000


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """The known names that begin with `name`, else those most like it; capitals and `-`, `_`, `.` do not count."""
    plain: dict[str, list[str]] = {}
    for one in known:
        plain.setdefault(_plain(one), []).append(one)
    asked = _plain(name)
    begin = [one for key, ones in plain.items() if len(asked) > 1 and key.startswith(asked) for one in ones]
    if begin:
        return sorted(begin)[:MOST]
    return [one for key in difflib.get_close_matches(asked, plain, n=3, cutoff=ALIKE) for one in plain[key]][
        :MOST
    ]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A question that names the nearest of the known names; empty where none is near."""
    return _question(nearest(name, known))


def _question(near: list[str]) -> str:
    if not near:
        return ""
    *first, last = (f"`{_shown(one)}`" for one in near)
    return f"did you mean {', '.join(first)} or {last}?" if first else f"did you mean {last}?"


def hint_of(name: str, known: Iterable[str], what: str) -> str:
    """The question, and the known names. what: these are, as `targets`."""
    names = list(known)
    listed = ", ".join(_shown(one) for one in names[:MOST_LISTED]) + (" ..." if names[MOST_LISTED:] else "")
    parts = [did_you_mean(name, names), f"{what}: {listed}" if names else ""]
    return " ".join(part for part in parts if part)


def near_files(path: Path) -> str:
    """The question for a file that is not there, from those in its folder; empty where none is near."""
    try:
        with os.scandir(path.parent) as entries:
            there = sorted(entry.name for _, entry in zip(range(MOST_FILES), entries, strict=False))
    except (OSError, ValueError):
        return ""
    stems: dict[str, list[str]] = {}
    for name in there:
        if not path.suffix or Path(name).suffix == path.suffix:
            stems.setdefault(Path(name).stem, []).append(name)
    return _question([name for stem in nearest(path.stem, stems) for name in stems[stem]][:MOST])


def sentence(text: str) -> str:
    """A text with a capital letter in front."""
    return text[:1].upper() + text[1:]


def _plain(name: str) -> str:
    return name[:LONGEST].casefold().replace("-", "_").replace(".", "_")


def _shown(name: str) -> str:
    from .nir.path import shown

    return shown(name)
