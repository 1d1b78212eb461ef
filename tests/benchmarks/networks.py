"""The six networks of the mapping benchmark, as grouped hypergraphs with seeded log-normal firing rates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from spikec.compiler.mapping.graph import EXTERNAL, GroupedGraph, Layer, Limits


@dataclass(frozen=True)
class Signal:
    """What a layer emits. layer: its index, None for an input. rates: spikes per step in order (c, y, x)."""

    layer: int | None
    rates: np.ndarray
    channels: int
    height: int = 1
    width: int = 1


@dataclass
class Builder:
    """Grows a graph layer by layer."""

    name: str
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))
    layers: list[Layer] = field(default_factory=list)
    members: list[np.ndarray] = field(default_factory=list)
    rates: list[np.ndarray] = field(default_factory=list)
    targets: list[np.ndarray] = field(default_factory=list)

    def draw(self, count: int, mean: float) -> np.ndarray:
        """(count,) spike probabilities per step: log-normal, sigma 0.8."""
        return np.clip(self.random.lognormal(np.log(mean) - 0.32, 0.8, count), 0, 1)

    def input(self, channels: int, mean: float, height: int = 1, width: int = 1) -> Signal:
        return Signal(None, self.draw(channels * height * width, mean), channels, height, width)

    def conv(
        self,
        x: Signal,
        channels: int,
        kernel: int,
        stride: int = 1,
        padding: int | None = None,
        depthwise: bool = False,
    ) -> Signal:
        pad = kernel // 2 if padding is None else padding
        height, width = ((n + 2 * pad - kernel) // stride + 1 for n in (x.height, x.width))
        middle = kernel - 1 - 2 * pad
        layer = self.layer(
            Layer(
                kind="spatial", first=self.vertices, channels=channels, height=height,
                width=width, stride=(stride, stride), middle=(middle, middle),
                source=x.layer,
            )
        )  # fmt: skip
        first, size = self.layers[layer].first, height * width
        rows, columns = (
            _reached(n, out, kernel, stride, pad) for n, out in ((x.height, height), (x.width, width))
        )
        for y in range(x.height):
            for z in range(x.width):
                places = (rows[y][:, None] * width + columns[z][None, :]).ravel()
                sources = np.arange(x.channels) * x.height * x.width + y * x.width + z
                if len(places) == 0:
                    continue
                if depthwise:
                    for c in range(x.channels):
                        self.group(x, sources[c : c + 1], first + c * size + places)
                else:
                    everywhere = first + np.arange(channels)[:, None] * size + places
                    self.group(x, sources, everywhere.ravel())
        return Signal(layer, self.draw(channels * size, 0.05), channels, height, width)

    def pool(self, x: Signal) -> Signal:
        return self.conv(x, x.channels, 2, stride=2, padding=0, depthwise=True)

    def dense(self, x: Signal, size: int) -> Signal:
        layer = self.layer(Layer(kind="flat", first=self.vertices, channels=size, source=x.layer))
        self.group(x, np.arange(len(x.rates)), self.layers[layer].first + np.arange(size))
        return Signal(layer, self.draw(size, 0.05), size)

    @property
    def vertices(self) -> int:
        return self.layers[-1].last if self.layers else 0

    def layer(self, layer: Layer) -> int:
        self.layers.append(layer)
        return len(self.layers) - 1

    def group(self, x: Signal, sources: np.ndarray, targets: np.ndarray) -> None:
        self.targets.append(targets)
        self.rates.append(x.rates[sources])
        if x.layer is None:
            self.members.append(np.full(len(sources), EXTERNAL))
        else:
            self.members.append(self.layers[x.layer].first + sources)

    def graph(self) -> GroupedGraph:
        return GroupedGraph(
            name=self.name,
            layers=tuple(self.layers),
            member=np.concatenate(self.members).astype(np.int64),
            member_rate=np.concatenate(self.rates),
            member_start=np.cumsum([0, *map(len, self.members)]),
            target=np.concatenate(self.targets).astype(np.int64),
            target_start=np.cumsum([0, *map(len, self.targets)]),
        )


def _reached(size: int, out: int, kernel: int, stride: int, pad: int) -> list[np.ndarray]:
    """For each place of the input axis, the places of the output axis whose window holds it."""
    start = np.arange(out) * stride - pad
    return [np.flatnonzero((start <= i) & (i < start + kernel)) for i in range(size)]


def mlp() -> GroupedGraph:
    b = Builder("MLP 700-256-20")
    b.dense(b.dense(b.input(700, 0.02), 256), 20)
    return b.graph()


def lenet() -> GroupedGraph:
    b = Builder("LeNet-5")
    x = b.pool(b.conv(b.input(1, 0.15, 28, 28), 6, 5, padding=0))
    x = b.pool(b.conv(x, 16, 5, padding=0))
    for size in (120, 84, 10):
        x = b.dense(x, size)
    return b.graph()


def vgg11() -> GroupedGraph:
    b = Builder("VGG-11")
    x = b.input(3, 0.3, 32, 32)
    for channels, pooled in ((64, 1), (128, 1), (256, 0), (256, 1), (512, 0), (512, 1), (512, 0), (512, 1)):
        x = b.conv(x, channels, 3)
        x = b.pool(x) if pooled else x
    for size in (4096, 4096, 10):
        x = b.dense(x, size)
    return b.graph()


def dvs() -> GroupedGraph:
    b = Builder("DVS CNN")
    x = b.input(2, 0.02, 128, 128)
    for channels, kernel in ((16, 5), (32, 3), (64, 3), (64, 3)):
        x = b.conv(x, channels, kernel, stride=2)
    for size in (512, 11):
        x = b.dense(x, size)
    return b.graph()


def reservoir(name: str, size: int, density: float, *, spatial: bool, inputs: int = 64) -> GroupedGraph:
    """Recurrent neurons: uniformly random synapses, or by distance on a 3-D grid with shuffled numbers."""
    b = Builder(name)
    b.layer(Layer(kind="flat", first=0, channels=size))
    x = Signal(0, b.draw(size, 0.05), size)
    edge = round(size ** (1 / 3)) + 1
    grid = np.indices((edge, edge, edge)).reshape(3, -1).T[:size].astype(float)
    place = grid[b.random.permutation(size)] if spatial else grid
    for source in range(size):
        chance = np.full(size, density)
        if spatial:
            chance = np.exp(-((place[source] - place) ** 2).sum(-1) / (2 * 2.4**2))
            chance *= min(1.0, density * size / chance.sum())
        targets = np.flatnonzero(b.random.random(size) < chance)
        if len(targets):
            b.group(x, np.array([source]), targets)
    outside = Signal(None, np.full(inputs, 0.05), inputs)
    for i in range(inputs):
        b.group(outside, np.array([i]), b.random.choice(size, size // 20, replace=False))
    return b.graph()


NETWORKS: dict[str, tuple[Callable[[], GroupedGraph], Limits]] = {
    "MLP": (mlp, Limits(neurons=64, axons=1024, memory=32_768)),
    "LeNet": (lenet, Limits(neurons=256, axons=1024, memory=65_536)),
    "reservoir 2k": (
        lambda: reservoir("reservoir 2k", 2000, 0.10, spatial=False),
        Limits(neurons=256, axons=4096, memory=65_536),
    ),
    "LSM 10k": (
        lambda: reservoir("LSM 10k", 10_000, 0.01, spatial=True),
        Limits(neurons=256, axons=4096, memory=65_536),
    ),
    "DVS": (dvs, Limits(neurons=1024, axons=4096, memory=131_072)),
    "VGG-11": (vgg11, Limits(neurons=1024, axons=8192, memory=262_144)),
}
