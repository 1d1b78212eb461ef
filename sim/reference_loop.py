"""The nodes of one cycle of the graph, evaluated together: one scan over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .diagnostic import Diagnostic, DiagnosticError, error, raise_errors
from .dialect import Dialect, NodeDialect
from .nirpath import stored_at
from .rawgraph import RawNode
from .reference_graph import STATEFUL, FlatRaw
from .reference_linear import LinearMap, delay_steps, linear_map, output_shape
from .reference_neurons import (
    Coefficients,
    coefficients,
    early_emission,
    emission_dtype,
    initial_state,
    neuron_shape,
    step,
)

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
        return self.dialect.rec_delay == 0 and self.dialect.layer_delay == 0


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
    found: list[Diagnostic] = []
    for path in inside:
        meets = {known.get(s) for s in inside[path]} | ({outside[path]} - {None})
        if len(meets) > 1 or None in meets:
            message = f"arrays of different or unknown shapes meet here: {sorted(map(str, meets))}"
            found.append(error("SPK0282", message, where=stored_at(path)))
        else:
            of(path, next(iter(meets)))
    raise_errors(found)
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


def run_loop(
    loop: Loop, outside: Mapping[str, np.ndarray | None], steps: int, batch: int, keep_states: bool
) -> tuple[dict[str, np.ndarray], dict[str, dict[str, np.ndarray]]]:
    """Run a cycle. outside: (T, B, ...) of what reaches each node from elsewhere.

    Returns what each node emits, (T, B, ...), and the states if wanted."""
    import jax

    weights = {node.path: node.mapping.arrays if node.mapping else node.c or {} for node in loop.nodes}
    feeds = {path: x.astype(np.float32) for path, x in sorted(outside.items()) if x is not None}

    def scan(arrays: Any, start: Any, inputs: Any, zero: Any) -> Any:
        def advance(carry: Any, now: Any) -> tuple[Any, Any]:
            return _advance(loop, arrays, carry, now, zero, keep_states)

        return jax.lax.scan(advance, start, (np.arange(steps, dtype=np.int32), inputs))[1]

    emitted, states = jax.jit(scan)(weights, _start(loop, batch), feeds, np.int32(0))
    return (
        {path: np.asarray(emitted[path]) for path in emitted},
        {path: {name: np.asarray(states[path][name]) for name in states[path]} for path in states},
    )


def _start(loop: Loop, batch: int) -> dict[str, dict[str, np.ndarray]]:
    """What the cycle holds before the first step: states, what was sent last, and delay lines, all zero."""
    start: dict[str, dict[str, np.ndarray]] = {}
    for node in loop.nodes:
        shape = (batch, *node.shape)
        if node.c is not None:
            start[node.path] = initial_state(node.kind, node.dialect, node.c, shape)
            if not node.same_step:
                start[node.path]["sent"] = np.zeros(shape, np.float32)
        elif node.lags is not None:
            start[node.path] = {"line": np.zeros((int(node.lags.max(initial=0)) + 1, *shape), np.float32)}
    return start


def _advance(
    loop: Loop, arrays: Any, carry: Any, now: tuple[Any, Mapping[str, Any]], zero: Any, keep_states: bool
) -> tuple[Any, Any]:
    """One step of the cycle: what is held is sent, then each node takes what arrives."""
    time, inputs = now
    sent: dict[str, Any] = {}
    for node in loop.nodes:
        if node.c is not None:
            held = carry[node.path]
            own = early_emission(node.dialect, arrays[node.path], held) if node.same_step else held["sent"]
            sent[node.path] = own
        elif node.holds:
            sent[node.path] = _tap(node, carry[node.path]["line"], time)
    new: dict[str, Any] = {}
    emitted: dict[str, Any] = {}
    states: dict[str, Any] = {}
    for node in loop.nodes:
        x = _gather(node, inputs, sent)
        if node.c is not None:
            held = {name: value for name, value in carry[node.path].items() if name != "sent"}
            state, out = step(node.kind, node.dialect, arrays[node.path], held, x, zero)
            new[node.path] = state if node.same_step else {**state, "sent": out}
            emitted[node.path] = out.astype(emission_dtype(node.kind, node.dialect))
            if keep_states:
                states[node.path] = {name: state[name] for name in ("v", "i") if name in state}
            continue
        if node.lags is not None:
            line = carry[node.path]["line"]
            line = line.at[time % len(line)].set(x)
            new[node.path] = {"line": line}
            out = sent[node.path] if node.holds else _tap(node, line, time)
        else:
            out = node.mapping.apply(arrays[node.path], x) if node.mapping else x
        sent[node.path] = emitted[node.path] = out
    return new, (emitted, states)


def _gather(node: LoopNode, inputs: Mapping[str, Any], sent: Mapping[str, Any]) -> Any:
    """The sum of what arrives: from elsewhere first, then along the cycle's edges by name of source."""
    parts = [inputs[node.path]] if node.path in inputs else []
    parts += [sent[source] for source in node.sources]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total.reshape(len(total), *node.shape) if node.c is not None else total


def _tap(node: LoopNode, line: Any, time: Any) -> Any:
    """What leaves a delay line (slots, B, ...) in step `time`: each element its own number of steps ago."""
    import jax.numpy as jnp

    lags = np.zeros(node.shape, np.int32) if node.lags is None else node.lags.astype(np.int32)
    slots = (time - lags) % len(line)
    return jnp.take_along_axis(line, jnp.broadcast_to(slots, line.shape[1:])[None], axis=0)[0]
