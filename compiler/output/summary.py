"""The content of report.json."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from importlib.metadata import version

from ...sim.stimulus import Stimulus
from ..backends.interface import backend_of
from ..backends.shared.place_on_mesh import binding_resource
from ..ir.stages import Placed, Prepared
from ..options import Options
from ..prepare import target_toml
from ..verdicts.proof import Proof
from .saved import options_record

SCHEMA_VERSION = 1


def summary(
    prepared: Prepared,
    placed: Placed,
    configuration_sha256: str,
    proof: Proof,
    stimulus: Stimulus,
    options: Options,
    *,
    given: bool,
) -> dict[str, object]:
    """The content of report.json, but for where cores are and what travels between them."""
    quantized = prepared.quantized
    network = prepared.front.network
    placement = placed.placement
    return {
        "schema_version": SCHEMA_VERSION,
        "spikec": version("spikec"),
        "target": prepared.target.name,
        "target_sha256": hashlib.sha256(target_toml(options)).hexdigest(),
        "dialect": prepared.front.dialect.to_dict(),
        "verdicts": proof.verdicts,
        "resources": {
            "cores": placement.cores,
            "binding": dict(zip(("resource", "share"), binding_resource(placement), strict=True)),
            "per_core": [dict(sorted(used.items())) for used in placement.used],
            "available": dict(sorted(placement.available.items())),
            "available_on": [dict(sorted(limits.items())) for limits in placement.available_on],
            "certificate": asdict(placement.certificate),
            "slices": [asdict(piece) for piece in placement.slices],
            "walks": {name: walk.words for name, walk in sorted(placement.traversals.items())},
            **placed.resources,
        },
        "rasters": proof.rasters,
        "fidelity_table": proof.rows,
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
                    "units": p.scales[backend_of(prepared.target).membrane].units,
                    "envelope": backend_of(prepared.target).headroom(quantized, p.name).to_dict(),
                }
                for p in quantized.network.populations
            ],
            "synapses": quantized.network.synapses,
            "max_lag_steps": quantized.network.max_lag_steps,
        },
        "diagnostics": [asdict(d) for d in prepared.diagnostics],
        "source_sha256": prepared.front.raw.sha256,
        "configuration_sha256": configuration_sha256,
        "stimulus": {
            **dict(stimulus.source),
            "steps": stimulus.steps,
            "batch": stimulus.batch,
            "given": given,
        },
        "options": options_record(options, prepared.target.name, prepared.host),
    }
