"""Runs a machine of convolution layers, layer by layer. All results are integers, and exact.

Without delays and cycles a layer can do all its time steps before the next one starts: so the largest count that
reaches a layer is known, and with it whether its sums are exact. The chip enters only through its arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from ..targets.convolution import ConvolutionCore, ConvolutionMachine, evaluation_order
from .delivery.convolution import LARGEST_SUM, convolve, pool
from .diagnostic import error, raise_errors

CHUNK_BYTES = 128 << 20


@dataclass(frozen=True, kw_only=True)
class ConvolutionRun:
    """What a machine did, by core number. spikes: (T, B, F, height, width) before pooling, in the narrowest unsigned
    type that holds them. states: the same shape, int32, after each step, if asked for. beyond_16_bits: (F, height,
    width) int64, how often a state and what a step adds to it left 16 bits, over all steps and samples."""

    spikes: Mapping[int, np.ndarray]
    states: Mapping[int, np.ndarray]
    beyond_16_bits: Mapping[int, np.ndarray]


def simulate_layers(
    machine: ConvolutionMachine, module: ModuleType, events: np.ndarray, *, states: bool = False
) -> ConvolutionRun:
    """Run `machine` from its initial state on (T, B, C, H, W) event counts, B independent samples.

    events: any integer type, 0 .. 2**31 - 1. module: the chip's arithmetic.
    Raises ValueError for other events, and for a machine with a cycle or with a destination that does not fit;
    DiagnosticError: SPK4010 where sums, states or counts leave 32 bits."""
    order = _checked(machine, events)
    steps, batch = events.shape[:2]
    largest = max((int(np.prod(core.neuron_shape)) for core in machine.cores), default=1)
    share = max(1, CHUNK_BYTES // max(1, 4 * steps * largest))
    parts = [
        _samples(machine, module, order, events[:, first : first + share], states)
        for first in range(0, max(batch, 1), share)
    ]
    numbers = sorted(machine.by_number)

    def joined(found: list[Mapping[int, np.ndarray]]) -> dict[int, np.ndarray]:
        return {number: np.concatenate([part[number] for part in found], axis=1) for number in numbers}

    return ConvolutionRun(
        spikes=joined([part.spikes for part in parts]),
        states=joined([part.states for part in parts]) if states else {},
        beyond_16_bits={
            number: np.sum([part.beyond_16_bits[number] for part in parts], axis=0) for number in numbers
        },
    )


def _checked(machine: ConvolutionMachine, events: np.ndarray) -> tuple[int, ...]:
    """The order of the cores."""
    cores = machine.by_number
    if events.ndim != 5 or events.dtype.kind not in "iu":
        raise ValueError("events must be (T, B, C, H, W) integers")
    if events.size and not 0 <= int(events.min()) <= int(events.max()) <= LARGEST_SUM:
        raise ValueError("events must be counts of at most 31 bits")
    for number in machine.input_cores:
        if cores[number].input_shape != events.shape[2:]:
            raise ValueError(f"core {number} takes {cores[number].input_shape}, not {events.shape[2:]}")
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


def _samples(
    machine: ConvolutionMachine,
    module: ModuleType,
    order: tuple[int, ...],
    events: np.ndarray,
    states: bool,
) -> ConvolutionRun:
    cores = machine.by_number
    waiting = {number: events.astype(np.int64) for number in machine.input_cores}
    spikes: dict[int, np.ndarray] = {}
    held: dict[int, np.ndarray] = {}
    beyond: dict[int, np.ndarray] = {}
    for number in order:
        core = cores[number]
        counts = waiting.pop(number, None)
        if counts is None:
            counts = np.zeros((*events.shape[:2], *core.input_shape), dtype=np.int64)
        fired, held[number], beyond[number] = _layer(machine, module, core, counts, states)
        for d in core.destinations:
            target = waiting.setdefault(
                d.core, np.zeros((*events.shape[:2], *cores[d.core].input_shape), dtype=np.int64)
            )
            target[:, :, d.channel_shift : d.channel_shift + core.kernel.shape[0]] += pool(fired, d.pooling)
        spikes[number] = fired.astype(np.min_scalar_type(int(fired.max(initial=0))))
    return ConvolutionRun(spikes=spikes, states=held, beyond_16_bits=beyond)


def _layer(
    machine: ConvolutionMachine, module: ModuleType, core: ConvolutionCore, counts: np.ndarray, states: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Spikes (T, B, F, height, width) int32, states likewise (no steps if not asked for), and beyond 16 bits."""
    from .convolution_kernel import kernel

    steps, batch = counts.shape[:2]
    shape = core.neuron_shape
    n = int(np.prod(shape))
    drive = convolve(core, counts.reshape(steps * batch, *core.input_shape)).reshape(steps, batch, n)
    spikes = np.zeros((steps, batch, n), dtype=np.int32)
    recorded = np.zeros((steps if states else 0, batch, n), dtype=np.int32)
    beyond = np.zeros(n, dtype=np.int64)
    variant = {
        "single_spike": machine.single_spike,
        "reset_to_zero": core.reset_to_zero,
        "saturate": machine.state_range is not None,
    }
    bias = np.repeat(core.bias.astype(np.int64), shape[1] * shape[2])
    v = np.tile(core.initial_v.astype(np.int64).reshape(1, n), (batch, 1))
    run = kernel(module, tuple(sorted(variant.items())))
    largest = run(drive, bias, v, core.threshold, core.low_threshold, spikes, recorded, beyond)
    if largest > LARGEST_SUM:
        raise_errors([error("SPK4010", f"counts or states of core {core.core} reach {largest}")])
    return (
        spikes.reshape(steps, batch, *shape),
        recorded.reshape(len(recorded), batch, *shape),
        beyond.reshape(shape),
    )
