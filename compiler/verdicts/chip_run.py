"""Runs a decoded machine on a stimulus, and reads the network's layers and outputs off its raster.

A run goes through its steps part by part. What the network does in a step may be read off the raster of later steps, as
it lags behind, and of earlier ones, where an Output delays: so some rows wait from one part to the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...sim.diagnostic import error, raise_errors
from ...sim.engines.choice import ANY, Execution, FeatureMap, Span
from ...sim.engines.exported import exported
from ...sim.nir.path import shown
from ...targets.chip import Chip
from ...targets.configuration import PopulationSymbols, Symbols
from ...targets.machines.any_machine import AnyMachine
from ..backends.interface import backend_of
from ..ir.network import Network, Projection
from ..ir.stages import ChipRun
from ..timed.cut import odd_values, takes

INPUT = "input/"
"""Before the name of an input, among arrays of a run."""


def chip_events(
    symbols: Symbols,
    inputs: Mapping[str, np.ndarray],
    extra_steps: int,
    counts: tuple[int, int],
    first_step: int = 0,
) -> np.ndarray:
    """(T + extra_steps, B, n_inputs), unsigned, as wide as the counts: what the host delivers from `first_step` on;
    constant ports spike from their onset on, or in that step alone.

    Raises DiagnosticError: SPK0420 as `demand_counts`."""
    demand_counts(symbols, inputs, counts)
    first = next(iter(inputs.values()))
    steps, batch = first.shape[0] + extra_steps, first.shape[1]
    width = max((port.first + port.size for port in symbols.inputs), default=0)
    events = np.zeros((steps, batch, width), dtype=np.min_scalar_type(counts[1]))
    for port in symbols.inputs:
        place = slice(port.first, port.first + port.size)
        if port.constant:
            at = port.onset_step - first_step
            events[max(0, at) : max(0, at + 1) if port.once else steps, :, place] = 1
        else:
            values = inputs[port.name]
            events[: values.shape[0], :, place] = values.reshape(*values.shape[:2], -1)
    return events


def demand_counts(symbols: Symbols, inputs: Mapping[str, np.ndarray], counts: tuple[int, int]) -> None:
    """Raise DiagnosticError, SPK0420, where an input holds other values than the event counts (low, high)."""
    found = []
    for port in symbols.inputs:
        if port.constant or takes(inputs[port.name], counts):
            continue
        message = (
            f"input `{shown(port.name)}` holds {odd_values(inputs[port.name], counts)}; the chip takes whole numbers "
            f"from {counts[0]} to {counts[1]}, events of a step"
        )
        hint = "encode the input as spikes; or compile with --host-prefix: the host runs the populations that take it"
        found.append(error("SPK0420", message, hint=hint))
    raise_errors(found)


def most_sent(inputs: Mapping[str, np.ndarray], counts: tuple[int, int]) -> int:
    """The largest number that an element may be sent: 1 where there are spikes alone, else what the chip takes."""
    return counts[1] if any(bool((values > 1).any()) for values in inputs.values()) else 1


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
    first = next(iter(inputs.values()))
    most = most_sent(inputs, target.input_counts)
    span = Span(steps=len(first), batch=first.shape[1], at_once=len(first), most=most)
    (run,) = run_in_parts(
        machine, symbols, target, network, [inputs], span, max_lag=max_lag, states=states, execution=execution
    )
    return run


def run_in_parts(
    machine: AnyMachine,
    symbols: Symbols,
    target: Chip,
    network: Network,
    parts: Iterable[Mapping[str, np.ndarray]],
    span: Span,
    *,
    max_lag: int,
    states: bool = False,
    execution: Execution = ANY,
) -> Iterator[ChipRun]:
    """The same for one part of the stimulus after the other: runs of which each goes on where the last one ended.

    Joined along time they are the whole run, bit for bit; a part may give fewer steps of layers and outputs than it
    has. span: of the whole stimulus."""
    backend = backend_of(target)
    reader = _Reader(
        symbols=symbols,
        network=network,
        membrane=backend.membrane,
        silent=frozenset(
            p.name
            for p in symbols.populations
            if p.name in network.populations and network.populations[p.name].neuron.theta is None
        ),
    )
    execution = replace(execution, maps=feature_maps(symbols, machine.n_neurons))
    lasts = Span(steps=span.steps + max_lag, batch=span.batch, at_once=span.at_once + max_lag, most=span.most)
    advance = backend.start(machine, target, lasts, states=states or bool(reader.silent), execution=execution)
    shifts = reader.shifts()
    raster, now, done = _Rows(first=0, arrays={}), 0, 0
    for inputs in parts:
        size = len(next(iter(inputs.values())))
        is_last = now + size == span.steps
        events = chip_events(symbols, inputs, max_lag if is_last else 0, target.input_counts, now)
        run = advance(events)
        membranes = run.states.get(backend.membrane)
        leaves = exported(machine.exports, run.spikes, membranes)
        new = {"spikes": run.spikes, "leaves": leaves}
        new |= {INPUT + name: values.reshape(size, span.batch, -1) for name, values in inputs.items()}
        if reader.silent and membranes is not None:
            new["membranes"] = membranes
        raster, now = raster.longer(new), now + size
        known = span.steps if is_last else max(done, now - max(0, *shifts))
        layers, outputs = reader.read(raster, done, known)
        yield ChipRun(run=run, exported=leaves, layers=layers, outputs=outputs)
        raster, done = raster.since(known + min(0, *shifts)), known


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """What is known of a run from chip step `first` on: (t, B, ...) arrays of spikes, membranes, leaves, inputs."""

    first: int
    arrays: Mapping[str, np.ndarray]

    def longer(self, new: Mapping[str, np.ndarray]) -> _Rows:
        """With the rows of some more steps."""
        kept = {name: old for name, old in self.arrays.items() if len(old)}
        joined = {
            name: np.concatenate([kept[name], rows]) if name in kept else rows for name, rows in new.items()
        }
        return _Rows(first=self.first, arrays=joined)

    def since(self, step: int) -> _Rows:
        """Without what lies before a step."""
        gone = max(0, step - self.first)
        kept = {name: values[gone:].copy() for name, values in self.arrays.items()}
        return _Rows(first=self.first + gone, arrays=kept)


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """Reads layers and outputs of a network off the raster of its chip. membrane: name of that state. silent:
    populations that show their membranes, as they do not spike."""

    symbols: Symbols
    network: Network
    membrane: str
    silent: frozenset[str]

    def layer_shifts(self) -> dict[str, int]:
        """Population -> chip steps that its raster lags behind the network's. What the compiler added is no layer."""
        populations = self.network.populations
        return {
            p.name: p.lag_steps - populations[p.name].neuron.emission_delay
            for p in self.symbols.populations
            if p.name in populations
        }

    def shifts(self) -> tuple[int, ...]:
        """Of all that is read: the chip step of a row less the network's."""
        lags = {p.name: p.lag_steps for p in self.symbols.populations}
        read = {output.name: lags[output.population] for output in self.symbols.outputs}
        of_outputs = [
            read.get(p.pre, 0) - delay
            for name in sorted(self.network.outputs)
            for p in self.network.into(name)
            for delay in p.taps
        ]
        return (0, *self.layer_shifts().values(), *of_outputs)

    def read(
        self, raster: _Rows, begin: int, end: int
    ) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Layers and outputs in steps begin .. end - 1 of the network."""
        steps, offset, arrays = end - begin, begin - raster.first, raster.arrays
        shifts, layers = self.layer_shifts(), dict[str, np.ndarray]()
        for p in self.symbols.populations:
            if p.name not in shifts:
                continue
            silent = p.name in self.silent
            emitted = arrays["membranes" if silent else "spikes"][:, :, p.machine_index]
            if silent:
                emitted = _in_float(emitted, p, self.membrane)
            layers[p.name] = shifted(emitted, shifts[p.name] + offset, steps)
        for p in self.symbols.populations:
            if p.counts_for in layers:
                more = shifted(arrays["spikes"][:, :, p.machine_index], shifts[p.counts_for] + offset, steps)
                layers[p.counts_for] = layers[p.counts_for].astype(np.uint8) + more
        read = _read(self.symbols, arrays["leaves"], self.membrane)
        sources = {
            key.removeprefix(INPUT): (values, offset)
            for key, values in arrays.items()
            if key.startswith(INPUT)
        }
        sources |= {name: (values, lag + offset) for name, (values, lag) in read.items()}
        batch = arrays["spikes"].shape[1]
        outputs = {
            name: _output(self.network.into(name), sources, begin, steps).reshape(steps, batch, *shape)
            for name, shape in sorted(self.network.outputs.items())
        }
        return layers, outputs


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
        values = _in_float(values, by, membrane) if output.membrane else values
        if output.name in found:  # several populations count the spikes of one
            values = values + found[output.name][0]
        found[output.name] = (values, by.lag_steps)
    return found


def shifted(raster: np.ndarray, shift: int, steps: int) -> np.ndarray:
    """raster[t + shift] for t in 0..steps-1, zeros outside."""
    moved = np.zeros((steps, *raster.shape[1:]), dtype=raster.dtype)
    low, high = max(0, -shift), min(steps, raster.shape[0] - shift)
    if high > low:
        moved[low:high] = raster[low + shift : high + shift]
    return moved


def _output(
    projections: Sequence[Projection], sources: Mapping[str, tuple[np.ndarray, int]], begin: int, steps: int
) -> np.ndarray:
    """What the host makes of what leaves the chip, in `steps` steps from `begin` on: the linear maps between the last
    neurons and the Output. sources: name -> rows (t, B, n), and the row of step `begin`."""
    total: np.ndarray | None = None
    for p in projections:
        for delay in sorted(p.taps):
            values, row = sources[p.pre]
            source = shifted(values, row - delay, steps)
            flat = source.reshape(-1, source.shape[-1]).astype(np.float64)
            product = p.taps[delay] @ flat.T
            part = product.T.reshape(*source.shape[:2], len(product))
            total = part if total is None else total + part
        for onset in sorted(p.bias):
            if total is not None:
                total[max(0, onset - begin) :] += p.bias[onset]
    if total is None:
        raise ValueError("an Output without a source passed the checks")
    return total.astype(np.float32)
