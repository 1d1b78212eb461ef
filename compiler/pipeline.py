"""The whole compile: read, prepare, place, emit, prove. Values in, values out; writing is `store.py`'s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ..sim.diagnostic import Diagnostic, DiagnosticError
from ..sim.dialect import Dialect
from ..sim.rawgraph import RawGraph
from ..sim.reference import reference
from ..sim.stimulus import Stimulus, halves, poisson
from ..sim.trace import Trace
from .backends.interface import Backend, backend_of
from .backends.loihi.lock import encode_lock
from .backends.loihi.traffic import input_rates
from .ir.calibration import tuning_of
from .ir.stages import Prepared
from .options import Options, lock_without_effect
from .output.artifacts import json_bytes, npz_bytes, quantized_bytes, read_symbols, symbols_bytes
from .output.reopen import TARGET_FILE, Reopened, read_configuration, reopen, with_own_target
from .output.summary import summary
from .output.timing import timing
from .prepare import prepare, read_front, resolve_target, target_toml, with_target
from .stopwatch import Stopwatch
from .verdicts.chip_run import chip_events
from .verdicts.fidelity import host_inputs, layers_of
from .verdicts.fit import with_nearest
from .verdicts.proof import prove

if TYPE_CHECKING:
    from .report.notebook import Report, Verdicts

STAND_IN_RATE, STAND_IN_STEPS, STAND_IN_BATCH = 0.2, 64, 4


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """files: name -> bytes of OUT, without manifest and HTML. report: the content of report.json, and `stages`:
    the seconds that each took, which differ from run to run."""

    files: Mapping[str, bytes]
    report: Mapping[str, object]
    diagnostics: tuple[Diagnostic, ...]
    placement_identical: bool

    @property
    def verdicts(self) -> Verdicts:
        from .report.notebook import Verdicts

        return Verdicts(cast("dict[str, Any]", self.report["verdicts"]))

    @property
    def page(self) -> Report:
        """report.html: `compiled.page.html` is its text."""
        from .report.notebook import Report

        return Report(self.report)

    def _repr_html_(self) -> str:
        from .report.notebook import compiled_html

        return compiled_html(self.report)


def compile_graph(
    raw: RawGraph, options: Options, *, stimulus: Stimulus | None = None, source: bytes = b""
) -> Compiled:
    """Compile a read graph for a target. Raises DiagnosticError with a stage's findings.

    stimulus None: a seeded random one stands in, and is recorded. source: the file's bytes, kept in OUT."""
    watch, tell = Stopwatch(options.progress), options.progress
    options = with_target(replace(options, progress=watch.say))
    target = resolve_target(options)
    options.say("read the graph")
    front = read_front(raw, options, target)
    if stimulus is None:
        used = _stand_in(front.network.inputs, options)
    else:
        chosen_on, used = _divided(stimulus, options, backend_of(target))
        options = backend_of(target).tuned(front, target, options, chosen_on)
    prepared = prepare(front, options, target, used)
    options.say("float reference")
    floats = reference(front.raw, front.dialect, stimulus=used.inputs)
    options.say("partition")
    rates = _rates(prepared, floats, used.inputs) if stimulus is not None else {}
    network, flow = prepared.quantized.network, backend_of(prepared.target)
    try:
        placed = flow.place(network, target, options, rates, tell)
    except DiagnosticError as problem:
        raise with_nearest(problem, front, options, used) from problem
    options.say("emit")
    emitted = flow.emit(network, placed.placement, target)
    files = {**emitted.files, "symbols.npz": symbols_bytes(emitted.symbols)}
    loaded, symbols = flow.read_files(target, files), read_symbols(files["symbols.npz"])
    proof = prove(prepared, loaded, symbols, used, options, floats)
    options.say("report")
    arriving = {p.name: flow.envelope(prepared.quantized, p.name)[1] for p in network.populations}
    files["quantized.npz"] = quantized_bytes(network, arriving)
    files["placement.lock.json"] = lock = encode_lock(network, placed.placement)
    files["source.nir"] = source
    files[TARGET_FILE] = target_toml(options)
    files["stimulus.npz"] = _stimulus_bytes(used)
    report = summary(prepared, placed, loaded.digest(), proof, used, options)
    report["places"] = emitted.places
    report["timing"] = timing(prepared, loaded, symbols, proof)
    if proof.chip is not None and emitted.packets is not None:
        spikes = proof.chip.run.spikes
        report["traffic"] = emitted.packets(spikes, input_rates(symbols, proof.inputs, len(spikes)))
    if proof.chip is not None and emitted.vectors is not None:
        events = chip_events(symbols, proof.inputs, network.max_lag_steps, target.input_counts)
        files |= emitted.vectors(proof.chip.run.spikes, events)
    files["report.json"] = json_bytes(report)
    placement_part = proof.verdicts["placement"]
    return Compiled(
        files=files,
        report={**report, "stages": watch.stages()},
        diagnostics=(
            *prepared.diagnostics,
            *placed.diagnostics,
            *lock_without_effect(options, flow.OPTIONS, lock, target.title),
        ),
        placement_identical=isinstance(placement_part, dict) and bool(placement_part["identical"]),
    )


def _divided(stimulus: Stimulus, options: Options, flow: Backend) -> tuple[Stimulus, Stimulus]:
    """What numbers are chosen on, and what is shown: all of it both times, unless a search is asked for."""
    if options.calibrate and "calibrate" in flow.OPTIONS:
        return halves(stimulus)
    return stimulus, stimulus


def _rates(prepared: Prepared, source: Trace, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Spikes per step of what sends them on the chip: input elements, and neurons in the float run."""
    rasters = {
        **host_inputs(prepared, source, inputs),
        **layers_of(prepared, source, prepared.front.dialect),
    }
    network = prepared.quantized.network
    names = [p.name for p in network.inputs if not p.constant] + [
        p.name for p in network.populations if p.spiking
    ]
    return {
        name: np.asarray(rasters[name], dtype=np.float64).mean(axis=(0, 1)).reshape(-1)
        for name in names
        if name in rasters
    }


def check_files(
    raw: RawGraph, files: Mapping[str, bytes], options: Options, stimulus: Stimulus
) -> dict[str, object]:
    """The verdicts of files on disk, against the network read anew from `raw` (OUT's source.nir)."""
    options = with_own_target(options, files)
    target = resolve_target(options)
    prepared = prepare(read_front(raw, options, target), options, target, None)
    configuration = read_configuration(target, files)
    options.say("float reference")
    source = reference(prepared.front.raw, prepared.front.dialect, stimulus=stimulus.inputs)
    symbols = read_symbols(files["symbols.npz"])
    return prove(prepared, configuration, symbols, stimulus, options, source).verdicts


def simulate_files(
    raw: RawGraph, files: Mapping[str, bytes], options: Options, stimulus: Stimulus, *, states: bool = False
) -> Trace:
    """Run the machine decoded from the files; layers and outputs at float steps, states at chip steps."""
    return chip_trace(reopen(raw, files, options, stimulus), states=states)


def chip_trace(opened: Reopened, *, states: bool = False) -> Trace:
    """The trace of a reopened output on its stimulus; see `simulate_files`."""
    symbols = opened.symbols
    chip = opened.run(states=states)
    kept: dict[str, dict[str, np.ndarray]] = {}
    if states:
        flow = backend_of(opened.target)
        common = {flow.SYNAPSE: "i", flow.MEMBRANE: "v"}
        for p in symbols.populations:
            shape = (*chip.run.spikes.shape[:2], *p.shape)
            kept[p.name] = {
                common.get(name, name): chip.run.states[name][:, :, p.machine_index].reshape(shape)
                for name in sorted(chip.run.states)
            }
    layers = {
        p.name: chip.layers[p.name].reshape(*chip.layers[p.name].shape[:2], *p.shape)
        for p in symbols.populations
        if p.name in chip.layers
    }
    return Trace(outputs=chip.outputs, layers=layers, states=kept)


def _stand_in(inputs: Mapping[str, tuple[int, ...]], options: Options) -> Stimulus:
    return poisson(inputs, STAND_IN_RATE, STAND_IN_STEPS, batch=STAND_IN_BATCH, seed=options.seed)


def _stimulus_bytes(stimulus: Stimulus) -> bytes:
    names = sorted(stimulus.inputs)
    arrays = {("input" if len(names) == 1 else f"input/{n}"): stimulus.inputs[n] for n in names}
    if stimulus.labels is not None:
        arrays["labels"] = stimulus.labels
    return npz_bytes(arrays)


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


def trace_bytes(trace: Trace) -> bytes:
    """A trace as `.npz` bytes."""
    return npz_bytes(trace.arrays())
