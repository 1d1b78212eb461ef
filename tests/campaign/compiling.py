"""Compiles a drawn network for a target, and holds everything that spikec says against the oracles."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
from spikec.compiler.backends.interface import backend_of
from spikec.compiler.compiled import Compiled
from spikec.compiler.output.artifacts import read_symbols
from spikec.compiler.output.saved import saved_options
from spikec.compiler.pipeline import compile_graph
from spikec.compiler.prepare import prepare, read_front, resolve_target
from spikec.compiler.verdicts.chip_run import chip_events
from spikec.compiler.verdicts.fidelity import host_inputs
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.engines.choice import whole
from spikec.sim.engines.crossbar_events import CUT_SPIKES
from spikec.sim.reference.reference import reference
from spikec.targets.chip import Chip
from spikec.targets.xylo.model import XyloChip

from .networks import Drawn
from .oracles import spikes_of

UNENDING = frozenset({CUT_SPIKES})
CODE = re.compile(r"SPK(?!9)\d{4}")


@dataclass(frozen=True, kw_only=True)
class Tried:
    """codes: of the refusal, none where the network was compiled. wrong: what must not be, none where all is right."""

    codes: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    compiled: Compiled | None = None


def tried(drawn: Drawn, target: str) -> Tried:
    """Compile; a refusal has codes and messages, a configuration the oracle's spikes. Raises what is an internal
    error."""
    options = replace(drawn.options, target=target, reading=drawn.dialect)
    try:
        compiled = compile_graph(drawn.raw, options, stimulus=drawn.stimulus)
    except DiagnosticError as refusal:
        errors = [d for d in refusal.diagnostics if d.severity == "error"]
        bad = tuple(f"{d.code}: {d.message}" for d in errors if not CODE.fullmatch(d.code) or not d.message)
        return Tried(
            codes=tuple(d.code for d in errors), wrong=bad if errors else ("a refusal without an error",)
        )
    return Tried(wrong=tuple(_wrong(drawn, compiled)), compiled=compiled)


def _wrong(drawn: Drawn, compiled: Compiled) -> list[str]:
    found = list(compiled.verdicts.placement.findings)
    if not compiled.placement_identical:
        found.append("placement differs")
    found += _unlike_the_oracle(drawn, compiled)
    found += _lost_without_reason(compiled)
    return found


def _unlike_the_oracle(drawn: Drawn, compiled: Compiled) -> list[str]:
    """Spikes of all machine neurons, of the layers and at the outputs, of one sample."""
    options = saved_options(compiled.report)
    target = resolve_target(options)
    backend = backend_of(target)
    loaded, symbols = (
        backend.read_files(target, compiled.files),
        read_symbols(compiled.files["symbols.npz"]),
    )
    machine = backend.machine(target, loaded)
    front = read_front(drawn.raw, options, target)
    prepared = prepare(front, options, target, compiled.stimulus)
    floats = reference(front.raw, front.dialect, stimulus=compiled.stimulus.inputs)
    inputs = host_inputs(prepared, floats, compiled.stimulus.inputs)
    lag = prepared.quantized.network.max_lag_steps
    events = chip_events(symbols, inputs, lag, target.input_counts)
    run = backend.start(machine, target, whole(events), states=False)(events)
    if any(run.counters[name].any() for name in UNENDING & run.counters.keys()):
        return []  # a loop that does not come to rest is cut after so many events: a rule of ours, not of the chip
    engine = run.spikes[:, 0].astype(np.int64)
    oracle = spikes_of(loaded, machine, target, events[:, 0].astype(np.int64))
    found: list[str] = []
    if not np.array_equal(engine, oracle):
        at = np.argwhere(engine != oracle)[0].tolist()
        found.append(f"spikes of the engine and the oracle differ, first at (step, neuron) {at}")
    steps = len(next(iter(compiled.stimulus.inputs.values())))
    network = prepared.network.populations
    spiking = {name for name, population in network.items() if population.neuron.theta is not None}
    layers: dict[str, np.ndarray] = {}
    for p in symbols.populations:
        of = p.counts_for or p.name  # further neurons may fire for further spikes of one in a step
        if of in spiking:
            more = _at(oracle[:, p.machine_index], p.lag_steps - network[of].neuron.emission_delay, steps)
            layers[of] = more + layers.get(of, np.zeros_like(more))
    for name, spikes in layers.items():
        path = prepared.network.populations[name].paths[-1]
        said = compiled.trace.layers[name if name in compiled.trace.layers else path]
        if not np.array_equal(said[:, 0].reshape(steps, -1), spikes):
            found.append(f"layer {name} is not what the oracle's neurons do")
    for output, sources in drawn.reads.items():
        if any(s not in layers for s in sources):
            continue  # from the host
        wanted = sum(np.minimum(layers[s], most_read(target)) for s in sources)
        if not np.array_equal(compiled.trace.outputs[output][:, 0].reshape(steps, -1), wanted):
            found.append(f"output {output} is not the sum of {', '.join(sources)}")
    return found


def most_read(target: Chip) -> int:
    """Spikes of a neuron that can be read in a step: neurons that leave Xylo do so through output neurons."""
    return target.spikes.output if isinstance(target, XyloChip) else 1 << 30


def _at(raster: np.ndarray, shift: int, steps: int) -> np.ndarray:
    """raster[t + shift], zeros outside."""
    moved = np.zeros((steps, *raster.shape[1:]), dtype=raster.dtype)
    for t in range(steps):
        if 0 <= t + shift < len(raster):
            moved[t] = raster[t + shift]
    return moved


def _lost_without_reason(compiled: Compiled) -> list[str]:
    """Outputs that are not the float network's have a row, a rounding or a counted overflow that says why."""
    fidelity, report = compiled.verdicts.fidelity, compiled.report
    if fidelity is None or fidelity.output_f1 in (None, 1.0):
        return []
    rows = [r for r in report.fidelity_table if r.status != "exact"]
    rounded = [r for r in report.roundings if r.worst > 0]
    if rows or rounded or any(fidelity.overflows.values()):
        return []
    return [f"F1 is {fidelity.output_f1} and nothing says why"]
