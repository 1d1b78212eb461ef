"""Detects which framework wrote a file, and so how to read it; answers only where no second reading fits."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ...sim.diagnostic import Diagnostic, error, warning
from ...sim.dialect.dialect import Dialect, preset
from ...sim.dialect.families import TIME_STEPS
from ...sim.dialect.open_readings import Reading
from ...sim.nir.raw_graph import RawGraph
from .exporter_traces import TOLERANCE, traces
from .recorded_reading import RecordedReading, recorded_reading

Confidence = Literal["certain", "likely", "ambiguous", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Detection:
    """How a file can be read.

    dialect: the reading, None unless confidence is `certain` (the numbers leave no other) or `likely` (one framework
    fits, and defaults of it that the file cannot carry were taken).

    evidence: what in the file says so, in sentences. candidates: the readings that fit, as command-line options;
    readings: the same as records, at several time steps where the file tells none.
    diagnostics: SPK0309 (note) the answer, SPK0306 (error) more than one reading, SPK0307 (error) none, SPK0310
    (warning) the given time step is not the file's."""

    dialect: Dialect | None
    confidence: Confidence
    evidence: tuple[str, ...]
    candidates: tuple[str, ...]
    readings: tuple[Reading, ...]
    diagnostics: tuple[Diagnostic, ...]


def detect(graph: RawGraph, dt_seconds: float | None = None) -> Detection:
    """Find the reading of a file from the traces that exporters leave.

    dt_seconds: the time step where the user knows it; it then stands in for what the file says of it."""
    recorded = recorded_reading(graph)
    if recorded is not None:
        return _recorded(graph, recorded, dt_seconds)
    fits = traces(graph)
    evidence = tuple(f"{fit.preset}: {sentence}" for fit in fits for sentence in fit.evidence)
    fitting = [
        (name, dt_seconds or fit.dt_seconds, reading)
        for fit in fits
        for name in (fit.preset, *fit.also)
        for reading in fit.readings
    ]
    candidates = tuple(_as_options(*one) for one in fitting)
    readings = tuple(
        Reading(name=name, dt_seconds=step, options=options)
        for name, dt, options in fitting
        for step in (TIME_STEPS if dt is None else (dt,))
    )
    if not fits:
        return _unknown()
    only = next(iter(fits))
    dt = dt_seconds or only.dt_seconds
    if len(candidates) > 1 or dt is None:
        return _ambiguous(evidence, candidates, readings, needs_dt=dt is None and len(fits) == 1)
    dialect = preset(only.preset, dt_seconds=dt, options=only.readings[0], graph=graph)
    message = f"the file reads as {', '.join(candidates)}"
    facts = tuple(("because", sentence) for sentence in only.evidence)
    diagnostics: list[Diagnostic] = []
    if only.dt_seconds is not None and not math.isclose(dt, only.dt_seconds, rel_tol=TOLERANCE):
        against = f"a time step of {dt:g} s was given; by the file it would be {only.dt_seconds:g} s"
        diagnostics.append(warning("SPK0310", against))
    answer = Diagnostic(
        code="SPK0309", severity="note", message=message, facts=facts, hint="--dialect overrules this"
    )
    return Detection(
        dialect=dialect,
        confidence="certain" if only.sure else "likely",
        evidence=evidence,
        candidates=candidates,
        readings=readings,
        diagnostics=(answer, *diagnostics),
    )


def _recorded(graph: RawGraph, recorded: RecordedReading, dt_seconds: float | None) -> Detection:
    """The reading that the file carries. Raises DiagnosticError (SPK030x) where there is no such reading."""
    options, dt = recorded.dialect_options, recorded.dt_seconds
    dialect = preset(recorded.dialect, dt_seconds=dt_seconds or dt, options=options, graph=graph)
    reading = _as_options(recorded.dialect, dt, options)
    diagnostics: list[Diagnostic] = []
    if dt_seconds is not None and not math.isclose(dt_seconds, dt, rel_tol=TOLERANCE):
        against = f"a time step of {dt_seconds:g} s was given; by the file it would be {dt:g} s"
        diagnostics.append(warning("SPK0310", against))
    answer = Diagnostic(
        code="SPK0309",
        severity="note",
        message=f"the file reads as {recorded.dialect} with {len(options)} options, dt {dt:g} s",
        facts=(("because", "it says so itself, as `spikec export` writes it"),),
        hint="--dialect overrules this",
    )
    return Detection(
        dialect=dialect,
        confidence="certain",
        evidence=("the file carries its reading",),
        candidates=(reading,),
        readings=(Reading(name=recorded.dialect, dt_seconds=dt_seconds or dt, options=options),),
        diagnostics=(answer, *diagnostics),
    )


def recovered_dt(graph: RawGraph, name: str) -> float | None:
    """Recover the time step in seconds that the file tells if dialect `name` wrote it; None where it does not."""
    recorded = recorded_reading(graph)
    if recorded is not None:
        return recorded.dt_seconds
    family = name.partition(".")[0]
    times = [fit.dt_seconds for fit in traces(graph) if fit.preset == family]
    return times[0] if times else None


def _ambiguous(
    evidence: tuple[str, ...], candidates: tuple[str, ...], readings: tuple[Reading, ...], *, needs_dt: bool
) -> Detection:
    if needs_dt:
        message, hint = "the file does not tell its time step", "pass --dt SECONDS, as in the exporter"
    else:
        message = f"the file can be read in {len(candidates)} ways, which give different results"
        hint = (
            "pass --dialect with the options that you trained with, or a stimulus file that also holds what your "
            "framework fired (`output`)"
        )
    facts = tuple(("because", sentence) for sentence in evidence)
    facts += tuple(("reading", candidate) for candidate in candidates)
    question = Diagnostic(code="SPK0306", severity="error", message=message, facts=facts, hint=hint)
    return Detection(
        dialect=None,
        confidence="ambiguous",
        evidence=evidence,
        candidates=candidates,
        readings=readings,
        diagnostics=(question,),
    )


def _unknown() -> Detection:
    message = "the file carries no trace of the framework that wrote it, and NIR stores no time step"
    hint = "pass --dialect and --dt; `--dialect nir.euler` reads the equations literally"
    return Detection(
        dialect=None,
        confidence="unknown",
        evidence=(),
        candidates=(),
        readings=(),
        diagnostics=(error("SPK0307", message, hint=hint),),
    )


def as_typed(reading: Reading) -> str:
    """A reading as the command line takes it."""
    return _as_options(reading.name, reading.dt_seconds, reading.options)


def _as_options(name: str, dt_seconds: float | None, options: Mapping[str, object]) -> str:
    parts = [f"--dialect {name}", f"--dt {dt_seconds:g}" if dt_seconds is not None else "--dt SECONDS"]
    parts += [f"--dialect-option {key}={json.dumps(options[key])}" for key in sorted(options)]
    return " ".join(parts)
