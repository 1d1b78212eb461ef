"""What a check of an output finds."""

from __future__ import annotations

from dataclasses import dataclass

from ..ir.verdicts import CheckedFiles, Verdicts
from ..text.render import file_lines, verdict_lines


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A checked output: both verdicts, and which files were derived again and what differs."""

    verdicts: Verdicts
    files: CheckedFiles

    @property
    def identical(self) -> bool:
        """Whether the words are the network, run like it, and all files are what it gives."""
        return self.verdicts.placement.identical and self.files.identical

    def __str__(self) -> str:
        return "\n".join((*verdict_lines(self.verdicts), *file_lines(self.files)))

    def __repr__(self) -> str:
        return f"<Checked: {'identical' if self.identical else 'DIFFERENT'}>"
