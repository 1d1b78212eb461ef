"""The whole compile: read, prepare, place, emit, prove. Values in, values out; writing is `store.py`'s."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ..sim.diagnostic import Diagnostic, DiagnosticError
from ..sim.dialect import Dialect
from ..sim.rawgraph import RawGraph
from ..sim.reference import reference
from ..sim.stimulus import Stimulus, poisson
from ..sim.trace import Trace
from ..targets.configuration import Configuration, Symbols
from ..targets.model import Target
from .artifacts import json_bytes, npz_bytes, quantized_bytes, read_symbols, symbols_bytes
from .core_usage import bits_unshared
from .fidelity import References, host_inputs, layers_of, measured_rows, references, verdict
from .fit import with_nearest
from .lock import decode_lock, encode_lock, not_as_pinned
from .mapping.metric import traffic
from .options import Options
from .passes.group_sources import group_sources
from .passes.partition import partition
from .passes.partition_mapped import core_of
from .passes.place import MeshCost, binding_resource, mesh_cost, pins_hold, place
from .passes.route import route
from .passes.route import symbols as symbols_of
from .passes.scale import Scale
from .placement import Placement
from .prepare import Prepared, prepare, read_front, resolve_target
from .quantized import QuantizedNetwork
from .reopen import Reopened, read_configuration, reopen
from .report.rasters import pairs, rasters
from .report.stopwatch import Stopwatch
from .report.traffic import input_rates, packets
from .runs import ChipRun
from .verify import PlacementVerdict, placement_verdict

if TYPE_CHECKING:
    from .report.notebook import Report, Verdicts

SCHEMA_VERSION = 1
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
    options = replace(options, progress=watch.say)
    target = resolve_target(options)
    options.say("read the graph")
    front = read_front(raw, options, target)
    used = stimulus if stimulus is not None else _stand_in(front.network.inputs, options)
    prepared = prepare(front, options, target, used)
    options.say("float reference")
    floats = reference(front.raw, front.dialect, stimulus=used.inputs)
    options.say("partition")
    try:
        placement, notes, sent = _placed(
            prepared.quantized.network,
            target,
            options,
            tell,
            _rates(prepared, floats, used.inputs) if stimulus else {},
        )
    except DiagnosticError as problem:
        raise with_nearest(problem, front, options, used) from problem
    options.say("emit")
    cores, input_routes = route(prepared.quantized.network, placement, target)
    n_inputs = sum(port.size for port in prepared.quantized.network.inputs)
    emitter = target.emitter
    files: dict[str, bytes] = dict(
        emitter.bundle_files(emitter.encode(cores, n_inputs, input_routes, target.name))
    )
    files["symbols.npz"] = symbols_bytes(symbols_of(prepared.quantized.network, placement))
    configuration = emitter.read_files(files)
    symbols = read_symbols(files["symbols.npz"])
    verdicts, extra = _verdicts(prepared, configuration, symbols, used, options, floats)
    options.say("report")
    files["quantized.npz"] = quantized_bytes(
        prepared.quantized.network, {n: s.arriving_units for n, s in prepared.quantized.scales.items()}
    )
    files["placement.lock.json"] = encode_lock(prepared.quantized.network, placement)
    files["source.nir"] = source
    files["stimulus.npz"] = _stimulus_bytes(used)
    report = _report(
        prepared,
        placement,
        mesh_cost(
            placement, target, sent, "at the float run's rates" if stimulus else "if every source spiked"
        ),
        configuration,
        verdicts,
        extra,
        used,
        options,
    )
    report["places"] = [[core.chip, core.core] for core in cores]
    if extra.chip is not None:
        spikes = extra.chip.run.spikes
        rates = input_rates(symbols, extra.inputs, len(spikes))
        report["traffic"] = packets(placement, symbols, cores, input_routes, spikes, rates)
    files["report.json"] = json_bytes(report)
    placement_part = verdicts["placement"]
    return Compiled(
        files=files,
        report={**report, "stages": watch.stages()},
        diagnostics=(*prepared.diagnostics, *notes),
        placement_identical=isinstance(placement_part, dict) and bool(placement_part["identical"]),
    )


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


def _placed(
    network: QuantizedNetwork,
    target: Target,
    options: Options,
    tell: Callable[[str], None] | None,
    rates: Mapping[str, np.ndarray],
) -> tuple[Placement, list[Diagnostic], np.ndarray]:
    """Partition and sites, from the lock as far as it serves; and the packets a step from core to core."""
    pins = dict(options.pins)
    earlier, notes = (None, []) if options.lock is None else decode_lock(options.lock, network, target)
    if earlier is not None and not pins_hold(earlier, pins):
        earlier, notes = None, [not_as_pinned()]
    grouped = group_sources(network, rates)
    found = partition(network, target, progress=tell, lock=earlier, apart=pins, grouped=grouped)
    sent = traffic(grouped.graph, core_of(found, grouped))
    return place(found, target, pins, sent), notes, sent


def check_files(
    raw: RawGraph, files: Mapping[str, bytes], options: Options, stimulus: Stimulus
) -> dict[str, object]:
    """The verdicts of files on disk, against the network read anew from `raw` (OUT's source.nir)."""
    target = resolve_target(options)
    prepared = prepare(read_front(raw, options, target), options, target, None)
    configuration = read_configuration(target, files)
    options.say("float reference")
    source = reference(prepared.front.raw, prepared.front.dialect, stimulus=stimulus.inputs)
    symbols = read_symbols(files["symbols.npz"])
    verdicts, _ = _verdicts(prepared, configuration, symbols, stimulus, options, source)
    return verdicts


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
        for p in symbols.populations:
            shape = (*chip.run.spikes.shape[:2], *p.shape)
            kept[p.name] = {
                ("i" if name == "u" else name): chip.run.states[name][:, :, p.machine_index].reshape(shape)
                for name in sorted(chip.run.states)
            }
    layers = {
        p.name: chip.layers[p.name].reshape(*chip.layers[p.name].shape[:2], *p.shape)
        for p in symbols.populations
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


@dataclass(frozen=True)
class _Extra:
    placement: PlacementVerdict
    rows: list[dict[str, object]]
    rasters: dict[str, object]
    inputs: Mapping[str, np.ndarray]
    chip: ChipRun | None


def _verdicts(
    prepared: Prepared,
    configuration: Configuration,
    symbols: Symbols,
    stimulus: Stimulus,
    options: Options,
    source: Trace,
) -> tuple[dict[str, object], _Extra]:
    """source: the float run of the file on the stimulus."""
    front = prepared.front
    inputs = host_inputs(prepared, source, stimulus.inputs)
    options.say("placement verdict")
    result, chip = placement_verdict(
        prepared.quantized.network, prepared.network, prepared.target, configuration, symbols, inputs
    )
    verdicts: dict[str, object] = {"placement": result.to_dict(), "fidelity": None}
    rows, shown = list(prepared.rows), rasters(())
    if chip is not None:
        options.say("fidelity verdict")
        floats: References = references(prepared, stimulus.inputs, source)
        verdicts["fidelity"] = verdict(prepared, floats, chip, stimulus.labels)
        rows = measured_rows(prepared, source, stimulus.inputs)
        layers = layers_of(prepared, source, front.dialect)
        shown = rasters(
            [*pairs("output", source.outputs, chip.outputs), *pairs("layer", layers, chip.layers)]
        )
    return verdicts, _Extra(result, [asdict(row) for row in rows], shown, inputs, chip)


def _report(
    prepared: Prepared,
    placement: Placement,
    mesh: MeshCost,
    configuration: Configuration,
    verdicts: dict[str, object],
    extra: _Extra,
    stimulus: Stimulus,
    options: Options,
) -> dict[str, object]:
    quantized = prepared.quantized
    network = prepared.front.network
    neurons = sum(p.size for p in quantized.network.populations)
    return {
        "schema_version": SCHEMA_VERSION,
        "spikec": version("spikec"),
        "target": prepared.target.name,
        "dialect": prepared.front.dialect.to_dict(),
        "verdicts": verdicts,
        "resources": {
            "cores": placement.cores,
            "chips": -(-placement.cores // prepared.target.grid.cores_per_chip),
            "mesh": asdict(mesh),
            "binding": dict(zip(("resource", "share"), binding_resource(placement), strict=True)),
            "per_core": [dict(sorted(used.items())) for used in placement.used],
            "available": dict(sorted(placement.available.items())),
            "certificate": asdict(placement.certificate),
            "least_cores_of_any_partition": -(-neurons // placement.available["compartments"]),
            "memory_bits": {
                "stored": sum(used["synapse_memory_bits"] for used in placement.used),
                "without_sharing": bits_unshared(quantized.network, placement, prepared.target),
            },
            "slices": [asdict(piece) for piece in placement.slices],
            "walks": {name: walk.words for name, walk in sorted(placement.traversals.items())},
            "cores_per_chip": prepared.target.grid.cores_per_chip,
        },
        "rasters": extra.rasters,
        "fidelity_table": extra.rows,
        "roundings": [asdict(rounding) for rounding in quantized.network.roundings],
        "network": {
            "inputs": {name: list(shape) for name, shape in sorted(network.inputs.items())},
            "outputs": {name: list(shape) for name, shape in sorted(network.outputs.items())},
            "host": list(prepared.host),
            "populations": [
                {
                    "name": p.name,
                    "shape": list(p.shape),
                    "neurons": p.size,
                    "lag_steps": p.lag_steps,
                    "units": p.scales["v"].units,
                    "envelope": _envelope(quantized.scales[p.name]),
                }
                for p in quantized.network.populations
            ],
            "synapses": int(sum(p.mantissa.size for p in quantized.network.projections)),
            "max_lag_steps": quantized.network.max_lag_steps,
        },
        "diagnostics": [asdict(d) for d in prepared.diagnostics],
        "source_sha256": prepared.front.raw.sha256,
        "configuration_sha256": configuration.digest(),
        "stimulus": {**dict(stimulus.source), "steps": stimulus.steps, "batch": stimulus.batch},
        "options": {
            "target": options.target,
            "weight_bits": options.weight_bits,
            "split_weights": options.split_weights,
            "host_prefix": list(prepared.host),
            "allow_host": options.allow_host,
            "chips": options.chips,
            "max_neurons_per_core": options.max_neurons_per_core,
            "seed": options.seed,
        },
    }


def _envelope(scale: Scale) -> dict[str, object]:
    """The static bound on what arrives; per compartment in quantized.npz."""
    return {
        "exponent": scale.exponent,
        "grid_units": scale.grid_units,
        "arriving_units": float(scale.arriving_units.max(initial=0.0)),
        "arriving_limit": scale.arriving_limit,
        "compartments_past_limit": scale.past_limit,
        "proven": scale.proven,
    }


def saved_options(report: Mapping[str, object]) -> Options:
    """The options of a finished compile, as report.json keeps them.

    Raises KeyError or TypeError on JSON that is no report, DiagnosticError (SPK03xx) on a changed dialect."""
    saved, reading = report["options"], report["dialect"]
    if not isinstance(saved, dict) or not isinstance(reading, dict):
        raise TypeError("report.json has no options")
    given = {name: saved[name] for name in _SAVED}
    return Options(**given, host_prefix=tuple(saved["host_prefix"]), reading=_reading(reading))


_SAVED = (
    "target", "weight_bits", "split_weights", "allow_host", "chips", "max_neurons_per_core", "seed",
)  # fmt: skip


def _reading(record: Mapping[str, Any]) -> Dialect:
    bare = Dialect(name=str(record["name"]), dt_seconds=float(record["dt_seconds"]))
    return bare.with_overrides(
        default=record["default"], by_kind=record["by_kind"], by_path=record["by_path"]
    )


def trace_bytes(trace: Trace) -> bytes:
    """A trace as `.npz` bytes."""
    return npz_bytes(trace.arrays())
