"""Builds a cycle of the graph: its nodes, in the order in which a step evaluates them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..diagnostic import Diagnostic, DiagnosticError, error, raise_errors
from ..dialect.dialect import Dialect, NodeDialect
from ..nir.path import stored_at
from ..nir.raw_graph import RawNode
from .graph import STATEFUL, FlatRaw
from .linear import LinearMap, delay_steps, linear_map, output_shape
from .neurons import Coefficients, coefficients, neuron_shape

Shape = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class LoopNode:
    """A node on a cycle. sources: the nodes of the cycle that lead into it, once for every edge.

    One of: `mapping` (stateless), `c` (neuron), `lags` (Delay, steps an element)."""

    path: str
    kind: str
    dialect: NodeDialect
    shape: Shape
    sources: tuple[str, ...]
    mapping: LinearMap | None = None
    c: Coefficients | None = None
    lags: np.ndarray | None = None

    @property
    def holds(self) -> bool:
        """Whether what it sends in a step is known before what arrives in that step."""
        return self.c is not None or (self.lags is not None and bool((self.lags > 0).all()))

    @property
    def same_step(self) -> bool:
        """Whether its feedback arrives in the step in which it is emitted."""
        return self.feedback_steps == 0

    @property
    def feedback_steps(self) -> int:
        """Steps from what it emits to where its feedback arrives; the step in which it sends late is one of them."""
        return max(self.dialect.rec_delay, self.dialect.layer_delay)


@dataclass(frozen=True, kw_only=True)
class Loop:
    """A cycle: its nodes in the order in which a step evaluates them."""

    nodes: tuple[LoopNode, ...]


def arriving(path: str, values: Sequence[np.ndarray]) -> np.ndarray | None:
    """The sum of what arrives at `path` from several edges, in order; None for no edge.

    Raises DiagnosticError (SPK0282) where shapes differ."""
    if not values:
        return None
    shapes = sorted({value.shape[2:] for value in values})
    if len(shapes) > 1:
        message = f"arrays of different shapes meet here: {', '.join(map(str, shapes))}"
        raise DiagnosticError((error("SPK0282", message, where=stored_at(path)),))
    total = values[0]
    for value in values[1:]:
        total = total.astype(np.float32) + value
    return total


def build_loop(
    flat: FlatRaw, dialect: Dialect, members: tuple[str, ...], outside: Mapping[str, Shape | None]
) -> Loop:
    """The cycle through `members`. outside: shape of what reaches each of them from elsewhere.

    Raises DiagnosticError: SPK0282 shapes, SPK0286 a loop in which nothing holds a value, SPK0308 feedback in
    the same step from a neuron that tests its new membrane."""
    maps = {
        path: linear_map(path, flat.nodes[path], dialect.for_node(path, flat.nodes[path].kind))
        for path in members
        if flat.nodes[path].kind not in STATEFUL and flat.nodes[path].kind != "Delay"
    }
    inside = {path: tuple(s for s in flat.into[path] if s in members) for path in members}
    shapes = _shapes(flat, maps, inside, outside)
    nodes = {
        path: _node(path, flat.nodes[path], dialect, shapes[path], inside[path], maps.get(path))
        for path in members
    }
    return Loop(nodes=tuple(nodes[path] for path in _order(nodes)))


def _node(
    path: str,
    node: RawNode,
    dialect: Dialect,
    shape: Shape,
    sources: tuple[str, ...],
    mapping: LinearMap | None,
) -> LoopNode:
    own = dialect.for_node(path, node.kind)
    c = lags = None
    if node.kind in STATEFUL:
        c = coefficients(path, node, own, dialect.dt_seconds)
        if own.rec_delay == 0 and own.fire_on == "new":
            message = "feedback in the same step (rec_delay 0) needs a neuron that tests its old membrane"
            raise DiagnosticError(
                (error("SPK0308", message, where=stored_at(path), hint="set fire_on to 'old'"),)
            )
    elif node.kind == "Delay":
        lags = delay_steps(path, node, shape, dialect.dt_seconds)
    return LoopNode(
        path=path, kind=node.kind, dialect=own, shape=shape, sources=sources, mapping=mapping, c=c, lags=lags
    )


def _shapes(
    flat: FlatRaw,
    maps: Mapping[str, LinearMap],
    inside: Mapping[str, tuple[str, ...]],
    outside: Mapping[str, Shape | None],
) -> dict[str, Shape]:
    """Output shapes of the nodes of a cycle, each once one thing that arrives is known; then checked."""
    known: dict[str, Shape] = {}

    def of(path: str, shape: Shape | None) -> Shape | None:
        node = flat.nodes[path]
        if node.kind in STATEFUL:
            own = neuron_shape(path, node, shape)
            return own if own or shape is not None else None
        if shape is None or path not in maps:
            return shape
        return output_shape(path, node.kind, maps[path], shape)

    for _ in inside:
        for path in inside:
            seen = [known[s] for s in inside[path] if s in known]
            shape = of(path, outside[path] if outside[path] is not None else seen[0] if seen else None)
            if path not in known and shape is not None:
                known[path] = shape
    diagnostics: list[Diagnostic] = []
    for path in inside:
        meets = {known.get(s) for s in inside[path]} | ({outside[path]} - {None})
        if len(meets) > 1 or None in meets:
            message = f"arrays of different or unknown shapes meet here: {sorted(map(str, meets))}"
            diagnostics.append(error("SPK0282", message, where=stored_at(path)))
        else:
            of(path, next(iter(meets)))
    raise_errors(diagnostics)
    return known


def _order(nodes: Mapping[str, LoopNode]) -> tuple[str, ...]:
    """Sources before targets, equals by name; what holds a value need not wait for its own input's target.

    Raises DiagnosticError (SPK0286)."""
    done: list[str] = []
    waiting = sorted(nodes)
    while waiting:
        ready = [
            path for path in waiting if all(nodes[s].holds or s in done for s in nodes[path].sources)
        ]  # fmt: skip
        if not ready:
            message = "this loop holds no value from one step to the next: it needs a neuron or a Delay"
            raise DiagnosticError(
                (error("SPK0286", message, where=stored_at(waiting[0]), nodes=", ".join(waiting)),)
            )
        done += ready
        waiting = [path for path in waiting if path not in ready]
    return tuple(done)
