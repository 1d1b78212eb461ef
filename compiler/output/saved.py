"""The options of a finished compile, kept in its report and read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...sim.dialect.dialect import Dialect
from ..ir.calibration import tuning_of
from ..options import Options, of_record, to_record


def options_record(options: Options, target: str, host: tuple[str, ...]) -> dict[str, object]:
    """The content of report.json's `options`. target: the chip's name. host: the populations that the host runs, asked
    for or not."""
    return {
        **to_record(replace(options, target=target, host_prefix=host)),
        "tuning": None if options.tuning is None else options.tuning.to_dict(),
        "whole_reading": options.reading is not None,
    }


def asked_options(report: Mapping[str, Any]) -> Options:
    """The options of a finished compile, with the dialect as it was asked for: the file is read anew.

    Raises KeyError, TypeError or ValueError on JSON that is no report, DiagnosticError (SPK03xx) on a changed
    dialect."""
    saved = report["options"]
    options = replace(of_record(saved), tuning=tuning_of(saved["tuning"]))
    return replace(options, reading=_reading(report["dialect"])) if saved["whole_reading"] else options


def saved_options(report: Mapping[str, Any]) -> Options:
    """The same with the whole reading that the dialect gave: nothing of the file is recognised again."""
    return replace(asked_options(report), reading=_reading(report["dialect"]))


def _reading(record: Mapping[str, Any]) -> Dialect:
    bare = Dialect(name=str(record["name"]), dt_seconds=float(record["dt_seconds"]))
    return bare.with_overrides(
        default=record["default"], by_kind=record["by_kind"], by_path=record["by_path"]
    )
