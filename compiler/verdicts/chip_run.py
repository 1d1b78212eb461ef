"""Runs a decoded machine on a stimulus, and reads the network's layers and outputs off its raster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ...sim.diagnostic import error, raise_errors
from ...sim.engines.choice import ANY, Execution, FeatureMap
from ...sim.engines.exported import exported
from ...targets.chip import Chip
from ...targets.configuration import PopulationSymbols, Symbols
from ...targets.machines.any_machine import AnyMachine
from ..backends.interface import backend_of
from ..ir.network import Network, Projection
from ..ir.stages import ChipRun
from ..timed.cut import takes


def chip_events(
    symbols: Symbols, inputs: Mapping[str, np.ndarray], extra_steps: int, counts: tuple[int, int]
) -> np.ndarray:
    """(T + extra_steps, B, n_inputs), unsigned, as wide as the counts: what the host delivers; constant ports spike
    from their onset on.

    Raises DiagnosticError: SPK0420 where an input holds other values than the event counts (low, high)."""
    first = next(iter(inputs.values()))
    steps, batch = first.shape[0] + extra_steps, first.shape[1]
    width = max((port.first + port.size for port in symbols.inputs), default=0)
    events = np.zeros((steps, batch, width), dtype=np.min_scalar_type(counts[1]))
    found = []
    for port in symbols.inputs:
        place = slice(port.first, port.first + port.size)
        if port.constant:
            events[port.onset_step :, :, place] = 1
            continue
        values = inputs[port.name]
        if not takes(values, counts):
            worst = float(values.max()) if values.max() > counts[1] else float(values.min())
            message = f"input `{port.name}` holds {worst:g}; the chip takes {counts[0]} to {counts[1]} events a step"
            found.append(error("SPK0420", message, hint="run the first population on the host"))
            continue
        events[: values.shape[0], :, place] = values.reshape(*values.shape[:2], -1)
    raise_errors(found)
    return events


def run_chip(
    machine: AnyMachine,
    symbols: Symbols,
    target: Chip,
    network: Network,
    inputs: Mapping[str, np.ndarray],
    *,
    max_lag: int,
    states: bool = False,
    execution: Execution = ANY,
) -> ChipRun:
    """Simulate `machine` and read it at float steps through `symbols`."""
    silent = [
        p.name
        for p in symbols.populations
        if p.name in network.populations and network.populations[p.name].neuron.theta is None
    ]
    events = chip_events(symbols, inputs, max_lag, target.input_counts)
    backend = backend_of(target)
    execution = replace(execution, maps=feature_maps(symbols, machine.n_neurons))
    run = backend.simulate(machine, target, events, states=states or bool(silent), execution=execution)
    steps = next(iter(inputs.values())).shape[0]
    membrane = backend.membrane
    leaves = exported(machine.exports, run.spikes, run.states.get(membrane))
    layers: dict[str, np.ndarray] = {}
    for p in symbols.populations:
        if p.name not in network.populations:  # what the compiler added is no layer of the network
            continue
        values = run.spikes if p.name not in silent else run.states[membrane]
        emitted = values[:, :, p.machine_index]
        if p.name in silent:
            emitted = _in_float(emitted, p, membrane)
        late = network.populations[p.name].neuron.emission_delay
        layers[p.name] = shifted(emitted, p.lag_steps - late, steps)
    read = _read(symbols, leaves, membrane)
    outputs = {
        name: _output(network.into(name), read, inputs, steps).reshape(steps, -1, *shape)
        for name, shape in sorted(network.outputs.items())
    }
    return ChipRun(run=run, exported=leaves, layers=layers, outputs=outputs)


def feature_maps(symbols: Symbols, neurons: int) -> tuple[FeatureMap, ...]:
    """Populations and inputs that have sides. neurons: of the machine.

    Symbols are the compiler's word, and no more than a hint: who looks for convolutions there proves what he finds."""
    populations = [FeatureMap(shape=p.shape, sources=p.machine_index) for p in symbols.populations]
    ports = [
        FeatureMap(shape=port.shape, sources=neurons + port.first + np.arange(port.size))
        for port in symbols.inputs
    ]
    return tuple(one for one in (*populations, *ports) if len(one.shape) > 1)


def _in_float(values: np.ndarray, population: PopulationSymbols, membrane: str) -> np.ndarray:
    """Integers of the state `membrane` in the network's units, float32."""
    scale = population.scales[membrane]
    return (values / scale.units + scale.offset).astype(np.float32)


def _read(symbols: Symbols, leaves: np.ndarray, membrane: str) -> dict[str, tuple[np.ndarray, int]]:
    """Population -> what the host reads of it, (T, B, n) in chip steps, and the lag of what lets it out."""
    by_name = {p.name: p for p in symbols.populations}
    found: dict[str, tuple[np.ndarray, int]] = {}
    for output in symbols.outputs:
        by, values = by_name[output.population], leaves[:, :, output.line]
        found[output.name] = (_in_float(values, by, membrane) if output.membrane else values, by.lag_steps)
    return found


def shifted(raster: np.ndarray, shift: int, steps: int) -> np.ndarray:
    """raster[t + shift] for t in 0..steps-1, zeros outside."""
    moved = np.zeros((steps, *raster.shape[1:]), dtype=raster.dtype)
    low, high = max(0, -shift), min(steps, raster.shape[0] - shift)
    if high > low:
        moved[low:high] = raster[low + shift : high + shift]
    return moved


def _output(
    projections: tuple[Projection, ...],
    read: Mapping[str, tuple[np.ndarray, int]],
    inputs: Mapping[str, np.ndarray],
    steps: int,
) -> np.ndarray:
    """What the host makes of what leaves the chip: the linear maps between the last neurons and the Output."""
    total: np.ndarray | None = None
    for p in projections:
        for delay in sorted(p.taps):
            if p.pre in read:
                values, lag = read[p.pre]
                source = shifted(values, lag - delay, steps)
            else:
                source = shifted(inputs[p.pre].reshape(*inputs[p.pre].shape[:2], -1), -delay, steps)
            flat = source.reshape(-1, source.shape[-1]).astype(np.float64)
            part = (p.taps[delay] @ flat.T).T.reshape(*source.shape[:2], -1)
            total = part if total is None else total + part
        for onset in sorted(p.bias):
            if total is not None:
                total[onset:] += p.bias[onset]
    if total is None:
        raise ValueError("an Output without a source passed the checks")
    return total.astype(np.float32)
