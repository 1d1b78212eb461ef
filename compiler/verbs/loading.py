"""What verbs start from: a graph, a finished output, a stimulus."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ...sim.diagnostic import Diagnostic, DiagnosticError
    from ...sim.rawgraph import RawGraph
    from ...sim.stimulus import Stimulus
    from ..options import Options

EVERY_OUTPUT = ("report.json", "source.nir", "stimulus.npz", "symbols.npz")

Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A written output. files: name -> bytes, checked against the manifest. inputs: Input -> shape of a sample."""

    raw: RawGraph
    files: Mapping[str, bytes]
    options: Options
    inputs: Shapes


def graph(path: Path) -> tuple[RawGraph, tuple[Diagnostic, ...]]:
    """Read a `.nir` file behind the guard. Raises DiagnosticError (SPK01xx)."""
    from ...sim.nirfile import read

    return read(path)


def chosen_stimulus(shapes: Shapes, given: Mapping[str, Any]) -> Stimulus | None:
    """The stimulus that the options name, if they name one. Raises DiagnosticError (SPK04xx)."""
    from ...sim.stimulus import load, poisson

    if given["stimulus"] is not None and given["poisson"] is not None:
        raise click.UsageError("--stimulus and --poisson exclude each other")
    if given["stimulus"] is not None:
        return load(given["stimulus"], shapes)
    if given["poisson"] is not None:
        return poisson(shapes, given["poisson"], given["steps"], batch=given["batch"], seed=given["seed"])
    return None


def recorded_stimulus(finished: Finished) -> Stimulus:
    """The stimulus that the compile ran on."""
    from ...sim.stimulus import load

    with _on_disk(finished.files["stimulus.npz"], ".npz") as file:
        return load(file, finished.inputs)


def finished(out: Path) -> Finished:
    """Read an output. Raises DiagnosticError: SPK41xx where it is none or was changed."""
    from ...sim.nirfile import graph_in
    from ..output.reopen import with_own_target
    from ..output.saved import saved_options
    from ..output.store import read
    from ..prepare import read_front, resolve_target

    files = read(out)
    _demand(files, out)
    raw, _ = graph_in(files["source.nir"])
    report = report_of(files, out)
    try:
        options = with_own_target(saved_options(report), files)
    except (KeyError, TypeError, ValueError, OverflowError) as problem:
        raise _no_report(out) from problem
    front = read_front(raw, options, resolve_target(options))
    return Finished(raw=raw, files=files, options=options, inputs=front.network.inputs)


def report_of(files: Mapping[str, bytes], out: Path) -> dict[str, Any]:
    """The content of report.json. Raises DiagnosticError (SPK4101) where it is none."""
    try:
        report = json.loads(files["report.json"])
    except (KeyError, ValueError, RecursionError) as problem:
        raise _no_report(out) from problem
    return dict(report) if isinstance(report, dict) else {}


def _no_report(out: Path) -> DiagnosticError:
    from ...sim.diagnostic import DiagnosticError, error

    message = f"{out.name} is no output of spikec: it has no report that can be read"
    return DiagnosticError((error("SPK4101", message),))


def _demand(files: Mapping[str, bytes], out: Path) -> None:
    """Raise DiagnosticError, SPK4102, where the manifest leaves out what every output has."""
    from ...sim.diagnostic import DiagnosticError, error

    if absent := [name for name in EVERY_OUTPUT if name not in files]:
        message = "{} is not among the files that the manifest of {} lists"
        raise DiagnosticError(tuple(error("SPK4102", message.format(name, out.name)) for name in absent))


@contextmanager
def _on_disk(data: bytes, suffix: str) -> Generator[Path, None, None]:
    """`data` as a file for as long as it is read: the guarded readers take files."""
    with tempfile.NamedTemporaryFile(suffix=suffix) as file:
        file.write(data)
        file.flush()
        yield Path(file.name)
