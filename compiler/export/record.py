"""What `spikec export --json` prints: how the written file is read, and how it agrees with the chip."""

from __future__ import annotations

from ...sim.diagnostic import Diagnostic
from ..ir.record import Record
from ..ir.report import TimeStep
from .agreement import Agreement


class ExportSummary(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A network as the chip realises it. file: its name. dialect, dt_seconds, dialect_options: its reading, which the
    file carries; options as `KEY=VALUE`."""

    file: str
    dialect: str
    dt_seconds: TimeStep
    dialect_options: tuple[str, ...]
    agreement: Agreement
    diagnostics: tuple[Diagnostic, ...]
