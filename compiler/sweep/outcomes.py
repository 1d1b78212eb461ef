"""What became of a job, as a record: of a finished compile, and of what was found where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import UNSET

from ...sim.diagnostic import Diagnostic
from ..ir.report import Report
from ..ir.sweep import Outcome

if TYPE_CHECKING:
    from ..compiled import Compiled

OF_THE_MACHINE = ("SPK06", "SPK9")
"""Codes of what may be otherwise the next time."""


def done(compiled: Compiled) -> Outcome:
    """What a finished compile measured."""
    report, fidelity = compiled.report, compiled.report.verdicts.fidelity
    accuracy = None if fidelity is None else fidelity.accuracy
    return Outcome(
        status="done",
        notes=_codes(compiled.diagnostics),
        identical=compiled.placement_identical,
        cores=report.resources.cores,
        packets=_packets(report),
        latency_steps=report.network.max_lag_steps,
        output_f1=None if fidelity is None else fidelity.output_f1,
        output_agreement=None if fidelity is None else fidelity.output_agreement,
        accuracy=None if accuracy is None else accuracy.chip,
        configuration_sha256=report.configuration_sha256,
    )


def undone(found: Sequence[Diagnostic]) -> Outcome:
    """Why there is no result: the first error."""
    first = next(d for d in found if d.severity == "error")
    return Outcome(
        status="failed" if first.code.startswith(OF_THE_MACHINE) else "refused",
        code=first.code,
        reason=first.message,
        notes=_codes(found),
    )


def _packets(report: Report) -> float | None:
    """Sum what cores send in a step: 0 where nothing travels between cores, None where nothing ran."""
    if not report.verdicts.placement.dynamic.identical:
        return None
    return float(sum(core.out for core in report.traffic)) if report.traffic is not UNSET else 0.0


def _codes(found: Sequence[Diagnostic]) -> tuple[str, ...]:
    return tuple(sorted({d.code for d in found if d.severity != "error"}))
