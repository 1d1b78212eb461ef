"""A finished output, in memory or read from its folder, with what is needed to run it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...sim.diagnostic import DiagnosticError, error
from ...sim.nir.file import graph_in
from ...sim.nir.path import shown
from ...sim.nir.raw_graph import RawGraph
from ...sim.run_memory import bytes_a_step
from ...sim.stimulus import Stimulus, from_bytes
from ...targets.chip import Chip
from ..ir.report import SCHEMA_VERSION, Report, read_report, version_of
from ..ir.stages import Ports
from ..options import Options
from ..prepare import read_graph, resolve_target
from .artifacts import SYMBOLS
from .build import LOCK, REPORT, SOURCE, STIMULUS, TARGET_FILE
from .reopen import with_own_target
from .saved import saved_options
from .store import read

EVERY_OUTPUT = (LOCK, REPORT, SOURCE, STIMULUS, SYMBOLS)


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A written output. files: name -> bytes, checked against the manifest. ports: of the network. chip: for which it
    was compiled."""

    raw: RawGraph
    files: Mapping[str, bytes]
    options: Options
    ports: Ports
    chip: Chip


def finished(out: Path) -> Finished:
    """Read an output from its folder. Raises DiagnosticError: SPK41xx where it is none or was changed."""
    files = read(out)
    _demand_this_version(files, out.name)
    if absent := [name for name in EVERY_OUTPUT if name not in files]:
        message = "{} is not among the files that the manifest of {} lists"
        raise DiagnosticError(
            tuple(error("SPK4102", message.format(name, shown(str(out)))) for name in absent)
        )
    raw, _ = graph_in(files[SOURCE])
    return finished_files(raw, files, shown(str(out)))


def finished_files(raw: RawGraph, files: Mapping[str, bytes], name: str) -> Finished:
    """The same of files in memory. raw: the graph in source.nir. name: of the output, for its diagnostics."""
    report = report_in(files, name)
    try:
        options = with_own_target(saved_options(report), files)
    except (KeyError, TypeError, ValueError, OverflowError) as problem:
        raise _no_report(name) from problem
    chip = _chip(options, name)
    return Finished(raw=raw, files=files, options=options, ports=read_graph(raw, options).ports, chip=chip)


def recorded_stimulus(output: Finished) -> Stimulus:
    """The stimulus that the compile ran on."""
    each = bytes_a_step(output.ports.values, output.chip)
    return from_bytes(output.files[STIMULUS], output.ports.inputs, each)


def report_in(files: Mapping[str, bytes], name: str) -> Report:
    """Read report.json. Raises DiagnosticError: SPK4101 where it is none, SPK4106 where another version wrote it."""
    _demand_this_version(files, name)
    try:
        return read_report(files[REPORT])
    except (KeyError, ValueError) as problem:
        raise _no_report(name) from problem


def _demand_this_version(files: Mapping[str, bytes], name: str) -> None:
    """Raises DiagnosticError (SPK4106) where the report has other fields than this spikec's, and says so."""
    found = version_of(files.get(REPORT, b""))
    if found is None or found[0] == SCHEMA_VERSION:
        return
    version, spikec = found
    age = "an older" if version < SCHEMA_VERSION else "a newer"
    message = (
        f"{name} was written by {age} spikec: its {REPORT} has schema version {version}, "
        f"this spikec's has {SCHEMA_VERSION}"
    )
    hint = "compile the network again, or use the spikec that wrote it"
    raise DiagnosticError((error("SPK4106", message, hint=hint, spikec=spikec),))


def _chip(options: Options, name: str) -> Chip:
    try:
        return resolve_target(options)
    except DiagnosticError as problem:
        message = f"{name} is no output of spikec: {TARGET_FILE}: {problem.diagnostics[0].message}"
        raise DiagnosticError((error("SPK4101", message),)) from problem


def _no_report(name: str) -> DiagnosticError:
    message = f"{name} is no output of spikec: it has no report that can be read"
    return DiagnosticError((error("SPK4101", message),))
