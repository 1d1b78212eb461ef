"""What a check of an output finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..render import file_lines, verdict_lines
from .rebuild import Rebuilt


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A checked output. verdicts: placement and fidelity as in report.json. files: which were derived again, and what
    differs. identical: whether the words are the network, run like it, and all files are what it gives."""

    verdicts: Mapping[str, Any]
    files: Rebuilt

    @property
    def identical(self) -> bool:
        return bool(self.verdicts["placement"]["identical"]) and not self.files.differences

    def __str__(self) -> str:
        return "\n".join((*verdict_lines(self.verdicts), *file_lines(self.files.to_dict())))

    def __repr__(self) -> str:
        return f"<Checked: {'identical' if self.identical else 'DIFFERENT'}>"
