"""Symbols and the quantised network as `.npz` bytes, the same for the same content, and symbols back again."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Literal

import msgspec
import numpy as np

from ...sim.diagnostic import DiagnosticError, error
from ...sim.npzguard import members, read_arrays
from ...targets.configuration import (
    CopySymbols,
    InputSymbols,
    OutputSymbols,
    PopulationSymbols,
    StateScale,
    Symbols,
)
from ...targets.machines.convolution import ConvolutionCore
from ...targets.machines.synapse_rows import SynapseRows
from ..ir.quantized import EventOrder, QuantizedNetwork, QuantizedProjection

SYMBOLS = "symbols.npz"
Count = Annotated[int, msgspec.Meta(ge=0, lt=1 << 31)]
Steps = Annotated[int, msgspec.Meta(gt=-(1 << 31), lt=1 << 31)]


def npz_bytes(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Write arrays as numpy.savez_compressed does: members in sorted order, with a fixed date.

    Compressed quickly: of large random weights, more effort takes six times as long and saves a fiftieth."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in sorted(arrays):
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(arrays[name]), allow_pickle=False)
    return buffer.getvalue()


def json_bytes(value: object) -> bytes:
    """Write JSON as bytes, keys sorted, the same for the same value."""
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=True) + "\n").encode()


def json_rows_bytes(value: object) -> bytes:
    """Write JSON as `json_bytes` does, but each list of plain values in one line."""
    return (_with_rows(value, "\n") + "\n").encode()


def _with_rows(value: object, start: str) -> str:
    deeper = start + " "
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {_with_rows(value[key], deeper)}" for key in sorted(value)]
        return f"{{{deeper}{f',{deeper}'.join(parts)}{start}}}" if parts else "{}"
    if isinstance(value, list | tuple) and any(isinstance(each, dict | list | tuple) for each in value):
        parts = [_with_rows(each, deeper) for each in value]
        return f"[{deeper}{f',{deeper}'.join(parts)}{start}]"
    return json.dumps(value, separators=(",", ":"))


def _text(value: object) -> np.ndarray:
    return np.frombuffer(json.dumps(value, sort_keys=True).encode(), dtype=np.uint8)


def symbols_bytes(symbols: Symbols) -> bytes:
    """`index` is JSON (as bytes) with names and numbers; `machine_index/<k>` the neurons of population k,
    `copy/<k>/machine_index` and `copy/<k>/neuron` those of copy k, `output/<k>/line` the lines of output k."""
    index: dict[str, object] = {
        "schema_version": 1,
        "populations": [
            {
                "name": p.name,
                "shape": p.shape,
                "lag_steps": p.lag_steps,
                "role": p.role,
                "scales": {name: [s.units, s.offset] for name, s in sorted(p.scales.items())},
                **({"counts_for": p.counts_for} if p.counts_for else {}),
            }
            for p in symbols.populations
        ],
        "inputs": [
            {
                "name": p.name,
                "shape": p.shape,
                "first": p.first,
                "size": p.size,
                "constant": p.constant,
                "onset_step": p.onset_step,
                **({"once": True} if p.once else {}),
            }
            for p in symbols.inputs
        ],
    }
    if symbols.copies:
        index["copies"] = [[c.population, c.role, c.delay_steps] for c in symbols.copies]
    index["outputs"] = [[o.name, o.population, o.membrane] for o in symbols.outputs]
    arrays = {f"machine_index/{k:05d}": p.machine_index for k, p in enumerate(symbols.populations)}
    arrays |= {f"output/{k:05d}/line": o.line for k, o in enumerate(symbols.outputs)}
    for k, c in enumerate(symbols.copies):
        arrays |= {f"copy/{k:05d}/machine_index": c.machine_index, f"copy/{k:05d}/neuron": c.neuron}
    return npz_bytes({"index": _text(index), **arrays})


class _Population(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    shape: tuple[Count, ...]
    lag_steps: Steps
    role: str
    scales: dict[str, tuple[float, float]]
    counts_for: str = ""


class _Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    shape: tuple[Count, ...]
    first: Count
    size: Count
    constant: bool
    onset_step: Steps
    once: bool = False


class _Index(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema_version: Literal[1]
    populations: tuple[_Population, ...]
    inputs: tuple[_Input, ...]
    outputs: tuple[tuple[str, str, bool], ...]
    copies: tuple[tuple[str, str, Count], ...] = ()


def read_symbols(data: bytes) -> Symbols:
    """The inverse of `symbols_bytes`; whether they fit a machine is for `verdicts.symbols` to say.

    Raises DiagnosticError: SPK4104 where these bytes are no symbols."""
    file = io.BytesIO(data)
    try:
        arrays = read_arrays(file, members(file))
        return _symbols(arrays)
    except (DiagnosticError, ValueError, RecursionError) as problem:
        found = problem.diagnostics[0].message if isinstance(problem, DiagnosticError) else str(problem)
        message = f"{SYMBOLS} cannot be read: {found or type(problem).__name__}"
        raise DiagnosticError((error("SPK4104", message, hint="compile again"),)) from problem


def _symbols(arrays: Mapping[str, np.ndarray]) -> Symbols:
    """Raises ValueError where an array is missing or is none of indices, and for another index."""
    if "index" not in arrays:
        raise ValueError("there is no array index")
    index = msgspec.convert(json.loads(arrays["index"].tobytes()), _Index)
    return Symbols(
        populations=tuple(
            PopulationSymbols(
                name=p.name,
                shape=p.shape,
                machine_index=_indices(arrays, f"machine_index/{k:05d}"),
                lag_steps=p.lag_steps,
                role=p.role,
                scales={name: StateScale(units=u, offset=o) for name, (u, o) in p.scales.items()},
                counts_for=p.counts_for,
            )
            for k, p in enumerate(index.populations)
        ),
        inputs=tuple(InputSymbols(**msgspec.structs.asdict(p)) for p in index.inputs),
        copies=tuple(
            CopySymbols(
                population=population,
                role=role,
                delay_steps=delay,
                machine_index=_indices(arrays, f"copy/{k:05d}/machine_index"),
                neuron=_indices(arrays, f"copy/{k:05d}/neuron"),
            )
            for k, (population, role, delay) in enumerate(index.copies)
        ),
        outputs=tuple(
            OutputSymbols(
                name=name,
                population=population,
                line=_indices(arrays, f"output/{k:05d}/line"),
                membrane=membrane,
            )
            for k, (name, population, membrane) in enumerate(index.outputs)
        ),
    )


def _indices(arrays: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    """(n,) int64."""
    if name not in arrays:
        raise ValueError(f"there is no array {name}")
    if arrays[name].ndim != 1 or arrays[name].dtype.kind not in "iu":
        raise ValueError(f"{name} is no list of integers")
    return arrays[name].astype(np.int64)


def _layer_index(layer: ConvolutionCore) -> dict[str, object]:
    return {
        "input_shape": layer.input_shape,
        "threshold": layer.threshold,
        "low_threshold": layer.low_threshold,
        "reset_to_zero": layer.reset_to_zero,
        "stride": layer.stride,
        "padding": layer.padding,
        "destinations": [[d.core, d.pooling, d.channel_shift] for d in layer.destinations],
    }


def _parts(record: QuantizedProjection | EventOrder) -> tuple[dict[str, object], dict[str, np.ndarray]]:
    """The fields of a record that JSON takes, and its arrays."""
    every = {field.name: getattr(record, field.name) for field in fields(record)}
    synapses = every.pop("synapses", None)
    if isinstance(synapses, SynapseRows):
        every |= {
            field.name: getattr(synapses, field.name) for field in fields(synapses) if field.name != "axon"
        }
    arrays = {name: value for name, value in every.items() if isinstance(value, np.ndarray)}
    plain = {name: dict(value) if isinstance(value, Mapping) else value for name, value in every.items()}
    return {name: value for name, value in plain.items() if name not in arrays}, arrays


def quantized_bytes(network: QuantizedNetwork, envelope: Mapping[str, np.ndarray]) -> bytes:
    """Everything of the fork point: `index` (JSON) and the arrays of populations and projections.

    envelope: population -> (n,) largest sum that can arrive at each compartment in one step."""
    arrays: dict[str, np.ndarray] = {}
    index: dict[str, object] = {
        "schema_version": 2,
        "target": network.target,
        "outputs": {path: list(names) for path, names in sorted(network.outputs.items())},
        "copied": dict(sorted(network.copied.items())),
        "max_lag_steps": network.max_lag_steps,
        "inputs": [
            [p.name, p.shape, p.constant, p.onset_step, *([True] if p.once else [])] for p in network.inputs
        ],
        "populations": [
            {
                "name": p.name,
                "shape": p.shape,
                "core_params": dict(p.core_params),
                "scales": {name: [s.units, s.offset] for name, s in sorted(p.scales.items())},
                "lag_steps": p.lag_steps,
                "emission_delay": p.emission_delay,
                "spiking": p.spiking,
            }
            for p in network.populations
        ],
        "projections": [_parts(p)[0] for p in network.projections],
    }
    if network.kernels is not None:
        index["layers"] = [_layer_index(layer) for layer in network.kernels.layers]
        index["input_layers"] = network.kernels.inputs
        index["single_spike"] = network.kernels.single_spike
        for k, layer in enumerate(network.kernels.layers):
            kept = {"kernel": layer.kernel, "bias": layer.bias, "initial_v": layer.initial_v}
            arrays |= {f"layer/{k:05d}/{name}": value for name, value in kept.items()}
    if network.order is not None:
        index["order"], routes = _parts(network.order)
        arrays |= {f"order/{name}": value for name, value in routes.items()}
    if network.rest:
        index["rest"] = {
            name: {"level": rest.level, "source": rest.source} for name, rest in sorted(network.rest.items())
        }
    if network.lowered:
        index["lowered"] = {name: [p.fall, p.rise] for name, p in sorted(network.lowered.items())}
    for k, population in enumerate(network.populations):
        for name in sorted(population.params):
            arrays[f"population/{k:05d}/{name}"] = population.params[name]
        arrays[f"population/{k:05d}/envelope"] = envelope[population.name]
    for k, p in enumerate(network.projections):
        arrays |= {f"projection/{k:05d}/{name}": value for name, value in _parts(p)[1].items()}
    return npz_bytes({"index": _text(index), **arrays})
