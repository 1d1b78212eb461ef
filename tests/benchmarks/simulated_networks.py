"""Machines that simulators are compared on: dense, convolution, recurrent. Weights are drawn, not trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from spikec.sim.engines.choice import FeatureMap
from spikec.targets.machines.synapse_list import Machine
from spikec.targets.machines.synapse_rows import as_rows

REGISTERS = {"decayU": 2000, "decayV": 300, "bias": 0, "biasExp": 0, "refractDelay": 1, "negVmLimit": 23,
             "posVmLimit": 7}  # fmt: skip
Synapses = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Source place, neuron place, weight."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A layer of n neurons with a threshold, and the synapses onto it from the layer before (or itself)."""

    n: int
    threshold: int
    synapses: Synapses
    onto_itself: Synapses | None = None


def machine(inputs: int, layers: Sequence[Layer]) -> Machine:
    """Layers one behind the other."""
    n = sum(layer.n for layer in layers)
    source, post, weight = [], [], []
    before, first = n, 0
    for layer in layers:
        for synapses, base in ((layer.synapses, before), (layer.onto_itself, first)):
            if synapses is not None:
                source.append(synapses[0] + base)
                post.append(synapses[1] + first)
                weight.append(synapses[2])
        before, first = first, first + layer.n
    values = {name: np.full(n, value, dtype=np.int64) for name, value in REGISTERS.items()}
    return Machine(
        n_inputs=inputs,
        core=np.zeros(n, dtype=np.int64),
        slot=np.arange(n),
        params={**values, "vth": np.concatenate([np.full(layer.n, layer.threshold) for layer in layers])},
        synapses=as_rows(np.concatenate(source), np.concatenate(post), np.concatenate(weight)),
    )


def all_to_all(random: np.random.Generator, pre: int, post: int, low: int, high: int) -> Synapses:
    weights = random.integers(low, high + 1, pre * post)
    return np.repeat(np.arange(pre), post), np.tile(np.arange(post), pre), weights


def convolved(
    random: np.random.Generator, side: int, channels: int, features: int, low: int, high: int
) -> Synapses:
    """3 x 3, padded; (row, column, channel) in this order."""
    kernel = random.integers(low, high + 1, (3, 3, channels, features))
    y, x, dy, dx, c, f = np.meshgrid(*map(np.arange, (side, side, 3, 3, channels, features)), indexing="ij")
    from_y, from_x = y + dy - 1, x + dx - 1
    inside = (from_y >= 0) & (from_y < side) & (from_x >= 0) & (from_x < side)
    source, post = (from_y * side + from_x) * channels + c, (y * side + x) * features + f
    return source[inside], post[inside], kernel[dy, dx, c, f][inside]


def pooled(side: int, channels: int, weight: int) -> Synapses:
    y, x, c = np.meshgrid(*map(np.arange, (side, side, channels)), indexing="ij")
    post = ((y // 2) * (side // 2) + x // 2) * channels + c
    return np.arange(post.size), post.ravel(), np.full(post.size, weight)


def dense() -> Machine:
    """1024-1024-10; of the hidden neurons some 5 % spike in a step where 5 % of the inputs do."""
    random = np.random.default_rng(0)
    layers = [
        Layer(n=1024, threshold=2000, synapses=all_to_all(random, 1024, 1024, -127, 127)),
        Layer(n=10, threshold=2000, synapses=all_to_all(random, 1024, 10, -127, 127)),
    ]
    return machine(1024, layers)


def convolution() -> Machine:
    """2x34x34-16c3-p2-32c3-10: 32,378 neurons, 1.66 million synapses."""
    random = np.random.default_rng(0)
    layers = [
        Layer(n=34 * 34 * 16, threshold=400, synapses=convolved(random, 34, 2, 16, -60, 126)),
        Layer(n=17 * 17 * 16, threshold=1500, synapses=pooled(34, 16, 255)),
        Layer(n=17 * 17 * 32, threshold=1200, synapses=convolved(random, 17, 16, 32, -60, 79)),
        Layer(n=10, threshold=3000, synapses=all_to_all(random, 17 * 17 * 32, 10, -60, 59)),
    ]
    return machine(34 * 34 * 2, layers)


def feature_maps(made: Machine) -> tuple[FeatureMap, ...]:
    """Where `convolution` may have convolutions, as symbols would say it."""
    found: list[FeatureMap] = []
    for side, channels, first in (
        (34, 2, made.n_neurons),
        (34, 16, 0),
        (17, 16, 34 * 34 * 16),
        (17, 32, (34 * 34 + 17 * 17) * 16),
    ):
        sources = first + np.arange(side * side * channels).reshape(side, side, channels)
        found.append(FeatureMap(shape=(channels, side, side), sources=sources.transpose(2, 0, 1).ravel()))
    return tuple(found)


def recurrent() -> Machine:
    """10,000 neurons, each onto 1 % of all, and an input for each."""
    random = np.random.default_rng(0)
    n, count = 10_000, 1_000_000
    own = np.arange(n), np.arange(n), np.full(n, 200)
    among = random.integers(0, n, count), random.integers(0, n, count), random.integers(-64, 64, count)
    return machine(n, [Layer(n=n, threshold=380, synapses=own, onto_itself=among)])


def reservoir() -> Machine:
    """512 neurons, each onto all, and an input for each: some 40 % of them spike where 5 % of the inputs do."""
    random, n = np.random.default_rng(0), 512
    own = np.arange(n), np.arange(n), np.full(n, 500)
    return machine(
        n, [Layer(n=n, threshold=700, synapses=own, onto_itself=all_to_all(random, n, n, -127, 127))]
    )
