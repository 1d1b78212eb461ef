"""What became of a job, as a record: of a finished compile, and of what was found where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

from ...sim.diagnostic import Diagnostic, error
from ..ir.fit import FitRow
from ..ir.report import Report
from ..ir.sweep import Outcome
from ..report.judgement import judged
from ..shell.shell_limits import is_lack_of_memory, no_memory

if TYPE_CHECKING:
    from ..compiled import Compiled
    from ..ir.verdicts import FidelityVerdict

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


def fitted(compiled: Compiled, target: str, change: str, tried: tuple[str, ...]) -> FitRow:
    """What a finished compile measured, for the table of targets. change: the options with which it fits."""
    report, fidelity = compiled.report, compiled.report.verdicts.fidelity
    resources, timing = report.resources, report.timing
    accuracy = None if fidelity is None else fidelity.accuracy
    share = UNSET if fidelity is None else fidelity.accuracy_fraction
    otherwise = [row.feature for row in report.fidelity_table if row.status == "approximated"]
    return FitRow(
        **msgspec.structs.asdict(done(compiled)),
        target=target,
        change=change,
        available_cores=resources.cores_per_chip * resources.chips,
        chips=resources.chips,
        binding=resources.binding.resource,
        share=resources.binding.share,
        output_f1_within_1_step=None if fidelity is None else fidelity.output_f1_within_1_step,
        output_f1_within_2_steps=None if fidelity is None else fidelity.output_f1_within_2_steps,
        rate_distance=None if fidelity is None else _largest_distance(fidelity),
        same_decisions=None if fidelity is None else fidelity.same_decisions,
        accuracy_float=None if accuracy is None else accuracy.in_float,
        chip_95=None if share is UNSET else share.chip_95,
        judgement=judged(report.verdicts),
        cost=report.cost,
        cycles=None if timing is None else timing.cycles.most,
        clock_hertz=None if timing is None else timing.clock_hertz.most,
        approximated=tuple(dict.fromkeys(otherwise)),
        tried=tried,
    )


def _largest_distance(fidelity: FidelityVerdict) -> float | None:
    known = [layer.rate_distance for layer in fidelity.layers.values() if layer.rate_distance is not None]
    return max(known, default=None)


def unfit(found: Sequence[Diagnostic], target: str) -> FitRow:
    """Why there is no result on a target: the first error."""
    return FitRow(**msgspec.structs.asdict(undone(found)), target=target)


def undone(found: Sequence[Diagnostic]) -> Outcome:
    """Why there is no result: the first error."""
    first = next(d for d in found if d.severity == "error")
    return Outcome(
        status="failed" if first.code.startswith(OF_THE_MACHINE) else "refused",
        code=first.code,
        reason=first.message,
        notes=_codes(found),
    )


def fault(problem: Exception) -> Diagnostic:
    """What is said of an exception that nobody expected."""
    if is_lack_of_memory(problem):
        return no_memory()
    return error("SPK9001", f"internal error: {type(problem).__name__}: {problem}")


def _packets(report: Report) -> float | None:
    """Sum what cores send in a step; None where nothing ran, or the chip's traffic is not counted."""
    if not report.verdicts.placement.dynamic.identical or report.traffic is UNSET:
        return None
    return float(sum(core.out for core in report.traffic))


def _codes(found: Sequence[Diagnostic]) -> tuple[str, ...]:
    return tuple(sorted({d.code for d in found if d.severity != "error"}))
