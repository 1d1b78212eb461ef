"""Networks that a compiler is tried on for their size, as graphs of NIR. Weights are drawn, not trained."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import nir
import numpy as np

Shape = tuple[int, ...]
MEAN = 0.15
"""Of weights whose standard deviation is 1, before they are scaled: more excite than inhibit, so that spikes go on."""


class Builder:
    """A graph that grows node by node; `at` is the node whose output the next one takes."""

    def __init__(self, shape: Shape, seed: int = 0) -> None:
        self.random = np.random.default_rng(seed)
        self.nodes: dict[str, nir.NIRNode] = {"input": nir.Input({"input": np.array(shape)})}
        self.edges: list[tuple[str, str]] = []
        self.at, self.shape = "input", shape

    def add(self, node: nir.NIRNode, shape: Shape, *sources: str) -> str:
        """Put a node behind `at`, or behind the sources named."""
        name = f"n{len(self.nodes):03d}"
        self.nodes[name] = node
        self.edges += [(source, name) for source in (sources or (self.at,))]
        self.at, self.shape = name, shape
        return name

    def neurons(self, *sources: str, threshold: float = 1.0) -> str:
        full = {"r": 1000.0, "v_threshold": threshold, "v_reset": 0.0}
        node = nir.IF(**{name: np.full(self.shape, value, np.float32) for name, value in full.items()})
        return self.add(node, self.shape, *sources)

    def convolution(self, features: int, kernel: int = 3, stride: int = 1, groups: int = 1) -> str:
        channels, side, _ = self.shape
        fan_in = channels // groups * kernel * kernel
        drawn = self.random.normal(MEAN, 1.0, (features, channels // groups, kernel, kernel))
        node = nir.Conv2d(
            input_shape=(side, side), weight=(drawn * 2.5 / np.sqrt(fan_in)).astype(np.float32), stride=stride,
            padding=kernel // 2, dilation=1, groups=groups, bias=np.zeros(features, np.float32),
        )  # fmt: skip
        out = (side + 2 * (kernel // 2) - kernel) // stride + 1
        return self.add(node, (features, out, out))

    def pool(self, size: int, threshold: float = 1.0) -> str:
        channels, side, _ = self.shape
        two = np.array([size, size])
        self.add(
            nir.SumPool2d(kernel_size=two, stride=two, padding=np.zeros(2, int)),
            (channels, side // size, side // size),
        )
        return self.neurons(threshold=threshold)

    def dense(self, neurons: int) -> str:
        if len(self.shape) > 1:
            flat = nir.Flatten(start_dim=0, end_dim=-1, input_type={"input": np.array(self.shape)})
            self.add(flat, (int(np.prod(self.shape)),))
        drawn = self.random.normal(MEAN, 1.0, (neurons, self.shape[0])) * 2.5 / np.sqrt(self.shape[0])
        bias = np.zeros(neurons, np.float32)
        self.add(nir.Affine(weight=drawn.astype(np.float32), bias=bias), (neurons,))
        return self.neurons()

    def graph(self) -> nir.NIRGraph:
        nodes = {**self.nodes, "output": nir.Output({"output": np.array(self.shape)})}
        return nir.NIRGraph(nodes=nodes, edges=[*self.edges, (self.at, "output")], type_check=False)


def layers(made: Builder, plan: Sequence[int | str]) -> None:
    """Convolutions of so many features with their neurons, and pools for "M"."""
    for item in plan:
        if isinstance(item, str):
            made.pool(2)
        else:
            made.convolution(item)
            made.neurons()


def vgg11(top: int = 512) -> nir.NIRGraph:
    made = Builder((3, 32, 32))
    layers(made, [64, "M", 128, "M", 256, 256, "M", top, top, "M", top, top, "M"])
    for neurons in (4096, 4096, 10):
        made.dense(neurons)
    return made.graph()


def vgg11_448() -> nir.NIRGraph:
    """A neuron hears 4,032 sources, not 4,608."""
    return vgg11(448)


def million() -> nir.NIRGraph:
    made = Builder((2, 256, 256))
    layers(made, [16])
    made.pool(8, threshold=4.0)
    made.dense(10)
    return made.graph()


def alexnet() -> nir.NIRGraph:
    made = Builder((3, 64, 64))
    made.convolution(64, kernel=7, stride=4)
    made.neurons()
    layers(made, ["M", 192, "M", 384, 256, 256, "M"])
    for neurons in (1024, 1024, 10):
        made.dense(neurons)
    return made.graph()


def mobilenet() -> nir.NIRGraph:
    made = Builder((3, 32, 32))
    made.convolution(32)
    made.neurons()
    for features, stride in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1)):
        made.convolution(made.shape[0], stride=stride, groups=made.shape[0])
        made.neurons()
        made.convolution(features, kernel=1)
        made.neurons()
    made.pool(4)
    made.dense(10)
    return made.graph()


def resnet18(width: int = 64) -> nir.NIRGraph:
    made = Builder((3, 32, 32))
    layers(made, [width])
    for times, stride in ((1, 1), (1, 1), (2, 2), (2, 1), (4, 2), (4, 1), (4, 2), (4, 1)):
        before, shape, features = made.at, made.shape, times * width
        made.convolution(features, stride=stride)
        made.neurons()
        last = made.convolution(features)
        after, made.at, made.shape = made.shape, before, shape
        beside = before if shape == after else made.convolution(features, kernel=1, stride=stride)
        made.shape = after
        made.neurons(last, beside)
    made.pool(4)
    made.dense(10)
    return made.graph()


def resnet18_narrow() -> nir.NIRGraph:
    return resnet18(16)


def microcircuit(scale: float = 0.1) -> nir.NIRGraph:
    """Eight populations of a cortical column, a tenth of their neurons and of their fan-in."""
    sizes = [int(n * scale) for n in (20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948)]
    chance = [
        [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0],
        [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0],
        [0.0077, 0.0059, 0.0497, 0.135, 0.0067, 0.0003, 0.0453, 0.0],
        [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0],
        [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0],
        [0.0548, 0.0269, 0.0257, 0.0022, 0.06, 0.3158, 0.0086, 0.0],
        [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
        [0.0364, 0.001, 0.0034, 0.0005, 0.0277, 0.008, 0.0658, 0.1443],
    ]
    random = np.random.default_rng(0)
    ends = np.cumsum([0, *sizes])
    n = int(ends[-1])
    weight = np.zeros((n, n), np.float32)
    for post, row in enumerate(chance):
        for pre, p in enumerate(row):
            block = random.random((sizes[post], sizes[pre])) < p
            strength = (1.0 if pre % 2 == 0 else -4.0) * random.uniform(0.5, 1.5, block.shape)
            weight[ends[post] : ends[post + 1], ends[pre] : ends[pre + 1]] = block * strength * 0.02
    drive = (random.random((n, 512)) < 0.02).astype(np.float32) * 0.3
    of_all = {"tau": 0.01, "r": 10.0, "v_leak": 0.0, "v_threshold": 1.0, "v_reset": 0.0}
    nodes: dict[str, nir.NIRNode] = {
        "input": nir.Input({"input": np.array([512])}), "drive": nir.Linear(weight=drive),
        "recurrent": nir.Linear(weight=weight), "output": nir.Output({"output": np.array([n])}),
        "neurons": nir.LIF(**{name: np.full(n, value, np.float32) for name, value in of_all.items()}),
    }  # fmt: skip
    edges = [("input", "drive"), ("drive", "neurons"), ("neurons", "recurrent"), ("recurrent", "neurons"),
             ("neurons", "output")]  # fmt: skip
    return nir.NIRGraph(nodes=nodes, edges=edges)


def wide_fan() -> nir.NIRGraph:
    """Few neurons, each with an enormous fan."""
    made = Builder((60_000,))
    made.dense(64)
    made.dense(60_000 // 16)
    return made.graph()


NETWORKS: dict[str, tuple[Callable[[], nir.NIRGraph], int]] = {
    "VGG-11 32 x 32": (vgg11, 32), "VGG-11, 448 for 512": (vgg11_448, 16), "a million neurons": (million, 16),
    "AlexNet-like": (alexnet, 16), "MobileNet-like": (mobilenet, 8), "ResNet-18-like": (resnet18, 16),
    "ResNet-18-like, a quarter of the channels": (resnet18_narrow, 8),
    "cortical column, a tenth": (microcircuit, 64), "wide fan": (wide_fan, 8),
}  # fmt: skip
"""Name -> the graph, and the chips that it is compiled for."""
