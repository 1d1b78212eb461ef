"""Tries a network on one chip: as it is, with what it takes to be compiled at all, and then with what makes it fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ...sim.diagnostic import Diagnostic, DiagnosticError, error
from ...sim.nir.file import graph_in
from ...sim.nir.raw_graph import RawGraph
from ...sim.stimulus import Stimulus
from ..ir.fit import FitRow
from ..ir.stages import Front
from ..options import Options, of_record
from ..pipeline import compile_graph
from ..prepare import read_front, read_graph, resolve_target
from ..verdicts.fewer_constructs import fewer_constructs
from ..verdicts.fit import Trial, changes, trial
from .job import FitJob
from .outcomes import fault, fitted, unfit
from .run_job import stimulus_of

AS_IT_IS, CONSENT = "as it is", "--allow-approximation"


def run_fit(job: FitJob) -> FitRow:
    """Compile, prove and measure what fits. Nothing is written, nothing is raised."""
    try:
        raw, _ = graph_in(job.net)
        options = replace(of_record(job.options), target_toml=job.toml)
        stimulus = stimulus_of(job, read_graph(raw, options).ports, options.seed)
        return try_target(raw, options, stimulus)
    except DiagnosticError as problem:
        return unfit(problem.diagnostics, job.target)
    except Exception as problem:
        return unfit((fault(problem),), job.target)


def try_target(raw: RawGraph, options: Options, stimulus: Stimulus | None) -> FitRow:
    """Compile with the first options that fit. Raises DiagnosticError for what is wrong on every chip."""
    name, refused, tried = resolve_target(options).name, list[Diagnostic](), list[str]()
    for words, asked in _tries(raw, options, stimulus, refused):
        try:
            made = compile_graph(raw, replace(asked, progress=None), stimulus=stimulus)
        except DiagnosticError as problem:
            refused.append(_first(problem))
            tried.append(words)
            continue
        return fitted(made, name, words, tuple(tried))
    return unfit(refused[:1], name)


def _tries(
    raw: RawGraph, options: Options, stimulus: Stimulus | None, refused: list[Diagnostic]
) -> Iterator[tuple[str, Options]]:
    """Options that should fit, the nearest to those that were asked for first. refused: gets what was in the way."""
    ways = [(AS_IT_IS, options)]
    if not options.allow_approximation:
        ways.append((CONSENT, replace(options, allow_approximation=True)))
    read: list[tuple[str, Options, Front]] = []
    for words, asked in ways:
        try:
            read.append((words, asked, read_front(raw, asked, resolve_target(asked))))
        except DiagnosticError as problem:
            refused.append(_first(problem))
    short = list[tuple[str, Options, Front, Trial]]()
    for words, asked, front in read:
        plain = trial(front, asked, stimulus, words)
        if plain.fits:
            yield words, asked
        elif fewer := fewer_constructs(_unfit(plain), front, asked, stimulus):
            yield words, fewer
        else:
            refused += _unfit(plain).diagnostics
            short.append((words, asked, front, plain))
    for words, asked, front, plain in short:
        for more, changed in changes(front, asked, plain):
            if trial(front, changed, stimulus, more).fits:
                yield (more if words == AS_IT_IS else f"{words}, {more}"), changed


def _unfit(plain: Trial) -> DiagnosticError:
    return DiagnosticError((error(plain.code, plain.reason),))


def _first(problem: DiagnosticError) -> Diagnostic:
    return next((d for d in problem.diagnostics if d.severity == "error"), problem.diagnostics[0])
