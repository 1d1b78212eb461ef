"""What `spikec export --json` prints: how the written file is read, and how it agrees with the chip."""

from __future__ import annotations

from typing import Literal

from ...sim.diagnostic import Diagnostic
from ..ir.record import Record
from ..ir.report import TimeStep
from .agreement import Agreement


class ExportSummary(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A network as the chip realises it. file: its name. dialect, dt_seconds, dialect_options: to read it with, options
    as `KEY=VALUE`."""

    file: str
    dialect: Literal["nir.euler"] = "nir.euler"
    dt_seconds: TimeStep
    dialect_options: tuple[str, ...]
    agreement: Agreement
    diagnostics: tuple[Diagnostic, ...]
