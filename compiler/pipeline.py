"""The whole compile: read, prepare, place, emit, prove. Values in, values out; writing is `store.py`'s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec

from ..sim.diagnostic import Diagnostic, DiagnosticError, keeping, note
from ..sim.nir.raw_graph import RawGraph
from ..sim.reference.reference import reference
from ..sim.stimulus import Stimulus, halves, poisson
from ..sim.trace import Trace
from ..targets.chip import Chip
from ..targets.native.allocator import give_back
from .backends.interface import Backend, backend_of
from .compiled import Compiled
from .ir.stages import Front, Prepared
from .options import Options, lock_without_effect
from .output.build import LOCK, Job, build, spike_rates
from .output.stopwatch import Stopwatch
from .prepare import prepare, read_front, resolve_target, with_target
from .verdicts.calibration_score import calibrated
from .verdicts.fewer_constructs import fewer_constructs
from .verdicts.fit import with_nearest
from .verdicts.outliers import without_outliers
from .verdicts.reach import with_reach
from .verdicts.stand_ins import with_floors, with_levels

STAND_IN_RATE, STAND_IN_STEPS, STAND_IN_BATCH = 0.2, 64, 4


def compile_graph(
    raw: RawGraph, options: Options, *, stimulus: Stimulus | None = None, source: bytes = b""
) -> Compiled:
    """Compile a read graph for a target. Raises DiagnosticError with a stage's findings.

    stimulus None: a seeded random one stands in, and is recorded. source: the file's bytes, kept in OUT."""
    watch, tell = Stopwatch(options.progress), options.progress

    def begin(stage: str) -> None:
        give_back()
        watch.say(stage)

    options = with_target(replace(options, progress=begin))
    target = resolve_target(options)
    backend = backend_of(target)
    while True:
        lowered = _lowered(raw, options, target, stimulus)
        prepared, used, floats = lowered.prepared, lowered.stimulus, lowered.floats
        lowered.options.say("partition")
        rates = spike_rates(prepared, floats, used.inputs) if stimulus is not None else {}
        with keeping(prepared.diagnostics):
            try:
                network = prepared.quantized.network
                placed = backend.place(network, target, lowered.options, rates, tell)
                break
            except DiagnosticError as problem:
                fewer = fewer_constructs(problem, prepared.front, lowered.options, used)
                if fewer is None:
                    raise with_nearest(problem, prepared.front, lowered.options, used) from problem
        options = replace(options, given_up=fewer.given_up)
    options = lowered.options
    with keeping(prepared.diagnostics):
        job = Job(prepared=prepared, stimulus=used, given=stimulus is not None, floats=floats, source=source)
        built = build(job, placed, options)
    return Compiled(
        files=built.files,
        report=msgspec.structs.replace(built.report, stages=watch.stages()),
        diagnostics=(
            *built.report.diagnostics,
            *placed.diagnostics,
            *(() if stimulus is not None else (_no_stimulus(used),)),
            *lock_without_effect(options, backend.honours, built.files[LOCK], target.title),
        ),
        raw=raw,
        options=replace(options, progress=tell),
        stimulus=used,
        chip=built.trace,
    )


@dataclass(frozen=True, kw_only=True)
class _Lowered:
    """A network up to the fork point. options: with what the stimulus decided. stimulus: what is shown. floats: the
    float run of the file on it."""

    options: Options
    prepared: Prepared
    stimulus: Stimulus
    floats: Trace


def _lowered(raw: RawGraph, options: Options, target: Chip, stimulus: Stimulus | None) -> _Lowered:
    options.say("read the graph")
    front = read_front(raw, options, target)
    if stimulus is not None:
        chosen_on, used = _divided(stimulus, options, backend_of(target))
        options, prepared, floats = _tuned(prepare(front, options, target, used), options, chosen_on, used)
        return _Lowered(options=options, prepared=prepared, stimulus=used, floats=floats)
    used = _stand_in(front.network.inputs, options)
    floats = _float_run(front, options, used)
    options = with_levels(front, options, floats)
    options = with_floors(read_front(raw, options, target), options, floats, used.inputs)
    prepared = prepare(read_front(raw, options, target), options, target, used)
    return _Lowered(options=options, prepared=prepared, stimulus=used, floats=floats)


def _tuned(
    prepared: Prepared, options: Options, chosen_on: Stimulus, used: Stimulus
) -> tuple[Options, Prepared, Trace]:
    """Choose numbers on a stimulus, and prepare the network with them; with the float run of what is shown."""
    front, target = prepared.front, prepared.target
    floats = _float_run(front, options, used)
    of_chosen = floats if chosen_on is used else _float_run(front, options, chosen_on)
    chosen = with_levels(front, without_outliers(prepared, options, chosen_on), of_chosen)
    if chosen is not options:
        front = read_front(front.raw, chosen, target)
    counted, chosen = chosen, with_floors(front, chosen, of_chosen, chosen_on.inputs)
    if chosen is not counted:
        front = read_front(front.raw, chosen, target)
    if chosen is not options:  # to see what stands for what; the numbers come later, so any will do
        prepared = prepare(front, replace(chosen, one_synapse=True), target, used)
    if options.calibrate and "calibrate" in backend_of(target).honours:
        chosen = calibrated(front, target, chosen, chosen_on)
    chosen = with_reach(prepared, chosen, of_chosen, chosen_on.inputs)
    return chosen, prepared if chosen is options else prepare(front, chosen, target, used), floats


def _float_run(front: Front, options: Options, stimulus: Stimulus) -> Trace:
    options.say("float reference")
    return reference(front.raw, front.dialect, stimulus=stimulus.inputs)


def _divided(stimulus: Stimulus, options: Options, backend: Backend) -> tuple[Stimulus, Stimulus]:
    """What numbers are chosen on, and what is shown: all of it both times, unless a search is asked for."""
    if options.calibrate and "calibrate" in backend.honours:
        return halves(stimulus)
    return stimulus, stimulus


def _no_stimulus(used: Stimulus) -> Diagnostic:
    message = (
        f"no stimulus is given: verdicts are of random spikes, {STAND_IN_RATE:.0%} of the inputs in each of "
        f"{STAND_IN_STEPS} steps, {used.batch} samples"
    )
    return note("SPK0422", message, hint="give --stimulus S.npz for what the network is made for")


def _stand_in(inputs: Mapping[str, tuple[int, ...]], options: Options) -> Stimulus:
    return poisson(inputs, STAND_IN_RATE, STAND_IN_STEPS, batch=STAND_IN_BATCH, seed=options.seed)
