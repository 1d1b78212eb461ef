"""Random Speck configurations: chains, branches, sums and concatenations; and the same networks for the oracle."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from spikec.targets.machines.convolution import ConvolutionCore, Destination, evaluation_order
from spikec.targets.speck.configuration import Readout, SpeckConfiguration

from .convolution_oracle import Layer, Send

Random = np.random.Generator
CORES = 9


@dataclass
class Growing:
    random: Random
    input_shape: tuple[int, int, int]
    cores: list[ConvolutionCore]
    extreme: bool


def configuration(random: Random, *, largest: int, layers: int = 5) -> SpeckConfiguration:
    """1 to `layers` cores of any numbers, maps of up to `largest`; half of the networks have extreme numbers."""
    shape = (int(random.integers(1, 4)), *(int(size) for size in random.integers(1, largest + 1, 2)))
    growing = Growing(random, (shape[0], shape[1], shape[2]), [], bool(random.integers(2)))
    numbers = random.permutation(CORES)[: random.integers(1, layers + 1)].tolist()
    first = _grow(growing, numbers[0], growing.input_shape)
    inputs = [first]
    for number in numbers[1:]:
        sources = _sources(growing)
        if not sources or random.random() < 0.15:
            inputs.append(_grow(growing, number, growing.input_shape))
            continue
        shape = _connect(growing, number, sources)
        _grow(growing, number, shape)
    ordered = tuple(sorted(growing.cores, key=lambda core: core.core))
    return SpeckConfiguration(
        cores=ordered,
        input_cores=tuple(sorted(inputs)),
        monitored=tuple(core.core for core in ordered if not core.destinations),
        readout=None,
        single_spike=bool(random.integers(2)),
    )


def _sources(growing: Growing) -> list[tuple[int, int]]:
    """(core, pooling) of one or two cores that have a destination left and make maps of the same size."""
    random = growing.random
    free = [core for core in growing.cores if len(core.destinations) < 2]
    if not free:
        return []
    first = free[random.integers(len(free))]
    _, height, width = first.neuron_shape
    pooling = int(random.choice([p for p in (1, 2, 4) if p <= min(height, width)]))
    size = (height // pooling, width // pooling)
    others = [
        (core.core, p)
        for core in free
        for p in (1, 2, 4)
        if core is not first and (core.neuron_shape[1] // p, core.neuron_shape[2] // p) == size
    ]
    found = [(first.core, pooling)]
    if others and random.random() < 0.7:
        found.append(others[random.integers(len(others))])
    return found


def _connect(growing: Growing, number: int, sources: list[tuple[int, int]]) -> tuple[int, int, int]:
    """The input shape of core `number`: channels of the sources are added up or laid side by side."""
    apart = bool(growing.random.integers(2))
    shift, channels, size = 0, 0, (0, 0)
    for source, pooling in sources:
        at = next(k for k, core in enumerate(growing.cores) if core.core == source)
        core = growing.cores[at]
        count, height, width = core.neuron_shape
        size = (height // pooling, width // pooling)
        sent = Destination(core=number, pooling=pooling, channel_shift=shift)
        growing.cores[at] = replace(core, destinations=(*core.destinations, sent))
        channels = max(channels, shift + count)
        shift += count if apart else 0
    return channels, *size


def _grow(growing: Growing, number: int, shape: tuple[int, int, int]) -> int:
    random = growing.random
    size = int(random.integers(1, 5))
    padding = [int(p) for p in random.integers(0, 4, 2)]
    for axis in (0, 1):
        padding[axis] = max(padding[axis], -(-(size - shape[1 + axis]) // 2), 0)
    most = 32767 if growing.extreme else 400
    threshold = int(random.choice([1, most, random.integers(1, most)], p=[0.1, 0.1, 0.8]))
    core = ConvolutionCore(
        core=number,
        input_shape=shape,
        kernel=weights(random, (int(random.integers(1, 5)), shape[0], size, size)),
        bias=np.zeros(0, dtype=np.int64),
        initial_v=np.zeros(0, dtype=np.int64),
        threshold=threshold,
        low_threshold=int(random.choice([-32768, -threshold, 0, random.integers(-most, threshold)])),
        reset_to_zero=bool(random.integers(2)),
        stride=(int(random.choice([1, 2, 4])), int(random.choice([1, 2, 4]))),
        padding=(padding[0], padding[1]),
    )
    channels = core.neuron_shape[0]
    biased = bool(random.integers(2))
    growing.cores.append(
        replace(
            core,
            bias=random.integers(-128, 128, channels) * biased,
            initial_v=random.integers(-most, most, core.neuron_shape) * bool(random.integers(2)),
        )
    )
    return number


def weights(random: Random, shape: tuple[int, ...]) -> np.ndarray:
    kept = random.random(shape) < random.choice([0.3, 0.7, 1.0])
    return np.where(kept, random.integers(-128, 128, shape), 0).astype(np.int8)


def events(random: Random, shape: tuple[int, ...], steps: int) -> np.ndarray:
    """(steps, *shape) int64 counts; rare to frequent, small or large."""
    rate, most = random.choice([0.05, 0.5, 1.0]), int(random.choice([2, 20]))
    counts = random.integers(1, most, (steps, *shape))
    return np.where(random.random((steps, *shape)) < rate, counts, 0)


def with_readout(chip: SpeckConfiguration) -> SpeckConfiguration:
    """The first core that sends nowhere sends to the read-out block."""
    last = next(core.core for core in chip.cores if not core.destinations)
    cores = [
        replace(core, destinations=(Destination(core=12, pooling=1),)) if core.core == last else core
        for core in chip.cores
    ]
    readout = Readout(threshold=5, output_mode=1, low_pass_filter_disable=True)
    return replace(chip, cores=tuple(cores), readout=readout)


def oracle_layers(chip: SpeckConfiguration) -> dict[str, Layer]:
    """By core number, sources first."""
    by_number = {core.core: core for core in chip.cores}
    return {str(n): _oracle_layer(chip, by_number[n]) for n in evaluation_order(chip.cores)}


def _oracle_layer(chip: SpeckConfiguration, core: ConvolutionCore) -> Layer:
    return Layer(
        shape=core.input_shape,
        kernel=core.kernel.tolist(),
        bias=core.bias.tolist(),
        v=core.initial_v.tolist(),
        threshold=core.threshold,
        low=core.low_threshold,
        to_zero=core.reset_to_zero,
        stride=core.stride,
        padding=core.padding,
        sends=tuple(Send(str(d.core), d.pooling, d.channel_shift) for d in core.destinations),
        takes_input=core.core in chip.input_cores,
    )
