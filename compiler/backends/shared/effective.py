"""Rewrites the NIR file with the time constants and thresholds that the chip realises.

They mean these values when the file is read in the chip's own dialect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ....sim.dialect.dialect import Dialect, NodeDialect
from ....sim.nir.raw_graph import RawGraph, RawNode
from ...ir.network import FlatGraph, FlatNode, Network

LARGEST_TAU = 1e30
SMALLEST_TAU = 1e-30
HARDLY_LEAKY = 1 - 2.0**-20
"""Decay of a membrane that does not leak on the chip, where NIR wants a finite time constant."""


@dataclass(frozen=True, kw_only=True)
class EffectiveNeuron:
    """Decays and thresholds that the chip realises, (n,) float64 each.

    alpha, beta: part of synapse and membrane that a step keeps, 0..1. theta: threshold in the network's units, None
    where the neuron has none. constant: what a step adds without any input, where the chip has another than the file.
    gain: factor on what arrives, where the weights make up for decays."""

    alpha: np.ndarray
    beta: np.ndarray
    theta: np.ndarray | None
    constant: np.ndarray | None = None
    gain: np.ndarray | None = None


def effective_graph(
    raw: RawGraph,
    flat: FlatGraph,
    dialect: Dialect,
    network: Network,
    neurons: Mapping[str, EffectiveNeuron],
) -> RawGraph:
    """Replace tau, tau_syn, r, w_in and thresholds of `raw` so that `dialect` reads the chip's decays and thresholds,
    and the gains of the file.

    flat: the graph before fusion. neurons: population -> what the chip realises."""
    changed: dict[str, dict[str, np.ndarray]] = {}
    for name, neuron in sorted(neurons.items()):
        population = network.populations[name]
        node = flat.node(population.paths[0])
        reading = dialect.for_node(node.path, node.kind)
        shape = node.output_shape or ()
        params: dict[str, np.ndarray] = {}
        if neuron.theta is not None:
            key = "v_threshold" if "v_threshold" in node.params else "threshold"
            owner = node.path if key in node.params else population.paths[-1]
            changed.setdefault(owner, {})[key] = neuron.theta.reshape(shape)
        params |= _membrane(node.params, node.kind, reading, neuron.beta.reshape(shape), dialect.dt_seconds)
        if neuron.constant is not None and "v_leak" in node.params and reading.v0 != "v_leak":
            params["v_leak"] = (neuron.constant / (1 - neuron.beta)).reshape(shape)
        if node.kind.startswith("Cuba"):
            params |= _synapse(node.params, reading, neuron.alpha.reshape(shape), dialect.dt_seconds)
        changed.setdefault(node.path, {}).update(params)
        if neuron.gain is not None and neuron.theta is not None:
            _scale_membrane(changed, node, population.paths[-1], 1 / neuron.gain.reshape(shape))
    return _replaced(raw, "", changed)


def _scale_membrane(
    changed: dict[str, dict[str, np.ndarray]], node: FlatNode, last: str, factor: np.ndarray
) -> None:
    """Everything that the membrane is held against, times `factor`: what arrives then counts 1 / factor as much. (Some
    readings have no gain for the input that could be changed instead.)"""
    for path, key in (
        (node.path, "v_threshold"),
        (last, "threshold"),
        (node.path, "v_leak"),
        (node.path, "v_reset"),
    ):
        changes = changed.get(path, {})
        if key in changes or (path == node.path and key in node.params):
            value = changes.get(key, np.asarray(node.params.get(key, 0.0), dtype=np.float64))
            changed.setdefault(path, {})[key] = value * factor


def _tau(kept: np.ndarray, rule: str, reading: NodeDialect, dt: float) -> np.ndarray:
    """The stored tau under which `rule` keeps `kept` of a state in one step."""
    if rule == "given":
        return kept
    with np.errstate(divide="ignore"):
        ratio = 1 - kept if rule == "euler" else -np.log(kept)
    return np.clip(dt / np.maximum(ratio, 1e-300), SMALLEST_TAU, LARGEST_TAU) / reading.tau_scale


def _membrane(
    params: Mapping[str, object], kind: str, reading: NodeDialect, beta: np.ndarray, dt: float
) -> dict[str, np.ndarray]:
    name = "tau_mem" if kind.startswith("Cuba") else "tau"
    if name not in params:
        return {}
    old_tau = np.asarray(params[name], dtype=np.float64)
    new_tau = _tau(beta, reading.decay, reading, dt)
    rule = reading.li_gain if kind in {"LI", "CubaLI"} else reading.gain
    r = np.asarray(params["r"], dtype=np.float64)
    if rule == "r*dt/tau":
        r = r * (new_tau / old_tau)
    elif rule == "r*(1-decay)":
        ratio = dt / (old_tau * reading.tau_scale)
        old = old_tau if reading.decay == "given" else np.exp(-ratio) if reading.decay == "exp" else 1 - ratio
        r = r * (1 - old) / np.maximum(1 - beta, 1e-300)
    return {name: new_tau, "r": r}


def _synapse(
    params: Mapping[str, object], reading: NodeDialect, alpha: np.ndarray, dt: float
) -> dict[str, np.ndarray]:
    old_tau = np.asarray(params["tau_syn"], dtype=np.float64)
    new_tau = _tau(alpha, reading.syn_decay, reading, dt)
    w_in = np.asarray(params["w_in"], dtype=np.float64)
    if reading.syn_gain == "w*dt/tau":
        w_in = w_in * (new_tau / old_tau)
    return {"tau_syn": new_tau, "w_in": w_in}


def _replaced(graph: RawGraph, prefix: str, changed: Mapping[str, Mapping[str, np.ndarray]]) -> RawGraph:
    nodes: dict[str, RawNode] = {}
    for name in graph.nodes:
        node = graph.nodes[name]
        path = prefix + name
        if node.graph is not None:
            node = replace(node, graph=_replaced(node.graph, path + "/", changed))
        elif path in changed:
            shapes = {key: np.asarray(value) for key, value in changed[path].items()}
            node = replace(node, params={**_widened(node, shapes), **shapes})
        nodes[name] = node
    return replace(graph, nodes=nodes)


def _widened(node: RawNode, changed: Mapping[str, np.ndarray]) -> dict[str, np.ndarray | str]:
    """The other parameters of the node in the shape of the changed ones (the file may hold scalars)."""
    shape = np.broadcast_shapes(*(value.shape for value in changed.values())) if changed else ()
    return {
        key: value if isinstance(value, str) else np.broadcast_to(value, shape) if value.ndim == 0 else value
        for key, value in node.params.items()
    }
