"""The chip's network as a graph of its own: one neuron node a population, one linear node a projection, all flat.

Its reading is `nir.euler` at the network's time step, where every gain is 1: r = tau / dt, w_in = tau_syn / dt.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ...sim.diagnostic import Diagnostic, error, raise_errors
from ...sim.dialect.dialect import preset
from ...sim.nir.limits import Limits
from ...sim.nir.path import stored_at
from ...sim.nir.raw_graph import RawGraph, RawNode
from ..ir.network import Network, Projection
from ..ir.on_chip import LeftOut
from .neurons import node_of, reading_of
from .written import Written, node_name

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def flat(network: Network) -> tuple[Written, list[LeftOut]]:
    """Write a network; and what of it the reading cannot say.

    Raises DiagnosticError: SPK3010 where a projection is too large for the reader's limits, SPK3011 where NIR has no
    node for a neuron."""
    graph = _Graph(network=network)
    raise_errors(_too_large(network))
    graph.inputs()
    graph.populations()
    graph.projections()
    graph.outputs()
    raise_errors(graph.found)
    raw = RawGraph(
        nodes={name: graph.nodes[name] for name in sorted(graph.nodes)}, edges=tuple(sorted(graph.edges))
    )
    dialect = preset("nir.euler", dt_seconds=network.dt_seconds, options=graph.options, graph=raw)
    names = {name: node_name(name) for name in sorted(network.populations)}
    origins = {name: np.zeros(p.size) for name, p in network.populations.items()}
    written = Written(graph=raw, dialect=dialect, nodes=names, states=names, origins=origins, whole=False)
    return written, graph.left_out


def _too_large(network: Network) -> list[Diagnostic]:
    """NIR's Linear is dense: convolutions that are too large for it are not written."""
    limits = Limits()
    found: list[Diagnostic] = []
    total = 0
    for p in network.projections:
        sizes = [8 * int(np.prod(matrix.shape or (0,), dtype=np.int64)) for matrix in p.taps.values()]
        sizes = sizes if p.post in network.populations else []
        total += sum(sizes)
        largest = max(sizes, default=0)
        if largest > limits.dataset_bytes:
            message = f"the weights {p.pre} -> {p.post} are {largest} bytes as one matrix; {limits.dataset_bytes} fit"
            found.append(error("SPK3010", message, where=stored_at(p.post)))
    if total > limits.total_bytes:
        found.append(error("SPK3010", f"all weights are {total} bytes; {limits.total_bytes} fit"))
    return found


@dataclass(kw_only=True)
class _Graph:
    """The graph in the making. source: NIR path -> the node that sends its values on as one axis.
    constants: population -> float step -> (n,) current from then on, that no linear node has taken up yet."""

    network: Network
    nodes: dict[str, RawNode] = field(default_factory=dict)
    edges: list[tuple[str, str]] = field(default_factory=list)
    found: list[Diagnostic] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    options: dict[str, object] = field(default_factory=dict)
    source: dict[str, str] = field(default_factory=dict)
    constants: dict[str, dict[int, np.ndarray]] = field(default_factory=dict)

    def inputs(self) -> None:
        """An Input with the network's shape, flattened where it has several axes."""
        for path, shape in sorted(self.network.inputs.items()):
            name = self.source[path] = node_name(path)
            self.nodes[name] = RawNode(kind="Input", params={"shape": np.array(shape or (1,))})
            if len(shape) > 1:
                self.source[path] = f"{name}.flatten"
                params = {"input_type": np.array(shape), "start_dim": np.array(0), "end_dim": np.array(-1)}
                self.nodes[self.source[path]] = RawNode(kind="Flatten", params=params)
                self.edges.append((name, self.source[path]))

    def populations(self) -> None:
        for path, population in sorted(self.network.populations.items()):
            name = self.source[path] = node_name(path)
            node, in_input, problem = node_of(population.neuron, self.network.dt_seconds)
            if problem:
                self.found.append(error("SPK3011", f"{path}: {problem}", where=stored_at(path)))
            self.nodes[name] = node
            told, even = reading_of(population.neuron)
            self.options |= {f"{name}.{key}": value for key, value in told.items()}
            if not even and population.neuron.v_min is not None:
                low, high = float(population.neuron.v_min.min()), float(population.neuron.v_min.max())
                self.left_out.append(
                    LeftOut(
                        where=path,
                        chip=f"the chip has floors from {low:.4g} to {high:.4g}",
                        file="the reading has their median for all neurons",
                    )
                )
            mine = self.constants.setdefault(path, {})
            if in_input.any():
                mine[0] = in_input
            for p in self.network.into(path):
                for step, vector in sorted(p.bias.items()):
                    mine[step] = mine[step] + vector if step in mine else vector

    def projections(self) -> None:
        loops = _components(self.network)
        for p in self.network.projections:
            if p.post not in self.network.populations:
                continue
            back = 1 if loops[p.pre] == loops[p.post] else 0
            for delay in sorted(p.taps):
                if not p.taps[delay].nnz:
                    continue
                if delay < back:
                    message = f"{p.pre} -> {p.post} takes no step, and lies on a loop"
                    self.found.append(error("SPK3011", message, where=stored_at(p.post)))
                bias = self.constants[p.post].pop(delay - back, None)
                self._linear(p.pre, p, p.taps[delay], bias, delay - back)
        for post in sorted(self.constants):
            for step in sorted(self.constants[post]):
                self._constant(post, self.constants[post][step], step)
            if not any(edge[1] == node_name(post) for edge in self.edges):
                self._constant(post, np.zeros(self.network.populations[post].size), 0)

    def _constant(self, post: str, vector: np.ndarray, step: int) -> None:
        """A constant without a way of its own hangs on an Input, with weights of 0."""
        from scipy import sparse

        pre = min(self.network.inputs)
        size = int(np.prod(self.network.inputs[pre], dtype=np.int64))
        p = Projection(pre=pre, post=post, taps={})
        self._linear(pre, p, sparse.csr_array((vector.size, size)), vector, step)

    def outputs(self) -> None:
        """What the host makes of the spikes; read-outs that are plain wires stay wires."""
        from scipy import sparse

        for path, shape in sorted(self.network.outputs.items()):
            name = self.source[path] = node_name(path)
            size = int(np.prod(shape, dtype=np.int64))
            self.nodes[name] = RawNode(kind="Output", params={"shape": np.array([size])})
            for p in self.network.into(path):
                bias = dict(p.bias)
                for delay in sorted(p.taps):
                    if _is_wire(p, delay) and delay not in bias:
                        self.edges.append((self.source[p.pre], name))
                        continue
                    self._linear(p.pre, p, p.taps[delay], bias.pop(delay, None), delay)
                for step in sorted(bias):
                    zero = sparse.csr_array(p.taps[min(p.taps)].shape)
                    self._linear(p.pre, p, zero, bias[step], step)

    def _linear(
        self, pre: str, p: Projection, weights: csr_array, bias: np.ndarray | None, delay_steps: int
    ) -> None:
        """A Linear or Affine from `pre` to the projection's target, and the Delay behind it."""
        name = self._free_name(pre, p)
        matrix = {"weight": weights.toarray()}
        self.nodes[name] = (
            RawNode(kind="Linear", params=matrix)
            if bias is None
            else RawNode(kind="Affine", params={**matrix, "bias": bias})
        )
        self.edges.append((self.source[pre], name))
        last = name
        if delay_steps > 0:
            last = f"{name}.delay"
            steps = np.full(matrix["weight"].shape[0], delay_steps * self.network.dt_seconds)
            self.nodes[last] = RawNode(kind="Delay", params={"delay": steps})
            self.edges.append((name, last))
        self.edges.append((last, node_name(p.post)))

    def _free_name(self, pre: str, p: Projection) -> str:
        """The NIR nodes on the way, else the two ends; numbered where it is taken."""
        name = "+".join(node_name(part) for part in p.path) or f"{node_name(pre)}->{node_name(p.post)}"
        taken = [name, *(f"{name}.{k}" for k in range(2, 2 + len(self.nodes)))]
        return next(candidate for candidate in taken if candidate not in self.nodes)


def _is_wire(p: Projection, delay: int) -> bool:
    matrix = p.taps[delay]
    shape = matrix.shape or (0, 0)
    if delay or shape[0] != shape[1] or matrix.nnz != shape[0]:
        return False
    coo = matrix.tocoo()
    rows, cols = coo.coords
    return bool((rows == cols).all() and (coo.data == 1).all())


def _components(network: Network) -> dict[str, int]:
    """Population or input -> its loop; one that is on none has a component of its own, even from itself."""
    import networkx as nx

    graph = nx.DiGraph()
    graph.add_nodes_from(sorted({*network.inputs, *network.populations}))
    graph.add_edges_from(
        sorted((p.pre, p.post) for p in network.projections if p.post in network.populations)
    )
    return {name: k for k, group in enumerate(nx.strongly_connected_components(graph)) for name in group}
