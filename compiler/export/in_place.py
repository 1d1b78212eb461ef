"""Writes the chip's numbers into the nodes of the user's own file, wherever these nodes can say them.

The result is then read as a compile reads a file, and has to be the chip's network; else it is not used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from ...sim.diagnostic import DiagnosticError
from ...sim.dialect.dialect import Dialect
from ...sim.nir.raw_graph import RawGraph, RawNode
from ..front.connect import connect
from ..front.flatten import flatten
from ..front.fold_scale import fold_scale
from ..front.fuse_threshold import fuse_threshold
from ..front.infer_shapes import infer_shapes
from ..ir.network import FlatNode, Network, Neuron, Projection
from ..ir.stages import Front
from .alike import alike
from .node_params import chip_params
from .weights import biased, solved_bias, solved_weight, weighted
from .written import Written

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass
class _Changes:
    """By NIR path: new parameters, and new kinds."""

    params: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)

    def put(self, path: str, name: str, value: np.ndarray) -> bool:
        """Whether nothing else was put there before."""
        known = self.params.setdefault(path, {})
        if name in known:
            return bool(np.allclose(known[name], value, rtol=1e-9, atol=0))
        known[name] = value
        return True


def in_place(front: Front, chip: Network) -> Written | None:
    """The file with the neurons and synapses of `chip`, the part of its network that runs there; None where its nodes
    cannot say them."""
    if not set(chip.populations) <= set(front.network.populations):
        return None
    dialect = _reading(front, chip)
    changes = _Changes()
    gains: dict[str, np.ndarray] = {}
    for name in sorted(chip.populations):
        gain = _neuron(front, chip, name, dialect, changes)
        if gain is None:
            return None
        gains[name] = gain
    if not all(_synapses(front, chip, name, gains[name], dialect, changes) for name in sorted(gains)):
        return None
    raw = _replaced(front.raw, "", changes)
    read = _read(raw, dialect)
    if read is None or not alike(read, chip):
        return None
    paths = {name: front.network.populations[name].paths for name in chip.populations}
    return Written(
        graph=raw,
        dialect=dialect,
        nodes={name: path[-1] for name, path in paths.items()},
        states={name: path[0] for name, path in paths.items()},
        origins={name: _origin(chip.populations[name].neuron) for name in chip.populations},
        whole=True,
    )


def _origin(neuron: Neuron) -> np.ndarray:
    return np.zeros(neuron.beta.size) if neuron.v_reset is None else neuron.v_reset


def _reading(front: Front, chip: Network) -> Dialect:
    """The reading under the chip's rules, with its own floors and comparison; a spike resets in its own step."""
    overrides: dict[str, dict[str, object]] = {}
    for name, population in chip.populations.items():
        path, neuron = population.paths[0], population.neuron
        node = front.flat.node(path)
        if neuron.theta is None or node.kind not in {"IF", "LIF", "CubaLIF"}:
            continue
        mine = overrides.setdefault(path, {})
        mine["reset_phase"] = "next_after_decay" if neuron.reset_after_decay else "same"
        mine["fire"] = ">=" if neuron.at_threshold else ">"
        before = front.network.populations[name].neuron
        if neuron.multi != before.multi:
            mine["multi"] = neuron.multi
        if neuron.refractory != before.refractory:
            mine["refractory"] = neuron.refractory
        floor = None if neuron.v_min is None else neuron.v_min + _origin(neuron)
        if floor is None or np.ptp(floor) <= 1e-9 * float(np.abs(floor).max(initial=0.0)):
            mine["v_min"] = None if floor is None else float(np.float32(floor.flat[0]))
    return front.chip_dialect.with_overrides(by_path=overrides)


def _neuron(front: Front, chip: Network, name: str, dialect: Dialect, changes: _Changes) -> np.ndarray | None:
    """The gain of the input of a population after its parameters were changed; None where they cannot be."""
    population = chip.populations[name]
    neuron, node = population.neuron, front.flat.node(population.paths[0])
    reading = dialect.for_node(node.path, node.kind)
    if neuron.alpha is None and _carrier(front, chip, name) is not None:
        neuron = replace(neuron, bias=np.zeros(neuron.beta.size))
    elif neuron.alpha is None:
        neuron = replace(neuron, bias=_constants(chip, name).get(0, np.zeros(neuron.beta.size)))
    params = chip_params(node, neuron, reading, dialect.dt_seconds)
    if params is None:
        return None
    for key, value in params.items():
        changes.put(node.path, key, value)
    last = front.flat.node(population.paths[-1])
    if neuron.theta is not None and "threshold" in last.params:
        changes.put(last.path, "threshold", neuron.theta.reshape(last.output_shape or ()))
    return fold_scale(replace(node, params={**node.params, **params}), dialect).input_gain


def _nodes(front: Front, p: Projection) -> list[FlatNode]:
    return [front.network.stateless[path] for path in p.path]


def _carrier(front: Front, chip: Network, name: str) -> Projection | None:
    """The projection whose nodes can hold what is constant: one with a bias rather than one without."""
    able = [p for p in chip.into(name) if weighted(_nodes(front, p)) is not None]
    able.sort(key=lambda p: all("bias" not in node.params for node in _nodes(front, p)))
    return able[0] if able else None


def _constants(chip: Network, name: str) -> dict[int, np.ndarray]:
    """What arrives constantly by its first step; without a synapse the membrane's own as well."""
    neuron = chip.populations[name].neuron
    found: dict[int, np.ndarray] = {} if neuron.alpha is not None else {0: neuron.bias}
    for p in chip.into(name):
        for step, vector in p.bias.items():
            found[step] = found[step] + vector if step in found else vector
    return {step: vector for step, vector in found.items() if vector.any()}


def _synapses(
    front: Front, chip: Network, name: str, gain: np.ndarray, dialect: Dialect, changes: _Changes
) -> bool:
    """Weights of all ways into a population, and what is constant on one of them."""
    carrier, constants = _carrier(front, chip, name), _constants(chip, name)
    for p in chip.into(name):
        nodes = _nodes(front, p)
        at = weighted(nodes)
        if at is None:
            continue
        weight = solved_weight(nodes, at, _of_all_delays(p), gain, dialect)
        if weight is None or not changes.put(nodes[at].path, "weight", weight):
            return False
        # What starts later passes a Delay behind the bias; that it comes at its time is seen when the file is read.
        vector = sum(constants.values(), np.zeros(gain.size)) if p is carrier else np.zeros(gain.size)
        if "bias" not in nodes[at].params and not vector.any():
            continue
        bias = solved_bias(nodes, at, vector, gain, dialect)
        if bias is None or not changes.put(nodes[at].path, "bias", bias):
            return False
        changes.kinds[nodes[at].path] = biased(nodes[at].kind)
    return True


def _of_all_delays(p: Projection) -> csr_array:
    first, *others = (p.taps[delay] for delay in sorted(p.taps))
    for matrix in others:
        first = first + matrix
    return first


def _replaced(graph: RawGraph, prefix: str, changes: _Changes) -> RawGraph:
    nodes: dict[str, RawNode] = {}
    for name, node in graph.nodes.items():
        path = prefix + name
        if node.graph is not None:
            nodes[name] = replace(node, graph=_replaced(node.graph, path + "/", changes))
        elif path in changes.params:
            nodes[name] = _node(node, changes.params[path], changes.kinds.get(path, node.kind))
        else:
            nodes[name] = node
    return replace(graph, nodes=nodes, sha256="")


def _node(node: RawNode, changed: Mapping[str, np.ndarray], kind: str) -> RawNode:
    """Arrays as the file has them in type and shape; a single number that now differs by neuron becomes an array, and
    so do those beside it."""
    params = dict(node.params)
    wide = False
    for name, value in changed.items():
        old = node.params.get(name)
        if not isinstance(old, np.ndarray):
            near = node.params.get("weight", node.params.get("v_threshold", node.params.get("r")))
            kept = near.dtype if isinstance(near, np.ndarray) else np.dtype(np.float64)
            params[name] = value.astype(kept)
            continue
        kept = old.dtype if old.dtype.kind == "f" else np.dtype(np.float64)
        if old.size == value.size:
            params[name] = value.reshape(old.shape).astype(kept)
        elif old.size == 1 and (value == value.flat[0]).all():
            params[name] = np.full(old.shape, value.flat[0]).astype(kept)
        else:
            params[name], wide = value.astype(kept), True
    if wide:
        shape = np.broadcast_shapes(*(value.shape for value in changed.values()))
        params = {
            name: np.broadcast_to(value, shape)
            if isinstance(value, np.ndarray) and value.size == 1
            else value
            for name, value in params.items()
        }
    return replace(node, kind=kind, params=params)


def _read(raw: RawGraph, dialect: Dialect) -> Network | None:
    """The network of a written file, read as a compile does; None where it cannot be read."""
    try:
        flat, _ = flatten(raw, dialect)
        resolved, _ = infer_shapes(flat)
        return connect(fuse_threshold(resolved)[0], dialect)
    except DiagnosticError:
        return None
