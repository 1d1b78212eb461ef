"""Names of files for a table: as short as tells them apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def short_names(paths: Sequence[Path]) -> list[str]:
    """The last parts of each path, as many as no other path ends with; two that are the same have the same name."""
    return [_short(path, [other for other in paths if other.parts != path.parts]) for path in paths]


def _short(path: Path, others: Sequence[Path]) -> str:
    for k in range(1, len(path.parts)):
        if all(other.parts[-k:] != path.parts[-k:] for other in others):
            return "/".join(path.parts[-k:])
    return path.as_posix()
