"""Runs a machine of convolution layers, layer by layer. All results are integers, and exact.

Without delays and cycles a layer can do all its time steps before the next one starts: so the largest count that
reaches a layer is known, and with it whether its sums are exact. The chip enters only through its arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from ...targets.machines.convolution import ConvolutionCore, ConvolutionMachine, evaluation_order
from ..diagnostic import error, raise_errors
from .choice import Span, SumEngine, whole
from .delivery.convolution import LARGEST_SUM, drive, fastest
from .provenance import INPUTS, Delivered, summed

CHUNK_BYTES = 8 << 20
"""Drive of the largest layer that is held at once; with more, what a step touches leaves the caches."""


@dataclass(frozen=True, kw_only=True)
class ConvolutionRun:
    """What a machine did, by core number. spikes: (T, B, F, height, width) before pooling, in the narrowest unsigned
    type that holds them. states: the same shape, int32, after each step, if asked for. beyond_16_bits: (F, height,
    width) int64, how often a state and what a step adds to it left 16 bits, over all steps and samples. delivered: how
    counts were brought to each core."""

    spikes: Mapping[int, np.ndarray]
    states: Mapping[int, np.ndarray]
    beyond_16_bits: Mapping[int, np.ndarray]
    delivered: tuple[Delivered, ...]


def simulate_layers(
    machine: ConvolutionMachine, module: ModuleType, events: np.ndarray, *, states: bool = False
) -> ConvolutionRun:
    """Run `machine` from its initial state on (T, B, C, H, W) event counts, B independent samples.

    events: any integer type, 0 .. 2**31 - 1. module: the chip's arithmetic.
    Raises ValueError for other events, and for a machine with a cycle or with a destination that does not fit;
    DiagnosticError: SPK4010 where sums, states or counts leave 32 bits."""
    _check(machine, events)
    return start_layers(machine, module, whole(events), states=states)(events)


def start_layers(
    machine: ConvolutionMachine, module: ModuleType, span: Span, *, states: bool = False
) -> Callable[[np.ndarray], ConvolutionRun]:
    """Begin a run of `simulate_layers` that is handed its events some steps at a time."""
    order = _order(machine)
    largest = max((int(np.prod(core.neuron_shape)) for core in machine.cores), default=1)
    at_once = max(1, CHUNK_BYTES // max(1, 4 * largest))
    samples = _power_of_two(at_once // max(1, span.at_once))
    length = _power_of_two(at_once // samples)
    v = {
        c.core: np.repeat(c.initial_v.astype(np.int64).transpose(1, 2, 0)[None], span.batch, axis=0)
        for c in machine.cores
    }

    def advance(events: np.ndarray) -> ConvolutionRun:
        _check(machine, events)
        steps, batch = events.shape[:2]
        parts: list[ConvolutionRun] = []
        for first in range(0, max(batch, 1), samples):
            some = slice(first, first + samples)
            own = {number: values[some] for number, values in v.items()}
            chunks = [
                _steps(machine, module, order, events[start : start + length, some], own, states)
                for start in range(0, max(steps, 1), length)
            ]
            parts.append(_joined(chunks, axis=0))
        return _joined(parts, axis=1)

    return advance


def _joined(parts: list[ConvolutionRun], axis: int) -> ConvolutionRun:
    if len(parts) == 1:
        return parts[0]

    def joined(by_core: list[Mapping[int, np.ndarray]]) -> dict[int, np.ndarray]:
        return {
            number: np.concatenate([part[number] for part in by_core], axis=axis) for number in by_core[0]
        }

    counted = [part.beyond_16_bits for part in parts]
    return ConvolutionRun(
        spikes=joined([part.spikes for part in parts]),
        states=joined([part.states for part in parts]),
        beyond_16_bits={number: np.sum([part[number] for part in counted], axis=0) for number in counted[0]},
        delivered=summed([part.delivered for part in parts]),
    )


def _power_of_two(limit: int) -> int:
    """The largest up to `limit`, at least 1: so that most chunks have the size of one that is compiled already."""
    return 1 << (max(1, limit).bit_length() - 1)


def _check(machine: ConvolutionMachine, events: np.ndarray) -> None:
    cores = machine.by_number
    if events.ndim != 5 or events.dtype.kind not in "iu":
        raise ValueError("events must be (T, B, C, H, W) integers")
    if events.size and not 0 <= int(events.min()) <= int(events.max()) <= LARGEST_SUM:
        raise ValueError("events must be counts of at most 31 bits")
    for number in machine.input_cores:
        if cores[number].input_shape != events.shape[2:]:
            raise ValueError(f"core {number} takes {cores[number].input_shape}, not {events.shape[2:]}")


def _order(machine: ConvolutionMachine) -> tuple[int, ...]:
    """The order of the cores."""
    cores = machine.by_number
    for core in machine.cores:
        channels, height, width = core.neuron_shape
        for d in core.destinations:
            room, *size = cores[d.core].input_shape
            if size != [height // d.pooling, width // d.pooling] or channels + d.channel_shift > room:
                raise ValueError(f"the spikes of core {core.core} do not fit core {d.core}")
    order = evaluation_order(machine.cores)
    if len(order) != len(machine.cores):
        raise ValueError("cores send to each other in a circle")
    return order


def _steps(
    machine: ConvolutionMachine,
    module: ModuleType,
    order: tuple[int, ...],
    events: np.ndarray,
    v: Mapping[int, np.ndarray],
    states: bool,
) -> ConvolutionRun:
    """All layers for some steps. v: core -> (B, height, width, F) int64, read and written."""
    from .convolution_kernel import pool

    cores, (steps, batch) = machine.by_number, events.shape[:2]
    given = np.ascontiguousarray(events.transpose(0, 1, 3, 4, 2), dtype=np.int64)
    waiting = {number: given for number in machine.input_cores}
    spikes: dict[int, np.ndarray] = {}
    recorded_states: dict[int, np.ndarray] = {}
    beyond: dict[int, np.ndarray] = {}
    delivered: list[Delivered] = []
    for number in order:
        core = cores[number]
        counts = waiting.pop(number, None)
        if counts is None:
            counts = _no_counts(steps, batch, core)
        engine = fastest(core, counts.reshape(-1, *counts.shape[2:]))
        fired, largest, recorded, beyond[number] = _layer(
            machine, module, core, counts, v[number], engine, states
        )
        delivered.append(
            Delivered(
                to=f"core {number}",
                neurons=int(np.prod(core.neuron_shape)),
                of=_senders(machine, number),
                spikes=int(np.count_nonzero(counts)),
                steps={"rows" if engine == "events" else "convolution": steps},
            )
        )
        for d in core.destinations:
            if d.core not in waiting:
                waiting[d.core] = _no_counts(steps, batch, cores[d.core])
            rows = fired.reshape(steps * batch, *fired.shape[2:])
            into = waiting[d.core]
            pool(rows, d.pooling, d.channel_shift, into.reshape(steps * batch, *into.shape[2:]))
        spikes[number] = _channels_first(fired.astype(np.min_scalar_type(largest)))
        if states:
            recorded_states[number] = _channels_first(recorded)
    return ConvolutionRun(
        spikes=spikes, states=recorded_states, beyond_16_bits=beyond, delivered=tuple(delivered)
    )


def _senders(machine: ConvolutionMachine, number: int) -> str:
    """Where the counts of a core come from."""
    cores = [f"core {core.core}" for core in machine.cores if number in {d.core for d in core.destinations}]
    return ", ".join([INPUTS] * (number in machine.input_cores) + cores)


def _no_counts(steps: int, batch: int, core: ConvolutionCore) -> np.ndarray:
    channels, height, width = core.input_shape
    return np.zeros((steps, batch, height, width, channels), dtype=np.int64)


def _channels_first(values: np.ndarray) -> np.ndarray:
    """(..., height, width, F) to (..., F, height, width)."""
    return np.moveaxis(values, -1, -3)


def _layer(
    machine: ConvolutionMachine,
    module: ModuleType,
    core: ConvolutionCore,
    counts: np.ndarray,
    v: np.ndarray,
    engine: SumEngine,
    states: bool,
) -> tuple[np.ndarray, int, np.ndarray, np.ndarray]:
    """Spikes (T, B, height, width, F) int32 and the most of one neuron, states likewise (no steps if not asked for),
    and beyond 16 bits (F, height, width)."""
    from .convolution_kernel import kernel

    steps, batch = counts.shape[:2]
    features, *size = core.neuron_shape
    n = int(np.prod(core.neuron_shape))
    rows = counts.reshape(steps * batch, *counts.shape[2:])
    arrives = drive(core, rows, engine=engine).reshape(steps, batch, n)
    spikes = np.zeros((steps, batch, n), dtype=np.int32)
    recorded = np.zeros((steps if states else 0, batch, n), dtype=np.int32)
    beyond = np.zeros(n, dtype=np.int64)
    variant = {
        "single_spike": machine.single_spike,
        "reset_to_zero": core.reset_to_zero,
        "saturate": machine.state_range is not None,
    }
    bias = np.tile(core.bias.astype(np.int64), size[0] * size[1])
    run = kernel(module, tuple(sorted(variant.items())))
    largest, most = run(
        arrives, bias, v.reshape(batch, n), core.threshold, core.low_threshold, spikes, recorded, beyond
    )
    if largest > LARGEST_SUM:
        raise_errors([error("SPK4010", f"counts or states of core {core.core} reach {largest}")])
    shape = (*size, features)
    return (
        spikes.reshape(steps, batch, *shape),
        most,
        recorded.reshape(len(recorded), batch, *shape),
        _channels_first(beyond.reshape(shape)),
    )
