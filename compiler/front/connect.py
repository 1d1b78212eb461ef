"""Connects populations: flat NIR nodes become populations joined by composed linear maps, the delay of every path in
steps.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import numpy as np

from ...sim.diagnostic import Diagnostic, error, raise_errors
from ...sim.dialect.dialect import Dialect
from ...sim.nir.path import shown, stored_at
from ..ir.network import LINEAR_KINDS, FlatGraph, FlatNode, Network, Population, Projection
from .bound_sizes import bound_product
from .fold_scale import Folded, fold_scale
from .lower_linear import LinearMap, linear_map

if TYPE_CHECKING:
    from scipy.sparse import csr_array


LARGEST = float(np.finfo(np.float32).max)


@dataclass
class _Value:
    """A node's value as a linear function of sources: source -> delay -> matrix; and delay -> constant."""

    taps: dict[str, dict[int, csr_array]] = field(default_factory=dict)
    bias: dict[int, np.ndarray] = field(default_factory=dict)
    path: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def add(self, other: _Value, count: int, delay: int) -> None:
        for source in sorted(other.taps):
            mine = self.taps.setdefault(source, {})
            for d, matrix in sorted(other.taps[source].items()):
                scaled = matrix * float(count)
                mine[d + delay] = mine[d + delay] + scaled if d + delay in mine else scaled
            joined = (*self.path.get(source, ()), *other.path.get(source, ()))
            self.path[source] = tuple(dict.fromkeys(joined))
        for d, vector in sorted(other.bias.items()):
            # A constant that a feedback edge would carry started before step 0; only a Delay postpones it.
            self.bias[d] = self.bias.get(d, np.zeros(vector.size)) + vector * count


def connect(flat: FlatGraph, dialect: Dialect) -> Network:
    """Build the populations and projections of a resolved, fused graph.

    Raises DiagnosticError: SPK1002 for a loop of stateless nodes that only a Delay holds, SPK0284 and SPK0288 for
    numbers that 32-bit floats cannot hold."""
    import networkx as nx

    graph = flat.graph
    component = {path: k for k, group in enumerate(nx.strongly_connected_components(graph)) for path in group}
    stateless = [n.path for n in flat.nodes() if n.kind in LINEAR_KINDS]
    order_graph = graph.subgraph(stateless)
    if not nx.is_directed_acyclic_graph(order_graph):
        loop = [edge[0] for edge in nx.find_cycle(order_graph)]
        message = f"the loop {' -> '.join(loop)} holds a Delay and no neuron; a chip cannot run it"
        raise_errors([error("SPK1002", message, where=stored_at(loop[0]))])
    sources = {n.path: n for n in flat.nodes() if n.kind not in LINEAR_KINDS and n.kind != "Output"}
    folded = {path: fold_scale(node, dialect) for path, node in sources.items() if node.kind != "Input"}
    raise_errors([problem for path in folded for problem in _not_finite(flat.node(path), folded[path])])
    values: dict[str, _Value] = {}
    for path, node in sources.items():
        values[path] = _source(node)
    work = _Work(flat, dialect, component, folded, values)
    for path in nx.lexicographical_topological_sort(order_graph):
        values[path] = _through(work, flat.node(path))
    projections: list[Projection] = []
    for path in sorted([*folded, *flat.outputs]):
        projections.extend(_projections(work, flat.node(path), folded.get(path)))
    raise_errors([problem for p in projections for problem in _too_large(p)])
    populations = {path: _population(sources[path], folded[path]) for path in sorted(folded)}
    return Network(
        inputs={path: flat.node(path).output_shape or () for path in sorted(flat.inputs)},
        outputs={path: flat.node(path).input_shape or () for path in sorted(flat.outputs)},
        populations=populations,
        projections=tuple(sorted(projections, key=lambda p: (p.pre, p.post))),
        dt_seconds=dialect.dt_seconds,
        stateless={path: flat.node(path) for path in sorted(stateless)},
    )


def _not_finite(node: FlatNode, folded: Folded) -> list[Diagnostic]:
    """Report coefficients of a neuron that are not finite in 32 bits (SPK0284)."""
    neuron = folded.neuron
    parts = {
        "gain of its input": folded.input_gain, "part of the membrane that a step keeps": neuron.beta,
        "part of the synapse that a step keeps": neuron.alpha, "constant input": neuron.bias,
        "threshold": neuron.theta, "reset": neuron.v_reset, "start": neuron.v_start,
    }  # fmt: skip
    wrong = [what for what, value in parts.items() if value is not None and not _fits(value)]
    if not wrong:
        return []
    message = f"the {wrong[0]} is not finite, or past {LARGEST:.4g}, the largest 32-bit float"
    hint = "is a time constant 0, or dt far from it?"
    return [error("SPK0284", message, where=stored_at(node.path), hint=hint)]


def _too_large(projection: Projection) -> list[Diagnostic]:
    """Report weights that maps and gains make together, if 32 bits cannot hold them (SPK0288)."""
    arrays = [*(matrix.data for matrix in projection.taps.values()), *projection.bias.values()]
    if all(map(_fits, arrays)):
        return []
    ways = " -> ".join(f"`{shown(path)}`" for path in (projection.pre, *projection.path, projection.post))
    message = f"the weights along {ways} become larger than {LARGEST:.4g}, the largest 32-bit float, together"
    return [
        error(
            "SPK0288", message, where=stored_at(projection.post), hint="scale them, and thresholds with them"
        )
    ]


def _fits(values: np.ndarray) -> bool:
    return bool((np.abs(values) <= LARGEST).all())


@dataclass(frozen=True)
class _Work:
    flat: FlatGraph
    dialect: Dialect
    component: dict[str, int]
    folded: dict[str, Folded]
    values: dict[str, _Value]


def _population(node: FlatNode, folded: Folded) -> Population:
    emits = node.params.get("threshold_path")
    paths = (node.path, emits) if isinstance(emits, str) else (node.path,)
    return Population(name=node.path, shape=node.output_shape or (), neuron=folded.neuron, paths=paths)


def _source(node: FlatNode) -> _Value:
    from scipy import sparse

    size = int(np.prod(node.output_shape or (), dtype=np.int64))
    return _Value(taps={node.path: {0: sparse.csr_array(sparse.eye_array(size))}}, path={node.path: ()})


def _arriving(work: _Work, path: str) -> _Value:
    total = _Value()
    for source in work.flat.before[path]:
        count = work.flat.counts[source, path]
        total.add(work.values[source], count, _edge_delay(work, source, path))
    return total


def _edge_delay(work: _Work, source: str, target: str) -> int:
    """Steps that the edge itself adds: what the source emits late, and one on a cycle."""
    folded = work.folded.get(source)
    if folded is None:
        return 0
    node = work.flat.node(source)
    late = folded.neuron.emission_delay
    on_cycle = work.component[source] == work.component[target] and (
        source != target or (source, source) in work.flat.counts
    )
    if not on_cycle or node.kind == "Threshold":
        return late
    reading = work.dialect.for_node(node.path, node.kind)
    return late + max(0, reading.rec_delay - reading.layer_delay)  # `late` has the step of `layer_delay`


def _through(work: _Work, node: FlatNode) -> _Value:
    reading = work.dialect.for_node(node.path, node.kind)
    mapping = linear_map(node, dt_seconds=work.dialect.dt_seconds, channels_last=reading.flatten == "HWC")
    arriving = _arriving(work, node.path)
    value = _Value(path={s: (*p, node.path) for s, p in arriving.path.items()})
    for source, taps in arriving.taps.items():
        mapped: dict[int, csr_array] = {}
        for delay, matrix in sorted(taps.items()):
            _split(mapping, _product(mapping.matrix, matrix, node.path), delay, mapped)
        value.taps[source] = mapped
    for delay, vector in sorted(arriving.bias.items()):
        _split_bias(mapping, mapping.matrix @ vector, delay, value.bias)
    if mapping.bias is not None and mapping.bias.any():
        value.bias[0] = value.bias.get(0, np.zeros(mapping.bias.size)) + mapping.bias
    return value


def _product(left: csr_array, right: csr_array, path: str) -> csr_array:
    """left @ right. Raises DiagnosticError as `bound_product`."""
    one = np.arange(right.indptr.size - 1)
    if (
        np.array_equal(right.indices, one)
        and np.array_equal(right.indptr[:-1], one)
        and (right.data == 1).all()
    ):
        return left  # what comes straight from a source, and that is most of it
    bound_product(left, right, path)
    return left @ right


def _split(mapping: LinearMap, matrix: csr_array, delay: int, into: dict[int, csr_array]) -> None:
    """Sort the rows of `matrix` by the extra delay of their element."""
    from scipy import sparse

    if mapping.delay is None:
        into[delay] = into[delay] + matrix if delay in into else matrix
        return
    for extra in np.unique(mapping.delay):
        chosen = sparse.diags_array((mapping.delay == extra).astype(np.float64)) @ matrix
        d = delay + int(extra)
        into[d] = sparse.csr_array(into[d] + chosen if d in into else chosen)


def _split_bias(mapping: LinearMap, vector: np.ndarray, delay: int, into: dict[int, np.ndarray]) -> None:
    steps = mapping.delay if mapping.delay is not None else np.zeros(vector.size, dtype=np.int64)
    for extra in np.unique(steps):
        d = delay + int(extra)
        into[d] = into.get(d, np.zeros(vector.size)) + np.where(steps == extra, vector, 0.0)


def _projections(work: _Work, node: FlatNode, folded: Folded | None) -> list[Projection]:
    """The projections into a population or an output; a constant rides on the first of them."""

    arriving = _arriving(work, node.path)
    size = int(np.prod(node.input_shape or (), dtype=np.int64))
    gain = np.ones(size) if folded is None else folded.input_gain
    shift = 0 if folded is None else folded.input_delay
    bias = {d + shift: vector * gain for d, vector in sorted(arriving.bias.items()) if vector.any()}
    projections: list[Projection] = []
    for source in sorted(arriving.taps):
        taps = {
            d + shift: _pruned(_scaled(matrix, gain)) for d, matrix in sorted(arriving.taps[source].items())
        }
        projections.append(
            Projection(pre=source, post=node.path, taps=taps, bias=bias, path=arriving.path[source])
        )
        bias = {}
    return projections


def _scaled(matrix: csr_array, gain: np.ndarray) -> csr_array:
    """A copy with each row times its gain, and indices of 32 bits where these do."""
    from scipy import sparse

    data = matrix.data * np.repeat(gain, np.diff(matrix.indptr))
    shape = cast("tuple[int, int]", matrix.shape)
    narrow = max(*shape, data.size) <= np.iinfo(np.int32).max
    kind = np.int32 if narrow else np.int64
    ends = matrix.indices.astype(kind), matrix.indptr.astype(kind)
    return sparse.csr_array((data, *ends), shape=shape)


def _pruned(matrix: csr_array) -> csr_array:
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    return matrix
