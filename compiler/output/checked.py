"""What a check of an output finds."""

from __future__ import annotations

from dataclasses import dataclass

from ..ir.verdicts import Verdicts
from ..render import file_lines, verdict_lines
from .rebuild import Rebuilt


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A checked output. files: which were derived again, and what
    differs. identical: whether the words are the network, run like it, and all files are what it gives."""

    verdicts: Verdicts
    files: Rebuilt

    @property
    def identical(self) -> bool:
        """Whether the words are the network, run like it, and all files are what it gives."""
        return self.verdicts.placement.identical and self.files.identical

    def __str__(self) -> str:
        return "\n".join((*verdict_lines(self.verdicts), *file_lines(self.files)))

    def __repr__(self) -> str:
        return f"<Checked: {'identical' if self.identical else 'DIFFERENT'}>"
