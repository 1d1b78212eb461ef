"""Steps per second of three networks that fill a Speck to different degrees, one sample at a time and many at once.

    python -m tests.benchmarks.speck_speed          from the repository root

Times are the best of several runs, without compilation. A neuron update is one neuron in one step of one sample; a
synaptic operation is a weight that a neuron would add, whether or not there is an event.
Spikes are those of one step of one sample.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from spikec.sim.engines.convolution import simulate_layers
from spikec.targets.machines.convolution import ConvolutionCore, ConvolutionMachine, Destination
from spikec.targets.speck import neuron
from spikec.targets.speck.configuration import SpeckConfiguration, machine
from spikec.targets.speck.limits import violations

from ..shipped import revision

REPEATS = 3
Layers = tuple[tuple[int, int, int, int, int], ...]
NETWORKS: dict[str, tuple[tuple[int, int, int], Layers, tuple[int, ...], int]] = {
    "LeNet 1x28x28": (
        (1, 28, 28),
        ((8, 5, 1, 0, 2), (16, 5, 1, 0, 2), (32, 4, 1, 0, 1), (24, 1, 1, 0, 1), (10, 1, 1, 0, 1)),
        (0, 1, 2, 3, 4),
        100,
    ),
    "N-MNIST 2x34x34": (
        (2, 34, 34),
        ((8, 3, 1, 1, 2), (16, 3, 1, 1, 2), (16, 3, 1, 1, 2), (10, 4, 1, 0, 1)),
        (0, 1, 2, 3),
        100,
    ),
    "DVS 2x128x128": (
        (2, 128, 128),
        ((16, 3, 2, 1, 2), (32, 3, 1, 1, 2), (64, 3, 1, 1, 2), (64, 3, 1, 1, 2), (11, 4, 1, 0, 1)),
        (0, 1, 5, 6, 3),
        20,
    ),
}
"""Input shape; channels, kernel, stride, padding, pooling of each layer; cores; steps."""


def network(
    random: np.random.Generator, shape: tuple[int, int, int], layers: Layers, numbers: tuple[int, ...]
) -> SpeckConfiguration:
    cores: list[ConvolutionCore] = []
    for k, (channels, kernel, stride, padding, pooling) in enumerate(layers):
        inputs = shape[0] * kernel * kernel
        core = ConvolutionCore(
            core=numbers[k],
            input_shape=shape,
            kernel=random.integers(-60, 70, (channels, shape[0], kernel, kernel)).astype(np.int8),
            bias=np.zeros(channels, dtype=np.int64),
            initial_v=np.zeros(0, dtype=np.int64),
            threshold=int(120 * inputs**0.5),
            low_threshold=-int(120 * inputs**0.5),
            reset_to_zero=False,
            stride=(stride, stride),
            padding=(padding, padding),
            destinations=tuple(Destination(core=n, pooling=pooling) for n in numbers[k + 1 : k + 2]),
        )
        cores.append(core)
        _, height, width = core.neuron_shape
        shape = (channels, height // pooling, width // pooling)
    return SpeckConfiguration(
        cores=tuple(sorted((with_states(core) for core in cores), key=lambda core: core.core)),
        input_cores=(numbers[0],),
        monitored=(numbers[-1],),
    )


def with_states(core: ConvolutionCore) -> ConvolutionCore:

    return replace(core, initial_v=np.zeros(core.neuron_shape, dtype=np.int64))


def seconds(layers: ConvolutionMachine, events: np.ndarray) -> tuple[float, int]:
    """The best time and all spikes."""
    spikes, best = 0, float("inf")
    for _ in range(1 + REPEATS):
        start = time.perf_counter()
        run = simulate_layers(layers, neuron, events)
        took = time.perf_counter() - start
        best = took if spikes == 0 else min(best, took)
        spikes = sum(int(values.sum(dtype=np.int64)) for values in run.spikes.values())
    return best, spikes


def main() -> None:
    random = np.random.default_rng(0)
    print(
        f"{'network':18} {'batch':>5} {'steps/s':>9} {'sample-steps/s':>14} {'updates/s':>9} {'syn. op./s':>10} spikes"
    )
    for name, (shape, description, numbers, steps) in NETWORKS.items():
        chip = network(random, shape, description, numbers)
        found = violations(chip, revision("speck2f"))
        if found:
            raise ValueError(f"{name}: {found}")
        layers = machine(chip)
        sizes = [int(np.prod(core.neuron_shape)) for core in layers.cores]
        work = sum(
            n * int(np.prod(core.kernel.shape[1:])) for n, core in zip(sizes, layers.cores, strict=True)
        )
        for batch in (1, 64):
            events = random.poisson(0.1, (steps, batch, *shape)).astype(np.uint8)
            best, spikes = seconds(layers, events)
            rate = steps * batch / best
            print(
                f"{name:18} {batch:5} {steps / best:9.0f} {rate:14.0f} {rate * sum(sizes):9.2g} {rate * work:10.2g}"
                f" {spikes / steps / batch:6.0f}"
            )


if __name__ == "__main__":
    main()
