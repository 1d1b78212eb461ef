"""Runs one job in this process; whatever goes wrong becomes its outcome."""

from __future__ import annotations

from dataclasses import replace

from ...sim.diagnostic import DiagnosticError, keeping
from ...sim.nir.file import graph_in
from ...sim.stimulus import Stimulus, from_bytes, poisson
from ..compiled import Compiled
from ..ir.stages import Ports
from ..ir.sweep import Outcome
from ..options import of_record
from ..pipeline import compile_graph
from ..prepare import read_graph
from ..read_by_run import read_by_run
from ..text.labels import demand_classes
from .job import Job
from .outcomes import done, fault, undone


def run_job(job: Job) -> Outcome:
    """Compile, prove and measure. Nothing is written, nothing is raised."""
    try:
        return done(_compiled(job))
    except DiagnosticError as problem:
        return undone(problem.diagnostics)
    except Exception as problem:
        return undone((fault(problem),))


def _compiled(job: Job) -> Compiled:
    raw, notes = graph_in(job.net)
    options = replace(of_record(job.options), target_toml=job.toml)
    with keeping(notes):
        options, told = read_by_run(raw, options, job.stimulus_file) if job.stimulus_file else (options, ())
        notes = (*notes, *told)
        stimulus = stimulus_of(job, read_graph(raw, options).ports, options.seed)
        made = compile_graph(raw, options, stimulus=stimulus, source=job.net)
    return replace(made, diagnostics=(*notes, *made.diagnostics))


def stimulus_of(job: Job, ports: Ports, seed: int) -> Stimulus | None:
    """Read or draw the stimulus of a job; None where the compile draws one itself. Raises DiagnosticError (SPK04xx)."""
    kind, rate, steps, batch = job.stimulus.kind, job.stimulus.rate, job.stimulus.steps, job.stimulus.batch
    if kind == "file":
        given = from_bytes(job.stimulus_file, ports.inputs)
        demand_classes(given, ports.outputs)
        return given
    if kind == "stand-in" or rate is None or steps is None or batch is None:
        return None
    return poisson(ports.inputs, rate, steps, batch=batch, seed=seed)
