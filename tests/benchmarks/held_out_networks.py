"""Networks that no rule was tuned on: of the kinds that exporters write, made from a seed.

Weights have the heavy tails and the few large directions of trained ones; each layer's are scaled until its neurons
fire at a rate drawn from 5 to 30 %, as the float reference counts them. Time constants differ from the corpus'.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import nir
import numpy as np
import spikec

STEPS, SAMPLES = 24, 32
RATES = (0.05, 0.3)
HALVINGS = 10
DEGREES_OF_FREEDOM = 5
Neurons = Callable[[np.random.Generator, int], nir.NIRNode]


@dataclass(frozen=True, kw_only=True)
class Made:
    """A network, how it is meant, and a stimulus. options: of the dialect."""

    name: str
    graph: nir.NIRGraph
    dialect: str
    dt: float
    stimulus: np.ndarray
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of network. sizes: inputs, hidden, outputs. recurrent: the hidden layer hears itself."""

    name: str
    dialect: str
    dt: float
    neurons: Neurons
    sizes: tuple[int, int, int] = (16, 48, 10)
    options: Mapping[str, object] = field(default_factory=dict)
    recurrent: bool = False
    convolution: bool = False


def made(kind: Kind, seed: int) -> Made:
    """Make a network: the same of a kind and a seed."""
    random = np.random.default_rng([seed, *kind.name.encode()])
    inputs, hidden, outputs = kind.sizes
    rate = random.uniform(*RATES, size=inputs)
    shape = (1, 8, 8) if kind.convolution else (inputs,)
    stimulus = (
        (random.random((STEPS, SAMPLES, inputs)) < rate).astype(np.uint8).reshape(STEPS, SAMPLES, *shape)
    )
    layers = (_convolution if kind.convolution else _layers)(random, kind, shape, hidden, outputs)
    graph = _scaled(random, kind, layers, stimulus)
    return Made(
        name=f"{kind.name}_{seed}",
        graph=graph,
        dialect=kind.dialect,
        dt=kind.dt,
        stimulus=stimulus,
        options=kind.options,
    )


def _weights(random: np.random.Generator, rows: int, cols: int) -> np.ndarray:
    """Heavy tails beside a few directions that all rows share."""
    few = random.normal(size=(rows, 4)) @ random.normal(size=(4, cols)) / 2
    own = random.standard_t(DEGREES_OF_FREEDOM, (rows, cols))
    return ((own + 0.7 * few + 0.15) / np.sqrt(cols)).astype(np.float32)


Layers = list[tuple[dict[str, nir.NIRNode], str, str]]
"""Nodes of a layer in order, the one whose weights are scaled, the one that spikes."""


def _layers(
    random: np.random.Generator, kind: Kind, shape: tuple[int, ...], hidden: int, outputs: int
) -> Layers:
    found: Layers = []
    for k, (n, m) in enumerate(((shape[0], hidden), (hidden, outputs))):
        bias = random.normal(0.0, 0.02, m).astype(np.float32)
        nodes = {f"w{k}": nir.Affine(_weights(random, m, n), bias), f"n{k}": kind.neurons(random, m)}
        found.append((nodes, f"w{k}", f"n{k}"))
    return found


def _convolution(
    random: np.random.Generator, kind: Kind, shape: tuple[int, ...], hidden: int, outputs: int
) -> Layers:
    """A convolution, a pool and a dense layer. hidden: channels."""
    kernel = _weights(random, hidden, 9).reshape(hidden, 1, 3, 3)
    bias = random.normal(0.0, 0.05, hidden).astype(np.float32)
    first = {
        "w0": nir.Conv2d((shape[1], shape[2]), kernel, 1, 1, 1, 1, bias),
        "n0": _with_shape(kind.neurons(random, hidden * 64), (hidden, *shape[1:])),
    }
    wide = hidden * 16
    second = {
        "pool": nir.AvgPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0])),
        "flat": nir.Flatten({"input": np.array([hidden, 4, 4])}, 0, -1),
        "w1": nir.Affine(
            _weights(random, outputs, wide), random.normal(0.0, 0.05, outputs).astype(np.float32)
        ),
        "n1": kind.neurons(random, outputs),
    }
    return [(first, "w0", "n0"), (second, "w1", "n1")]


def _with_shape(neurons: nir.NIRNode, shape: tuple[int, ...]) -> nir.NIRNode:
    """The same neurons, whose arrays are as those of a picture."""
    for name, values in list(vars(neurons).items()):
        if isinstance(values, np.ndarray):
            setattr(neurons, name, values.reshape(shape))
    return neurons


def _scaled(random: np.random.Generator, kind: Kind, layers: Layers, stimulus: np.ndarray) -> nir.NIRGraph:
    nodes: dict[str, nir.NIRNode] = {"input": nir.Input({"input": np.array(stimulus.shape[2:])})}
    edges: list[tuple[str, str]] = []
    last = "input"
    for k, (layer, scaled, spiking) in enumerate(layers):
        for name, node in layer.items():
            nodes[name] = node
            edges.append((last, name))
            last = name
        if kind.recurrent and k == 0:
            n = kind.sizes[1]
            nodes["back"] = nir.Linear(0.5 * _weights(random, n, n))
            edges += [(spiking, "back"), ("back", spiking)]
        wanted, low, high = random.uniform(*RATES), 0.05, 50.0
        own: list[Any] = [nodes[scaled], *([nodes["back"]] if kind.recurrent and k == 0 else [])]
        exact: list[np.ndarray] = [node.weight for node in own]
        for _ in range(HALVINGS):
            middle = float(np.sqrt(low * high))
            for node, weight in zip(own, exact, strict=True):
                node.weight = (weight * middle).astype(np.float32)
            found = _rate(kind, nodes, edges, last, stimulus)
            low, high = (middle, high) if found < wanted else (low, middle)
    return _graph(nodes, edges, last)


def _graph(nodes: Mapping[str, nir.NIRNode], edges: list[tuple[str, str]], last: str) -> nir.NIRGraph:
    neurons: Any = nodes[last]
    shape = {"output": np.array(np.shape(neurons.v_threshold))}
    return nir.NIRGraph(
        nodes={**nodes, "output": nir.Output(shape)}, edges=[*edges, (last, "output")], type_check=False
    )


def _rate(
    kind: Kind,
    nodes: Mapping[str, nir.NIRNode],
    edges: list[tuple[str, str]],
    last: str,
    stimulus: np.ndarray,
) -> float:
    trace = spikec.reference(
        _graph(nodes, edges, last),
        stimulus[:, :8],
        dialect=kind.dialect,
        dt=kind.dt,
        dialect_options=dict(kind.options),
    )
    return float(np.minimum(trace.outputs["output"], 1).mean())


def _ones(n: int) -> np.ndarray:
    return np.ones(n, dtype=np.float32)


def _each(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32)


def _rockpool(random: np.random.Generator, n: int) -> nir.NIRNode:
    """Both time constants of a layer are one number each, between 2 and 12 steps."""
    synapse, membrane = random.uniform(2.0, 6.0), random.uniform(4.0, 12.0)
    return nir.CubaLIF(
        tau_syn=1e-3 * synapse * _ones(n), tau_mem=1e-3 * membrane * _ones(n), r=_ones(n), v_leak=0 * _ones(n),
        v_threshold=_ones(n), v_reset=0 * _ones(n), w_in=_ones(n),
    )  # fmt: skip


def _synaptic(random: np.random.Generator, n: int) -> nir.NIRNode:
    """As snnTorch's exporter writes decays alpha and beta for a step of 0.1 ms."""
    dt, alpha, beta = 1e-4, random.uniform(0.6, 0.85), random.uniform(0.8, 0.95)
    synapse, membrane = dt / (1 - alpha), dt / (1 - beta)
    return nir.CubaLIF(
        tau_syn=synapse * _ones(n), tau_mem=membrane * _ones(n), r=membrane / dt * _ones(n), v_leak=0 * _ones(n),
        v_threshold=_ones(n), v_reset=0 * _ones(n), w_in=synapse / dt * _ones(n),
    )  # fmt: skip


def _leaky(random: np.random.Generator, n: int) -> nir.NIRNode:
    dt, beta = 1e-4, random.uniform(0.7, 0.95)
    tau = dt / (1 - beta)
    return _lif(tau * _ones(n), tau / dt * _ones(n))


def _spyx(random: np.random.Generator, n: int) -> nir.NIRNode:
    """Each neuron has its own decay."""
    beta = random.uniform(0.4, 0.9, n)
    tau = 1e-3 / (1 - beta)
    return _lif(_each(tau), _each(tau / 1e-3))


def _spikingjelly(random: np.random.Generator, n: int) -> nir.NIRNode:
    return _lif(1e-4 * random.uniform(1.6, 4.0) * _ones(n), _ones(n))


def _norse(random: np.random.Generator, n: int) -> nir.NIRNode:
    return _lif(1e-3 * random.uniform(4.0, 14.0) * _ones(n), _ones(n))


def _lif(tau: np.ndarray, r: np.ndarray) -> nir.NIRNode:
    n = tau.size
    return nir.LIF(tau=tau, r=r, v_leak=0 * _ones(n), v_threshold=_ones(n), v_reset=0 * _ones(n))


def _if(random: np.random.Generator, n: int) -> nir.NIRNode:
    return nir.IF(r=1e4 * _ones(n), v_threshold=_ones(n), v_reset=0 * _ones(n))


SOFT = {"reset": "subtract", "reset_delay": True}
KINDS = (
    Kind(name="rockpool_ff", dialect="rockpool", dt=1e-3, neurons=_rockpool),
    Kind(name="rockpool_rec", dialect="rockpool", dt=1e-3, neurons=_rockpool, recurrent=True),
    Kind(name="snntorch_synaptic", dialect="snntorch.Synaptic", dt=1e-4, neurons=_synaptic, options=SOFT),
    Kind(name="snntorch_leaky", dialect="snntorch.Leaky", dt=1e-4, neurons=_leaky, options=SOFT),
    Kind(name="spyx_lif", dialect="spyx.LIF", dt=1e-3, neurons=_spyx),
    Kind(name="spikingjelly_lif", dialect="spikingjelly", dt=1e-4, neurons=_spikingjelly),
    Kind(name="norse_lifbox", dialect="norse.LIFBox", dt=1e-3, neurons=_norse),
    Kind(
        name="spikingjelly_conv_if",
        dialect="spikingjelly",
        dt=1e-4,
        neurons=_if,
        sizes=(64, 6, 10),
        convolution=True,
    ),
)
