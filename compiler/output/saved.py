"""The options of a finished compile, kept in its report and read back."""

from __future__ import annotations

import math
from dataclasses import replace

from ...sim.dialect.dialect import Dialect
from ..ir.calibration import given_up_of, tuning_of
from ..ir.report import Reading, Report
from ..options import Options, of_record, to_record


def options_record(options: Options, target: str) -> dict[str, object]:
    """The content of report.json's `options`. target: the chip's name."""
    return {
        **to_record(replace(options, target=target)),
        "tuning": None if options.tuning is None else options.tuning.to_dict(),
        "given_up": {path: dict(reasons) for path, reasons in options.given_up.items()},
        "whole_reading": options.reading is not None,
    }


def asked_options(report: Report) -> Options:
    """The options of a finished compile, with the dialect as it was asked for: the file is read anew.

    Raises KeyError, TypeError or ValueError for options that `options_record` does not make, DiagnosticError (SPK03xx)
    for a dialect that there is not."""
    saved = report.options
    options = replace(
        of_record(saved), tuning=tuning_of(saved["tuning"]), given_up=given_up_of(saved["given_up"])
    )
    return replace(options, reading=_reading(report.dialect)) if saved["whole_reading"] else options


def saved_options(report: Report) -> Options:
    """The same with the whole reading that the dialect gave, so that nothing of the file is recognised again, and with
    all that the host ran, asked for or not."""
    return replace(asked_options(report), reading=_reading(report.dialect), host_prefix=report.network.host)


def _reading(record: Reading) -> Dialect:
    if not math.isfinite(record.dt_seconds):
        raise ValueError("the time step is not finite")
    bare = Dialect(name=record.name, dt_seconds=record.dt_seconds)
    return bare.with_overrides(default=record.default, by_kind=record.by_kind, by_path=record.by_path)
