"""The chip's network as a NIR graph: one neuron node a population, one linear node a projection, as realised.

Its reading is `nir.euler` at the network's time step, where every gain is 1: r = tau / dt, w_in = tau_syn / dt.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ...sim.diagnostic import Diagnostic, error, raise_errors, warning
from ...sim.nir.limits import Limits
from ...sim.nir.path import stored_at
from ..ir.network import Network, Projection
from ..ir.realised import Realised
from ..output.reopen import Reopened
from .neurons import node_of

if TYPE_CHECKING:
    import nir


@dataclass(frozen=True, kw_only=True)
class Exported:
    """file: bytes of the `.nir`. dialect_options: what `nir.euler` needs besides dt, `<path>.refractory` -> steps.

    early: populations whose constant current the chip starts before the network's first step."""

    file: bytes
    dt_seconds: float
    dialect_options: Mapping[str, int]
    early: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]


def node_name(path: str) -> str:
    """A NIR path as the name of one node: HDF5 would split it at `/`."""
    return path.replace("%", "%25").replace("/", "%2F")


def export(opened: Reopened, network: Realised) -> Exported:
    """Raises DiagnosticError: SPK3010 where a projection is too large for the reader's limits, SPK3011 where NIR
    has no node for what the chip does."""
    graph = _Graph(opened=opened, network=network)
    raise_errors(_too_large(network))
    graph.inputs()
    graph.populations()
    graph.projections()
    graph.outputs()
    raise_errors(graph.found)
    return Exported(
        file=_written(graph),
        dt_seconds=graph.dt,
        dialect_options=graph.options,
        early=tuple(sorted(graph.early)),
        diagnostics=tuple(graph.found),
    )


def _too_large(network: Realised) -> list[Diagnostic]:
    """NIR's Linear is dense: convolutions that are too large for it are not written."""
    limits = Limits()
    found: list[Diagnostic] = []
    total = sum(w.nbytes for taps in network.taps.values() for w in taps.values())
    for pre, post in sorted(network.taps):
        largest = max(w.nbytes for w in network.taps[pre, post].values())
        if largest > limits.dataset_bytes:
            message = (
                f"the weights {pre} -> {post} are {largest} bytes as one matrix; {limits.dataset_bytes} fit"
            )
            found.append(error("SPK3010", message, where=stored_at(post)))
    if total > limits.total_bytes:
        found.append(error("SPK3010", f"all weights are {total} bytes; {limits.total_bytes} fit"))
    return found


def _written(graph: _Graph) -> bytes:
    import nir

    facts = {
        "made_by": "spikec",
        "target": graph.opened.target.name,
        "configuration_sha256": graph.opened.configuration.digest(),
        "dialect": "nir.euler",
        "dt_seconds": graph.dt,
    }
    nodes = {name: graph.nodes[name] for name in sorted(graph.nodes)}
    made = nir.NIRGraph(nodes=nodes, edges=sorted(graph.edges), metadata=facts)
    buffer = io.BytesIO()
    nir.write(buffer, made)  # pyright: ignore[reportArgumentType] (any binary file does)
    return buffer.getvalue()


@dataclass(kw_only=True)
class _Graph:
    """The graph in the making. flat: source path -> the node that sends its values on as one axis.
    constants: population -> float step -> (n,) current from then on, that no linear node has taken up yet."""

    opened: Reopened
    network: Realised
    nodes: dict[str, nir.NIRNode] = field(default_factory=dict)
    edges: list[tuple[str, str]] = field(default_factory=list)
    found: list[Diagnostic] = field(default_factory=list)
    options: dict[str, int] = field(default_factory=dict)
    early: set[str] = field(default_factory=set)
    flat: dict[str, str] = field(default_factory=dict)
    constants: dict[str, dict[int, np.ndarray]] = field(default_factory=dict)

    @property
    def dt(self) -> float:
        return self.opened.prepared.front.dialect.dt_seconds

    @property
    def floats(self) -> Network:
        return self.opened.prepared.network

    def inputs(self) -> None:
        """An Input with the network's shape, flattened where it has several axes."""
        import nir

        for path, shape in sorted(self.floats.inputs.items()):
            name = self.flat[path] = node_name(path)
            self.nodes[name] = nir.Input(input_type={"input": np.array(shape or (1,))})
            if len(shape) > 1:
                self.flat[path] = f"{name}.flatten"
                self.nodes[self.flat[path]] = nir.Flatten(
                    input_type={"input": np.array(shape)}, start_dim=0, end_dim=-1
                )
                self.edges.append((name, self.flat[path]))

    def populations(self) -> None:
        for population in self.opened.symbols.populations:
            path, name = population.name, node_name(population.name)
            self.flat[path] = name
            neuron = self.network.neurons[path]
            spiking = self.floats.populations[path].neuron.theta is not None
            node, through_x, problem = node_of(neuron, self.dt, spiking=spiking)
            if problem:
                self.found.append(error("SPK3011", f"{path}: {problem}", where=stored_at(path)))
            node.metadata = {
                "path": path,
                "shape": np.array(population.shape, dtype=np.int64),
                "integers_in_1": neuron.units,
                "lag_steps": population.lag_steps,
            }
            self.nodes[name] = node
            hold = np.unique(neuron.hold_steps)
            if hold.size > 1:
                message = (
                    f"{path} is refractory for {hold.min()} to {hold.max()} steps; a reading has one number"
                )
                self.found.append(error("SPK3011", message, where=stored_at(path)))
            elif hold.size and hold[0] and spiking:
                self.options[f"{name}.refractory"] = int(hold[0])
            self._constants(path, through_x)

    def _constants(self, path: str, through_x: np.ndarray) -> None:
        """Constant currents by the float step of their start; what starts before step 0 is told."""
        late = {step: vector for step, vector in self.network.constants.get(path, {}).items() if vector.any()}
        lag = self.network.lags[path]
        if through_x.any():
            late[-lag] = late.get(-lag, np.zeros(through_x.size)) + through_x
        in_membrane = self.network.neurons[path].bias.any() and not through_x.any()
        if min(late, default=0) < 0 or (lag > 0 and in_membrane):
            self.early.add(path)
            message = (
                f"a constant current of {path} acts on the chip before the network's first step; not written"
            )
            self.found.append(warning("SPK3012", message, where=stored_at(path)))
        self.constants[path] = {}
        for step in sorted(late):
            mine = self.constants[path]
            mine[max(step, 0)] = mine.get(max(step, 0), np.zeros(late[step].size)) + late[step]

    def projections(self) -> None:
        loops = _components(self.network)
        for pre, post in sorted(self.network.taps):
            back = 1 if loops[pre] == loops[post] else 0
            for delay in sorted(self.network.taps[pre, post]):
                if delay < back:
                    message = f"{pre} -> {post} takes no step, and lies on a loop"
                    self.found.append(error("SPK3011", message, where=stored_at(post)))
                weights = self.network.taps[pre, post][delay]
                bias = self.constants[post].pop(delay - back, None)
                self._linear(pre, post, weights, bias, delay - back)
        for post in sorted(self.constants):
            for step in sorted(self.constants[post]):
                pre = min(self.floats.inputs)
                size = int(np.prod(self.floats.inputs[pre], dtype=np.int64))
                vector = self.constants[post][step]
                self._linear(pre, post, np.zeros((vector.size, size)), vector, step)

    def outputs(self) -> None:
        """What the host makes of the spikes; read-outs that are plain wires stay wires."""
        import nir

        for path, shape in sorted(self.floats.outputs.items()):
            name = self.flat[path] = node_name(path)
            size = int(np.prod(shape, dtype=np.int64))
            self.nodes[name] = nir.Output(output_type={"output": np.array([size])})
            for p in self.floats.into(path):
                bias = dict(p.bias)
                for delay in sorted(p.taps):
                    if _is_wire(p, delay) and delay not in bias:
                        self.edges.append((self.flat[p.pre], name))
                        continue
                    weights = p.taps[delay].toarray()
                    self._linear(p.pre, path, weights, bias.pop(delay, None), delay)
                for step in sorted(bias):
                    zero = np.zeros_like(p.taps[min(p.taps)].toarray())
                    self._linear(p.pre, path, zero, bias[step], step)

    def _linear(
        self, pre: str, post: str, weights: np.ndarray, bias: np.ndarray | None, delay_steps: int
    ) -> None:
        """A Linear or Affine from `pre` to `post`, and the Delay behind it."""
        import nir

        name = self._free_name(pre, post)
        self.nodes[name] = nir.Linear(weights) if bias is None else nir.Affine(weights, bias)
        self.edges.append((self.flat[pre], name))
        last = name
        if delay_steps > 0:
            last = f"{name}.delay"
            self.nodes[last] = nir.Delay(np.full(len(weights), delay_steps * self.dt))
            self.edges.append((name, last))
        self.edges.append((last, node_name(post)))

    def _free_name(self, pre: str, post: str) -> str:
        """The NIR nodes on the way, else the two ends; numbered where it is taken."""
        path = next((p.path for p in self.floats.into(post) if p.pre == pre and p.path), ())
        name = "+".join(node_name(part) for part in path) or f"{node_name(pre)}->{node_name(post)}"
        taken = [name, *(f"{name}.{k}" for k in range(2, 2 + len(self.nodes)))]
        return next(candidate for candidate in taken if candidate not in self.nodes)


def _is_wire(p: Projection, delay: int) -> bool:
    matrix: Any = p.taps[delay]
    rows, columns = matrix.shape
    if delay or rows != columns or matrix.nnz != rows:
        return False
    coo = matrix.tocoo()
    return bool((coo.row == coo.col).all() and (coo.data == 1).all())


def _components(network: Realised) -> dict[str, object]:
    """Population or input -> its loop; one that is on none has a component of its own, even from itself."""
    import networkx as nx

    graph = nx.DiGraph()
    graph.add_nodes_from(sorted({end for pair in network.taps for end in pair}))
    graph.add_edges_from(sorted(network.taps))
    return {name: k for k, group in enumerate(nx.strongly_connected_components(graph)) for name in group}
