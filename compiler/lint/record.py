"""What `spikec lint --json` prints."""

from __future__ import annotations

from ...sim.diagnostic import Diagnostic
from ..ir.record import Record, Sha256


class LintRecord(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Advice on a network. sha256: of the file. target: the chip, or null. dialect: the reading."""

    sha256: Sha256
    dialect: str
    target: str | None
    diagnostics: tuple[Diagnostic, ...]
