"""The float network between the file and the fork point: first as flat NIR nodes, then as populations.

`FlatGraph` is the file without its nesting: one node a NIR primitive, shapes known.
`Network` is what a chip computes: populations (stateful nodes) joined by projections (composed linear maps).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    import networkx as nx
    from scipy.sparse import csr_array

LINEAR_KINDS = frozenset(
    {"Affine", "Linear", "Scale", "Conv1d", "Conv2d", "SumPool2d", "AvgPool2d", "Flatten", "Delay"}
)
STATEFUL_KINDS = frozenset({"I", "IF", "LI", "LIF", "CubaLI", "CubaLIF"})
SPIKING_KINDS = frozenset({"IF", "LIF", "CubaLIF", "Threshold"})


@dataclass(frozen=True, kw_only=True)
class FlatNode:
    """One NIR primitive at `path`. After `flatten`, `params` are as stored and shapes None. After
    `infer_shapes`, shapes are known (without batch and time) and `params` are in normal form:

    neurons, Scale, Delay, Threshold: read-only float64 arrays of `output_shape` (broadcast views where the
    file holds fewer values), `v_reset` and `w_in` always there (NIR's defaults 0 and 1).
    Linear, Affine: `weight` float64 (..., out, in); `bias` float64, weight.shape[:-1].
    Conv1d, Conv2d: `weight` (Co, Ci / groups, ...), `bias` (Co,) float64; `stride`, `dilation`: one int for
    each spatial axis; `padding`: one (before, after) for each, 'same' and 'valid' resolved; `groups`: int.
    SumPool2d, AvgPool2d: `kernel_size`, `stride`, `padding` likewise. Flatten: `start_dim`, `end_dim`, ints
    in 0..rank-1 that count the axes of `input_shape`. Input, Output: none."""

    path: str
    kind: str
    params: Mapping[str, object]
    input_shape: tuple[int, ...] | None = None
    output_shape: tuple[int, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class FlatGraph:
    """members: path -> node, sorted by path. counts: of each edge (from, to), sorted, how often the file lists it,
    summed up. inputs, outputs: paths."""

    members: Mapping[str, FlatNode]
    counts: Mapping[tuple[str, str], int]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def node(self, path: str) -> FlatNode:
        """The node at a path."""
        return self.members[path]

    def nodes(self) -> tuple[FlatNode, ...]:
        """All nodes, sorted by path."""
        return tuple(self.members.values())

    def with_nodes(self, nodes: Iterable[FlatNode]) -> FlatGraph:
        """The same graph with other nodes at some of its paths."""
        return replace(self, members={**self.members, **{node.path: node for node in nodes}})

    @cached_property
    def after(self) -> Mapping[str, tuple[str, ...]]:
        """Path -> the paths that its edges lead to, sorted."""
        found: dict[str, list[str]] = {path: [] for path in self.members}
        for pre, post in self.counts:
            found[pre].append(post)
        return {path: tuple(posts) for path, posts in found.items()}

    @cached_property
    def before(self) -> Mapping[str, tuple[str, ...]]:
        """Path -> the paths whose edges lead to it, sorted."""
        found: dict[str, list[str]] = {path: [] for path in self.members}
        for pre, post in self.counts:
            found[post].append(pre)
        return {path: tuple(pres) for path, pres in found.items()}

    @cached_property
    def graph(self) -> nx.DiGraph:
        """The paths and edges as networkx takes them; an edge has attribute `count`."""
        import networkx as nx

        graph: nx.DiGraph = nx.DiGraph()
        graph.add_nodes_from(self.members)
        graph.add_weighted_edges_from(((*edge, count) for edge, count in self.counts.items()), weight="count")
        return graph


def reached(follow: Mapping[str, tuple[str, ...]], start: Iterable[str]) -> set[str]:
    """Where edges lead from some paths on, these included. follow: path -> the next ones."""
    found, pending = set(start), list(start)
    while pending:
        new = [path for path in follow[pending.pop()] if path not in found]
        found.update(new)
        pending += new
    return found


Reset = Literal["to_value", "subtract", "none"]


@dataclass(frozen=True, kw_only=True)
class Neuron:
    """Discrete-time neuron, one value a neuron (float64 arrays of length n), gains already in the weights. Membranes
    count from where a spike leaves them: v = 0 is `v_reset` in the file's own units.

        i[t] = alpha * i[t-1] + x[t]            (alpha None: i[t] = x[t])
        v[t] = beta * v[t-1] + i[t] + bias
        z[t] = v[t] > theta                     (`at_threshold`: >=), then the reset

    theta None: no spikes, the population's output is v.
    `reset_after_decay`: where a spike takes theta off the membrane, it does so behind the next decay, so that v[t+1]
    loses theta; else beta * theta.
    `emission_delay`: float steps between the crossing and the emitted spike (1 where a framework tests the
    old membrane). `multi`: most spikes in a step, None is no limit. `v_min`: floor of v after the reset.
    `v_start`: v before the first step, None is 0.
    """

    alpha: np.ndarray | None
    beta: np.ndarray
    bias: np.ndarray
    theta: np.ndarray | None
    at_threshold: bool = False
    reset: Reset = "to_value"
    reset_after_decay: bool = False
    v_reset: np.ndarray | None = None
    v_start: np.ndarray | None = None
    emission_delay: int = 0
    refractory: int = 0
    multi: int | None = 1
    v_min: np.ndarray | None = None


@dataclass(frozen=True, kw_only=True)
class Population:
    """Neurons of one stateful NIR node (two after fusion: `paths`). `name` is its NIR path."""

    name: str
    shape: tuple[int, ...]
    neuron: Neuron
    paths: tuple[str, ...]

    @property
    def size(self) -> int:
        """Number of neurons."""
        return int(np.prod(self.shape, dtype=np.int64))


@dataclass(frozen=True, kw_only=True)
class Projection:
    """A composed linear map between two populations (or from an input, or to an output).

    taps[d]: csr (post, pre); post at step t receives taps[d] @ s_pre[t - d]; d = 1 on a feedback edge.
    bias[d]: (post,) constant that arrives from step d on. `path`: the NIR nodes on the way, in order.
    """

    pre: str
    post: str
    taps: Mapping[int, csr_array]
    bias: Mapping[int, np.ndarray] = field(default_factory=dict)
    path: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Network:
    """inputs / outputs: NIR path -> shape, in canonical (sorted) order. projections sorted by (pre, post).

    An output's projections carry what the host applies after the chip (identity where nothing is left).
    stateless: the nodes that the projections' paths name, as `infer_shapes` left them."""

    inputs: Mapping[str, tuple[int, ...]]
    outputs: Mapping[str, tuple[int, ...]]
    populations: Mapping[str, Population]
    projections: tuple[Projection, ...]
    dt_seconds: float
    stateless: Mapping[str, FlatNode] = field(default_factory=dict)

    def _repr_html_(self) -> str:
        from ..report.notebook import network_html

        return network_html(self)

    def read_by(self, output: str) -> tuple[str, ...]:
        """The populations that an Output reads, in the order of its projections."""
        return tuple(p.pre for p in self.into(output) if p.pre in self.populations)

    def into(self, post: str) -> tuple[Projection, ...]:
        """The projections onto a population or an output, sorted by source."""
        return tuple(p for p in self.projections if p.post == post)

    def out_of(self, pre: str) -> tuple[Projection, ...]:
        """The projections from a population or an input, sorted by target."""
        return tuple(p for p in self.projections if p.pre == pre)
