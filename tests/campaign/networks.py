"""Random NIR graphs of every kind, with a reading and a stimulus: most compile somewhere, some nowhere."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from spikec.compiler.options import Options
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.dialect.dialect import CHOICES, Dialect, NodeDialect, names, preset
from spikec.sim.nir.raw_graph import RawGraph, RawNode
from spikec.sim.stimulus import Stimulus

from ..compiler.graphs import affine, graph
from ..compiler.speck.nets import conv, flatten, pool, port, scale

STEPS, SAMPLES = 16, 2
DT_SECONDS = 1e-3
NEURONS = ("IF", "LIF", "CubaLIF")
FILTERS = ("I", "LI", "CubaLI")
FREE = (
    "decay",
    "syn_decay",
    "gain",
    "if_gain",
    "fire",
    "fire_on",
    "reset",
    "reset_phase",
    "v0",
    "layer_delay",
)


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A network, how it is read, what it is asked to be compiled with, and a stimulus. reads: Output -> populations
    whose spikes it sums, as they are."""

    raw: RawGraph
    dialect: Dialect
    stimulus: Stimulus
    options: Options
    reads: dict[str, tuple[str, ...]]


@dataclass
class _Building:
    random: np.random.Generator
    strength: float
    nodes: dict[str, RawNode] = field(default_factory=dict)
    edges: list[tuple[str, str]] = field(default_factory=list)

    def node(self, kind: str, made: RawNode) -> str:
        """Add a node under a name of its own."""
        name = f"{kind}{len(self.nodes)}"
        self.nodes[name] = made
        return name

    def chance(self, share: float) -> bool:
        return bool(self.random.random() < share)

    def one(self, *values: object) -> object:
        return values[int(self.random.integers(len(values)))]


def any_network(seed: int) -> Drawn:
    """Layers of neurons or a convolutional network; the seed alone decides."""
    random = np.random.default_rng(seed)
    b = _Building(random, float(random.choice([1.0, 4.0, 12.0])))
    reads = _maps(b) if b.chance(0.25) else _layers(b)
    raw = graph(b.nodes, b.edges)
    return Drawn(raw=raw, dialect=_dialect(b), stimulus=_stimulus(b), options=_options(b), reads=reads)


def _weights(b: _Building, shape: tuple[int, ...]) -> np.ndarray:
    fan_in = max(int(np.prod(shape[1:])), 1)
    kind = b.one(
        "normal", "normal", "positive", "whole", "few", "outlier", "zero" if b.chance(0.1) else "normal"
    )
    values = b.random.normal(0.3, 1.0, shape) * (b.strength / np.sqrt(fan_in))
    if kind == "positive":
        values = np.abs(values)
    elif kind == "whole":
        values = b.random.integers(-3, 6, shape) * (b.strength / 4)
    elif kind == "few":
        values *= b.random.random(shape) < 0.3
    elif kind == "outlier":
        values.flat[0] = 40.0 * b.strength
    elif kind == "zero":
        values *= 0
    return values


def _neuron(b: _Building, kind: str, shape: tuple[int, ...]) -> RawNode:
    """Time constants of one to a few tens of steps, the same of all neurons or of each its own."""

    def values(low: float, high: float) -> np.ndarray:
        return (
            b.random.uniform(low, high, shape)
            if b.chance(0.4)
            else np.full(shape, b.random.uniform(low, high))
        )

    reset = values(-0.4, 0.4) if b.chance(0.25) else np.zeros(shape)
    drawn = {
        "tau": values(1.0, 30.0) * DT_SECONDS,
        "tau_mem": values(1.0, 30.0) * DT_SECONDS,
        "tau_syn": values(1.0, 8.0) * DT_SECONDS,
        "r": np.ones(shape) if b.chance(0.7) else values(0.5, 2.0),
        "v_leak": values(-0.2, 0.3) if b.chance(0.2) else np.zeros(shape),
        "v_threshold": values(0.5, 1.5),
        "v_reset": reset,
        "w_in": np.ones(shape),
    }
    params = {
        "IF": ("r", "v_threshold", "v_reset"),
        "LIF": ("tau", "r", "v_leak", "v_threshold", "v_reset"),
        "CubaLIF": ("tau_syn", "tau_mem", "r", "v_leak", "v_threshold", "v_reset", "w_in"),
        "I": ("r",),
        "LI": ("tau", "r", "v_leak"),
        "CubaLI": ("tau_syn", "tau_mem", "r", "v_leak", "w_in"),
    }[kind]
    return RawNode(kind=kind, params={name: drawn[name] for name in params})


def _spiking(b: _Building, shape: tuple[int, ...], kind: str) -> tuple[str, str]:
    """Name of the node that takes what arrives, and of the one that spikes."""
    if b.chance(0.08):
        first = b.node("f", _neuron(b, str(b.one(*FILTERS)), shape))
        theta = RawNode(kind="Threshold", params={"threshold": np.full(shape, b.random.uniform(0.5, 1.5))})
        last = b.node("t", theta)
        b.edges.append((first, last))
        return first, last
    name = b.node("n", _neuron(b, kind, shape))
    return name, name


def _join(b: _Building, source: str, before: int, target: str, after: int) -> None:
    """Weights from one population to another, now and then through a Scale or a Delay."""
    at = source
    if b.chance(0.12):
        steps = b.random.integers(0, 4, before) if b.chance(0.5) else np.full(before, b.random.integers(1, 3))
        made = b.node("d", RawNode(kind="Delay", params={"delay": steps * DT_SECONDS}))
        b.edges.append((at, made))
        at = made
    if b.chance(0.08):
        made = b.node("s", scale(b.random.uniform(0.5, 2.0, before)))
        b.edges.append((at, made))
        at = made
    bias = b.random.normal(0, 0.1, after) if b.chance(0.3) else None
    made = b.node("w", affine(_weights(b, (after, before)), bias))
    b.edges += [(at, made), (made, target)]


def _layers(b: _Building) -> dict[str, tuple[str, ...]]:
    count = int(b.random.integers(1, 5))
    sizes = [int(n) for n in b.random.integers(1, 10, count)]
    inputs = [int(n) for n in b.random.integers(1, 8, 2 if b.chance(0.1) else 1)]
    kind = str(b.one(*NEURONS, "IF", "LIF"))
    for k, n in enumerate(inputs):
        b.nodes[f"in{k}"] = port("Input", n)
    heads: list[str] = []
    tails: list[str] = []
    for k, n in enumerate(sizes):
        head, tail = _spiking(b, (n,), str(b.one(*NEURONS)) if b.chance(0.2) else kind)
        sources = [(f"in{i}", m) for i, m in enumerate(inputs)] if k == 0 else [(tails[-1], sizes[k - 1])]
        if k > 1 and b.chance(0.2):
            at = int(b.random.integers(0, k - 1))
            sources.append((tails[at], sizes[at]))
        for source, m in sources:
            _join(b, source, m, head, n)
        heads.append(head)
        tails.append(tail)
    for k in range(count):
        if b.chance(0.15):
            to = int(b.random.integers(0, k + 1))
            _join(b, tails[k], sizes[k], heads[to], sizes[to])
    return _outputs(b, [(t, (n,)) for t, n in zip(tails, sizes, strict=True)])


def _outputs(b: _Building, layers: list[tuple[str, tuple[int, ...]]]) -> dict[str, tuple[str, ...]]:
    """The last layer is read; at times others as well, or the last two by one Output, or through a filter."""
    last, shape = layers[-1]
    reads: dict[str, tuple[str, ...]] = {}
    b.nodes["out"] = port("Output", *shape)
    if b.chance(0.07):
        filtered = b.node("r", _neuron(b, str(b.one(*FILTERS)), shape))
        b.edges += [(last, filtered), (filtered, "out")]
    else:
        b.edges.append((last, "out"))
        same = [name for name, other in layers[:-1] if other == shape] if b.chance(0.5) else []
        b.edges += [(name, "out") for name in same]
        reads["out"] = (*same, last)
    if len(layers) > 1 and b.chance(0.2):
        name, other = layers[int(b.random.integers(len(layers) - 1))]
        b.nodes["side"] = port("Output", *other)
        b.edges.append((name, "side"))
        reads["side"] = (name,)
    return reads


def _maps(b: _Building) -> dict[str, tuple[str, ...]]:
    """Convolutions with pools between them, at times a dense layer behind."""
    channels, height, width = (int(n) for n in b.random.integers((1, 5, 5), (3, 9, 9)))
    b.nodes["in0"] = port("Input", channels, height, width)
    at, kind = "in0", str(b.one("IF", "IF", "LIF"))
    layers: list[tuple[str, tuple[int, ...]]] = []
    for _ in range(int(b.random.integers(1, 3))):
        more, size = int(b.random.integers(1, 4)), int(b.random.integers(1, 4))
        stride, padding = int(b.random.integers(1, 3)), int(b.random.integers(0, 2))
        kernel = _weights(b, (more, channels, size, size))
        bias = b.random.normal(0, 0.1, more) if b.chance(0.3) else None
        made = b.node("c", conv(kernel, bias=bias, stride=(stride, stride), padding=(padding, padding)))
        b.edges.append((at, made))
        channels = more
        height, width = ((n + 2 * padding - size) // stride + 1 for n in (height, width))
        head, at = _spiking(b, (channels, height, width), kind)
        b.edges.append((made, head))
        layers.append((at, (channels, height, width)))
        if min(height, width) >= 2 and b.chance(0.4):
            pooled = b.node("p", pool(str(b.one("SumPool2d", "AvgPool2d")), 2))
            b.edges.append((at, pooled))
            at, height, width = pooled, height // 2, width // 2
        if min(height, width) < 3:
            break
    if b.chance(0.5) or at != layers[-1][0]:
        flat, n = b.node("flat", flatten()), int(b.random.integers(1, 6))
        dense = b.node("w", affine(_weights(b, (n, channels * height * width))))
        head, tail = _spiking(b, (n,), kind)
        b.edges += [(at, flat), (flat, dense), (dense, head)]
        layers.append((tail, (n,)))
    return _outputs(b, layers)


def _dialect(b: _Building) -> Dialect:
    """A framework's reading, or any mixture of fields that is one."""
    if b.chance(0.4):
        name = str(b.one(*names()))
        try:
            return preset(name, dt_seconds=DT_SECONDS)
        except DiagnosticError:
            pass
    plain = Dialect(
        name="drawn",
        dt_seconds=DT_SECONDS,
        default=NodeDialect(if_gain="one", gain="r*(1-decay)", li_gain="one"),
    )
    if b.chance(0.5):
        plain = plain.with_overrides(default={"gain": "one", "syn_gain": "one", "fire": b.one(">", ">=")})
    changes: dict[str, object] = {key: b.one(*CHOICES[key]) for key in FREE if b.chance(0.15)}
    if b.chance(0.3):
        changes["multi"] = b.one(None, 3)
    if b.chance(0.15):
        changes["v_min"] = b.one("-theta", -0.5)
    if b.chance(0.1):
        changes["refractory"] = int(b.random.integers(1, 4))
    try:
        return plain.with_overrides(default=changes)
    except DiagnosticError:
        return plain


def _stimulus(b: _Building) -> Stimulus:
    rate, kind = float(b.one(0.1, 0.3, 0.6)), b.one("bits", "bits", "bits", "counts", "values", "silent")
    inputs: dict[str, np.ndarray] = {}
    for name in sorted(n for n in b.nodes if b.nodes[n].kind == "Input"):
        shape = (STEPS, SAMPLES, *(int(n) for n in np.asarray(b.nodes[name].params["shape"])))
        there = b.random.random(shape) < rate
        if kind == "counts":
            inputs[name] = (there * b.random.integers(1, 4, shape)).astype(np.uint8)
        elif kind == "values" and b.chance(0.5):
            inputs[name] = b.random.normal(0.3, 0.5, shape).astype(np.float32)
        else:
            inputs[name] = (there & (kind != "silent")).astype(np.uint8)
    return Stimulus(inputs=inputs, labels=None, source={"kind": "drawn"})


def _options(b: _Building) -> Options:
    made = Options(allow_approximation=b.chance(0.8))
    if b.chance(0.1):
        made = replace(made, weight_bits=int(b.random.integers(2, 9)))
    if b.chance(0.1):
        made = replace(made, chips=2)
    if b.chance(0.1):
        made = replace(made, max_neurons_per_core=int(b.random.integers(1, 9)))
    if b.chance(0.05):
        made = replace(made, split_weights=True)
    if b.chance(0.05):
        made = replace(made, calibrate=True)
    return made
