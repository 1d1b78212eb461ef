"""The folder of a sweep: its table in three forms, and every result that it has, so that none is computed twice."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import msgspec

from ...sim.diagnostic import DiagnosticError, error
from ...sim.nir.path import shown
from ..ir.record import builtins_of
from ..ir.sweep import Result, Sweep, SweepResults
from ..output.artifacts import json_bytes
from ..output.store import read
from ..report.sweep_page import render_sweep
from .table import csv_bytes

JSON, CSV, PAGE, RESULTS = "sweep.json", "sweep.csv", "sweep.html", "results.json"
FILES = frozenset({JSON, CSV, PAGE, RESULTS})


def folder_files(sweep: Sweep, results: Mapping[str, Result]) -> dict[str, bytes]:
    """Name -> bytes. Only results.json shows seconds, and what other design spaces left there."""
    kept = SweepResults(spikec=version("spikec"), results=dict(sorted(results.items())))
    return {
        JSON: json_bytes(builtins_of(sweep)),
        CSV: csv_bytes(sweep),
        PAGE: render_sweep(sweep).encode(),
        RESULTS: json_bytes(builtins_of(kept)),
    }


def earlier_results(folder: Path) -> dict[str, Result]:
    """The results of this version in a folder, but for those of which another try may do; none where there is none.

    Raises DiagnosticError: SPK4102 where a file of it was changed, SPK4101 where its results cannot be read."""
    if not folder.is_dir() or not any(folder.iterdir()):
        return {}
    try:
        found = msgspec.json.decode(read(folder).get(RESULTS, b""), type=SweepResults)
    except (ValueError, RecursionError) as problem:
        message = f"{RESULTS} in {shown(str(folder))} cannot be read: {problem}"
        raise DiagnosticError((error("SPK4101", message, hint="choose another -o"),)) from problem
    if found.spikec != version("spikec"):
        return {}
    return {job: result for job, result in found.results.items() if result.outcome.status != "failed"}
