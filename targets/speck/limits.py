"""Checks a configuration against the limits of its chip, on each core: lists all that it breaks, with numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..chip import Range
from ..machines.convolution import ConvolutionCore, Destination, evaluation_order
from ..violation import Violation
from .configuration import SpeckConfiguration
from .memory import entries_of
from .model import SpeckChip


def violations(configuration: SpeckConfiguration, revision: SpeckChip) -> tuple[Violation, ...]:
    """Every limit of every core, at its worst place, in the order of cores. Nothing is found in what can be loaded.

    The arrays must agree in their sizes: see `check_shapes`."""
    check_shapes(configuration)
    checked = [*_numbers(configuration, revision)]
    for core in configuration.cores:
        checked += [*_memories(core, revision), *_layer(core, revision), *_values(core, revision)]
        checked += _destinations(core, configuration, revision)
    checked += [*_host(configuration), *_readout(configuration, revision)]
    return tuple(v for v in checked if not v.holds)


def layer_violations(core: ConvolutionCore, revision: SpeckChip) -> tuple[Violation, ...]:
    """Those that a layer breaks on every core: sizes, strides, paddings and numbers, not memories."""
    return tuple(v for v in (*_layer(core, revision), *_values(core, revision)) if not v.holds)


def check_shapes(configuration: SpeckConfiguration) -> None:
    """Raises ValueError for arrays that belong to no one layer, and for sizes and strides below 1."""
    for core in configuration.cores:
        if core.kernel.ndim != 4 or 0 in core.kernel.shape or min(*core.stride, *core.input_shape) < 1:
            raise ValueError(f"core {core.core}: a kernel, an input or a stride of no size")
        if core.kernel.shape[1] != core.input_shape[0]:
            raise ValueError(
                f"core {core.core}: the kernel takes another number of channels than the input has"
            )
        if core.bias.shape != core.kernel.shape[:1] or core.initial_v.shape != core.neuron_shape:
            raise ValueError(f"core {core.core}: bias or initial state has the wrong shape")


def _numbers(c: SpeckConfiguration, revision: SpeckChip) -> Iterator[Violation]:
    numbers = [core.core for core in c.cores]
    yield Violation("cores", "configuration", len(numbers), 1, revision.cores.count)
    for number in sorted(set(numbers)):
        yield Violation("core number", f"core {number}", number, 0, revision.cores.count - 1)
        yield Violation("layers of a core", f"core {number}", numbers.count(number), 1, 1)
    circle = len(numbers) - len(evaluation_order(c.cores)) if len(set(numbers)) == len(numbers) else 0
    yield Violation("cores on a cycle or behind one", "configuration", circle, 0, 0)


def _memories(core: ConvolutionCore, revision: SpeckChip) -> Iterator[Violation]:
    if not 0 <= core.core < revision.cores.count:
        return
    used, entries, place = entries_of(core), revision.cores, f"core {core.core}"
    yield Violation("kernel entries", place, used.kernel, 0, entries.kernel_entries[core.core])
    yield Violation("neuron entries", place, used.neuron, 0, entries.neuron_entries[core.core])
    yield Violation("bias entries", place, used.bias, 0, entries.bias_entries[core.core])


def _layer(core: ConvolutionCore, revision: SpeckChip) -> Iterator[Violation]:
    layer, place = revision.layer, f"core {core.core}"
    channels, height, width = core.neuron_shape
    _, _, rows, columns = core.kernel.shape
    most: tuple[tuple[str, int, int], ...] = (
        ("input channels", core.input_shape[0], layer.channels),
        ("input height", core.input_shape[1], layer.input_size),
        ("input width", core.input_shape[2], layer.input_size),
        ("output channels", channels, layer.channels),
        ("neuron map height", height, layer.output_size),
        ("neuron map width", width, layer.output_size),
        ("kernel rows", int(rows), layer.kernel_size),
    )
    for what, size, limit in most:
        yield Violation(what, place, size, 1, limit)
    yield Violation("kernel columns (as many as rows)", place, int(columns), int(rows), int(rows))
    for axis, stride, padding in zip(("vertical", "horizontal"), core.stride, core.padding, strict=True):
        yield _one_of(f"{axis} stride", place, stride, layer.strides)
        yield Violation(f"{axis} padding", place, padding, *layer.padding)


def _values(core: ConvolutionCore, revision: SpeckChip) -> Iterator[Violation]:
    ranges, place = revision.ranges, f"core {core.core}"
    yield from _worst("weight", f"{place} weight", core.kernel, ranges.weight)
    yield from _worst("bias", f"{place} channel", core.bias, ranges.bias)
    yield from _worst("initial state", f"{place} neuron", core.initial_v, ranges.state)
    yield Violation("threshold", place, core.threshold, *ranges.threshold)
    low, high = ranges.low_threshold
    yield Violation("low threshold", place, core.low_threshold, low, min(high, core.threshold - 1))


def _worst(what: str, place: str, values: np.ndarray, allowed: Range) -> Iterator[Violation]:
    """The value farthest outside, the first of them, counted row by row; nothing for no values."""
    if values.size:
        wide = values.ravel().astype(np.int64)
        at = int(np.maximum(allowed[0] - wide, wide - allowed[1]).argmax())
        yield Violation(what, f"{place} {at}", int(wide[at]), *allowed)


def _destinations(core: ConvolutionCore, c: SpeckConfiguration, revision: SpeckChip) -> Iterator[Violation]:
    place = f"core {core.core}"
    yield Violation("destinations", place, len(core.destinations), 0, revision.cores.destinations)
    by_number = {other.core: other for other in c.cores}
    readout = revision.readout
    for d in core.destinations:
        to = f"{place} to {d.core}"
        yield _one_of("pooling", to, d.pooling, revision.layer.poolings)
        if readout is not None and d.core == readout.destination:
            last = core.neuron_shape[0] - 1 + d.channel_shift
            yield Violation("last channel for the read-out", to, last, 0, readout.channels - 1)
            yield Violation("read-out settings", to, int(c.readout is not None), 1, 1)
        elif d.core not in by_number:
            yield Violation("layers of the destination", to, 0, 1, 1)
        else:
            yield from _fit(core, d, by_number[d.core], to)


def _fit(core: ConvolutionCore, d: Destination, target: ConvolutionCore, to: str) -> Iterator[Violation]:
    channels, height, width = core.neuron_shape
    room, *size = target.input_shape
    pooling = max(1, d.pooling)
    yield Violation("channel shift", to, d.channel_shift, 0, max(0, room - channels))
    yield Violation("channels sent", to, channels, 1, room)
    for what, sent, taken in zip(
        ("height", "width"), (height // pooling, width // pooling), size, strict=True
    ):
        yield Violation(f"{what} sent", to, sent, taken, taken)


def _host(c: SpeckConfiguration) -> Iterator[Violation]:
    by_number = {core.core: core for core in c.cores}
    yield Violation("cores with input", "configuration", len(c.input_cores), 1, len(c.cores))
    for what, numbers in (
        ("layers of an input core", c.input_cores),
        ("layers of a monitored core", c.monitored),
    ):
        for number in numbers:
            yield Violation(what, f"core {number}", int(number in by_number), 1, 1)
    for number in sorted(set(c.input_cores)):
        times = c.input_cores.count(number)
        yield Violation("times that input goes to a core", f"core {number}", times, 1, 1)
    fed = [by_number[number] for number in c.input_cores if number in by_number]
    for axis, name in enumerate(("channels", "height", "width")):
        for core in fed:
            same = fed[0].input_shape[axis]
            what = f"input {name} of all input cores"
            yield Violation(what, f"core {core.core}", core.input_shape[axis], same, same)


def _readout(c: SpeckConfiguration, revision: SpeckChip) -> Iterator[Violation]:
    if c.readout is None:
        return
    yield Violation("read-out blocks", "configuration", 1, 1, int(revision.readout is not None))
    if revision.readout is not None:
        yield Violation(
            "read-out threshold", "configuration", c.readout.threshold, *revision.readout.threshold
        )
        yield Violation(
            "read-out mode", "configuration", c.readout.output_mode, *revision.readout.output_mode
        )


def _one_of(what: str, place: str, value: int, allowed: tuple[int, ...]) -> Violation:
    return Violation(what, place, value, min(allowed), max(allowed), allowed)
