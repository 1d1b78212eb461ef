"""Makes all files of OUT from a placement: the configuration, its proof, the report, the files to test a chip with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from msgspec import UNSET, UnsetType

from ...sim.stimulus import Stimulus
from ...sim.trace import Trace
from ..backends.interface import backend_of
from ..backends.shared.packet_rates import input_rates
from ..backends.shared.placement_lock import encode_lock
from ..ir.record import builtins_of
from ..ir.report import CoreTraffic, Report
from ..ir.stages import Placed, Prepared
from ..options import Options
from ..prepare import target_toml
from ..verdicts.chip_run import chip_events
from ..verdicts.chip_trace import trace_of
from ..verdicts.fidelity import host_inputs, layers_of
from ..verdicts.proof import prove
from .artifacts import SYMBOLS, json_bytes, npz_bytes, quantized_bytes, read_symbols, symbols_bytes
from .io_map import IO_MAP, io_map, io_map_bytes
from .readme import README, readme
from .summary import summary
from .timing import timing

LOCK = "placement.lock.json"
SOURCE = "source.nir"
STIMULUS = "stimulus.npz"
REPORT = "report.json"
TARGET_FILE = "target.toml"
ALWAYS = frozenset({LOCK, SOURCE, STIMULUS, REPORT, TARGET_FILE, "symbols.npz", "quantized.npz"})
"""Files of every output, besides those that show seconds and those of its chip."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a compile works on. given: whether the stimulus was given; else a random one stands in. floats: the float
    run of the file on it. source: the bytes of the file."""

    prepared: Prepared
    stimulus: Stimulus
    given: bool
    floats: Trace
    source: bytes


@dataclass(frozen=True, kw_only=True)
class Built:
    """files: name -> bytes of OUT, but for what shows how long things took. trace: what the chip did on the stimulus,
    None where what was emitted cannot be decoded."""

    files: Mapping[str, bytes]
    report: Report
    trace: Trace | None


def build(job: Job, placed: Placed, options: Options) -> Built:
    """Emit a placed network, read the files back, prove them, and write the report. The same arguments give the same
    bytes."""
    prepared, backend = job.prepared, backend_of(job.prepared.target)
    network, target = prepared.quantized.network, prepared.target
    options.say("emit")
    emitted = backend.emit(network, placed.placement, target)
    files = {**emitted.files, SYMBOLS: symbols_bytes(emitted.symbols)}
    loaded, symbols = backend.read_files(target, files), read_symbols(files[SYMBOLS])
    proof = prove(prepared, loaded, symbols, job.stimulus, options, job.floats)
    options.say("report")
    arriving = {p.name: backend.headroom(prepared.quantized, p.name).arriving for p in network.populations}
    files["quantized.npz"] = quantized_bytes(network, arriving)
    files[LOCK] = encode_lock(network, placed.placement)
    files[SOURCE] = job.source
    files[TARGET_FILE] = target_toml(options)
    files[STIMULUS] = _stimulus_bytes(job.stimulus)
    traffic: tuple[CoreTraffic, ...] | UnsetType = UNSET
    if proof.chip is not None and emitted.packets is not None:
        spikes = proof.chip.run.spikes
        traffic = emitted.packets(spikes, input_rates(symbols, proof.inputs, len(spikes)))
    report = summary(
        prepared,
        placed,
        loaded,
        symbols,
        proof,
        job.floats,
        job.stimulus,
        options,
        given=job.given,
        places=tuple((chip, core) for chip, core in emitted.places),
        timing=timing(prepared, loaded, symbols, proof),
        traffic=traffic,
    )
    if proof.chip is not None:
        record = io_map(prepared, loaded, symbols)
        files[IO_MAP] = io_map_bytes(record)
        if backend.has_vectors:
            events = chip_events(symbols, proof.inputs, network.max_lag_steps, target.input_counts)
            files |= backend.vectors(target, loaded, proof.chip.run.spikes[:, :1], events[:, :1], [0])
        files[README] = readme(target, record, files)
    files[REPORT] = json_bytes(builtins_of(report))
    trace = None if proof.chip is None else trace_of(proof.chip, symbols, target)
    return Built(files=files, report=report, trace=trace)


def spike_rates(prepared: Prepared, source: Trace, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
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


def _stimulus_bytes(stimulus: Stimulus) -> bytes:
    names = sorted(stimulus.inputs)
    arrays = {("input" if len(names) == 1 else f"input/{n}"): stimulus.inputs[n] for n in names}
    if stimulus.labels is not None:
        arrays["labels"] = stimulus.labels
    return npz_bytes(arrays)
