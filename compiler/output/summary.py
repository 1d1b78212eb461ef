"""Makes the report of a compile: the content of report.json."""

from __future__ import annotations

import hashlib
from importlib.metadata import version

import msgspec
from msgspec import UNSET, UnsetType

from ...sim.stimulus import Stimulus
from ...sim.trace import Trace
from ...targets.configuration import Symbols
from ..backends.interface import backend_of
from ..ir.number_ranges import NumberRanges
from ..ir.report import (
    CoreTraffic,
    NetworkReport,
    PopulationReport,
    Reading,
    Report,
    Timing,
)
from ..ir.stages import Loaded, Placed, Prepared
from ..options import Options
from ..prepare import target_toml
from ..verdicts.confusion import confusion
from ..verdicts.cost import inference_cost
from ..verdicts.edges import edges
from ..verdicts.number_ranges import number_ranges
from ..verdicts.proof import Proof
from .saved import options_record
from .stimulus_source import stimulus_source


def summary(
    prepared: Prepared,
    placed: Placed,
    loaded: Loaded,
    symbols: Symbols,
    proof: Proof,
    floats: Trace,
    stimulus: Stimulus,
    options: Options,
    *,
    given: bool,
    places: tuple[tuple[int, int], ...],
    timing: Timing | None,
    traffic: tuple[CoreTraffic, ...] | UnsetType = UNSET,
) -> Report:
    """Make the report. loaded, symbols: as they were read from the files. floats: the float run of the file. given:
    whether the user gave the stimulus. places: (chip, core) of each core in use."""
    network, chip = _network(prepared, symbols, proof), proof.chip
    cost = ranges = table = None
    if chip is not None:
        dt = prepared.front.dialect.dt_seconds
        cost = inference_cost(prepared.target, chip, network.edges, timing, traffic, dt)
        ranges = number_ranges(prepared, loaded, symbols, chip)
        table = confusion(floats.outputs, chip.outputs, stimulus.labels)
    return Report(
        spikec=version("spikec"),
        target=prepared.target.name,
        target_sha256=hashlib.sha256(target_toml(options)).hexdigest(),
        dialect=msgspec.convert(prepared.front.dialect.to_dict(), Reading),
        verdicts=proof.verdicts,
        resources=placed.resources,
        rasters=proof.rasters,
        fidelity_table=proof.rows,
        roundings=prepared.quantized.network.roundings,
        network=network,
        diagnostics=(*prepared.diagnostics, *proof.diagnostics),
        source_sha256=prepared.front.raw.sha256,
        configuration_sha256=loaded.digest(),
        stimulus=stimulus_source(stimulus, given=given),
        options=options_record(options, prepared.target.name),
        places=places,
        timing=timing,
        traffic=traffic,
        ranges=ranges or NumberRanges(),
        cost=cost,
        confusion=table,
    )


def _network(prepared: Prepared, symbols: Symbols, proof: Proof) -> NetworkReport:
    backend, network, quantized = backend_of(prepared.target), prepared.front.network, prepared.quantized
    return NetworkReport(
        inputs=dict(sorted(network.inputs.items())),
        outputs=dict(sorted(network.outputs.items())),
        host=prepared.host,
        populations=tuple(
            PopulationReport(
                name=p.name,
                shape=p.shape,
                neurons=p.size,
                lag_steps=p.lag_steps,
                units=p.scales[backend.membrane].units,
                envelope=backend.headroom(quantized, p.name).bound,
            )
            for p in quantized.network.populations
        ),
        synapses=quantized.network.synapses,
        max_lag_steps=quantized.network.max_lag_steps,
        edges=edges(prepared, symbols, proof.chip, proof.inputs),
        shapes={p.name: p.shape for p in quantized.network.inputs if p.name not in network.inputs},
    )
