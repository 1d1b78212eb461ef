"""The options of a finished compile, read back from its report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...sim.dialect import Dialect
from ..ir.calibration import tuning_of
from ..options import Options


def saved_options(report: Mapping[str, object]) -> Options:
    """The options of a finished compile, as report.json keeps them.

    Raises KeyError or TypeError on JSON that is no report, DiagnosticError (SPK03xx) on a changed dialect."""
    saved, reading = report["options"], report["dialect"]
    if not isinstance(saved, dict) or not isinstance(reading, dict):
        raise TypeError("report.json has no options")
    given = {name: saved[name] for name in _SAVED}
    return Options(
        **given,
        host_prefix=tuple(saved["host_prefix"]),
        pins=tuple((str(name), int(site)) for name, site in saved["pins"]),
        tuning=tuning_of(saved["tuning"]),
        reading=_reading(reading),
    )


_SAVED = (
    "target", "weight_bits", "split_weights", "allow_host", "allow_approximation", "calibrate",
    "chips",
    "max_neurons_per_core", "seed",
)  # fmt: skip


def _reading(record: Mapping[str, Any]) -> Dialect:
    bare = Dialect(name=str(record["name"]), dt_seconds=float(record["dt_seconds"]))
    return bare.with_overrides(
        default=record["default"], by_kind=record["by_kind"], by_path=record["by_path"]
    )


def asked_options(report: Mapping[str, Any]) -> Options:
    """The same, with the dialect as it was asked for: the file is read anew, and may come out otherwise.

    Raises KeyError, TypeError or ValueError on JSON that is no report."""
    saved = report["options"]
    if saved["whole_reading"]:
        return saved_options(report)
    return replace(
        saved_options(report),
        reading=None,
        dialect=saved["dialect"],
        dialect_options=tuple((str(key), value) for key, value in saved["dialect_options"]),
        dt_seconds=saved["dt_seconds"],
    )
