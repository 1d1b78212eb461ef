"""Runs the nodes of one cycle of the graph together: one compiled scan over time, shared by cycles alike.

A rough run of a small cycle is not compiled: numpy does its steps one after the other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from ..dialect.dialect import NodeDialect
from .in_numpy import is_small
from .linear import KEPT, Apply, LinearMap, compiled
from .loop import Loop, LoopNode, Shape
from .neurons import bits_kept, early_emission, emission_dtype, initial_state, step

if TYPE_CHECKING:
    import jax

    Named: TypeAlias = Mapping[str, jax.Array]
    Time: TypeAlias = np.ndarray | jax.Array
    """() int32, the number of the step."""
    Nested: TypeAlias = Mapping[str, Named]
    """Path of a node -> its arrays by name."""
    Done: TypeAlias = tuple[Named, Nested]
    """What each node emits, and the states that are kept."""


def run_loop(
    loop: Loop,
    outside: Mapping[str, np.ndarray | None],
    steps: int,
    batch: int,
    keep_states: bool,
    *,
    rough: bool = False,
) -> tuple[dict[str, np.ndarray], dict[str, dict[str, np.ndarray]]]:
    """Run a cycle. outside: (T, B, ...) of what reaches each node from elsewhere. rough: see `reference`.

    Returns what each node emits, (T, B, ...), and the states if wanted."""
    weights = {node.path: node.mapping.arrays if node.mapping else node.c or {} for node in loop.nodes}
    feeds = {path: x.astype(np.float32, copy=False) for path, x in sorted(outside.items()) if x is not None}
    if rough and is_small(steps, sum(batch * math.prod(node.shape) for node in loop.nodes)):
        return _in_numpy(loop, weights, _start(loop, batch), feeds, steps, keep_states)
    scan = _compiled(tuple(_traits(node) for node in loop.nodes), steps, keep_states)
    emitted, states = scan(weights, _start(loop, batch), feeds, np.int32(0))
    return (
        {path: np.asarray(emitted[path]) for path in emitted},
        {path: {name: np.asarray(states[path][name]) for name in states[path]} for path in states},
    )


def _in_numpy(
    loop: Loop,
    arrays: Mapping[str, Mapping[str, np.ndarray]],
    carry: Mapping[str, Mapping[str, np.ndarray]],
    feeds: Mapping[str, np.ndarray],
    steps: int,
    keep_states: bool,
) -> tuple[dict[str, np.ndarray], dict[str, dict[str, np.ndarray]]]:
    """The scan of `_compiled`, without rules for numbers that are nearly 0 or too large."""
    emitted: dict[str, list[np.ndarray]] = {node.path: [] for node in loop.nodes}
    states: dict[str, dict[str, list[np.ndarray]]] = {}
    with np.errstate(all="ignore"):
        for t in range(steps):
            now = np.int32(t), {path: x[t] for path, x in feeds.items()}
            carry, (out, kept) = _advance(np, loop, arrays, carry, now, _as_it_is, keep_states)
            for path in out:
                emitted[path].append(np.asarray(out[path]))
            for path, arrays_of_it in kept.items():
                for name, value in arrays_of_it.items():
                    states.setdefault(path, {}).setdefault(name, []).append(value)
    return (
        {path: np.stack(values) for path, values in emitted.items()},
        {path: {name: np.stack(v) for name, v in of_it.items()} for path, of_it in states.items()},
    )


def _as_it_is(product: np.ndarray) -> np.ndarray:
    return product


class Traits(NamedTuple):
    """A node of a cycle without its weights: what compiled code depends on. lags: shape and bytes, int64."""

    path: str
    kind: str
    dialect: NodeDialect
    shape: Shape
    sources: tuple[str, ...]
    apply: Apply | None
    neuron: bool
    lags: tuple[Shape, bytes] | None


def _traits(node: LoopNode) -> Traits:
    lags = None if node.lags is None else (node.lags.shape, node.lags.astype(np.int64).tobytes())
    apply = node.mapping.apply if node.mapping else None
    return Traits(
        node.path, node.kind, node.dialect, node.shape, node.sources, apply, node.c is not None, lags
    )


def _without_weights(traits: Traits) -> LoopNode:
    lags = traits.lags and np.frombuffer(traits.lags[1], dtype=np.int64).reshape(traits.lags[0])
    return LoopNode(
        path=traits.path,
        kind=traits.kind,
        dialect=traits.dialect,
        shape=traits.shape,
        sources=traits.sources,
        mapping=LinearMap(apply=traits.apply) if traits.apply else None,
        c={} if traits.neuron else None,
        lags=lags,
    )


@lru_cache(maxsize=KEPT)
def _compiled(nodes: tuple[Traits, ...], steps: int, keep_states: bool) -> Callable[..., Done]:
    """The jitted scan: (weights by path, first state, what arrives from elsewhere, an int32 0) -> (what the nodes
    emit, their states)."""
    import jax
    import jax.numpy as jnp

    loop = Loop(nodes=tuple(_without_weights(traits) for traits in nodes))

    def scan(arrays: Nested, start: Nested, inputs: Named, zero: jax.Array) -> Done:
        def advance(carry: Nested, now: tuple[Time, Named]) -> tuple[Nested, Done]:
            return _advance(jnp, loop, arrays, carry, now, bits_kept(zero), keep_states)

        return jax.lax.scan(advance, start, (np.arange(steps, dtype=np.int32), inputs))[1]

    return jax.jit(scan)


def _start(loop: Loop, batch: int) -> dict[str, dict[str, np.ndarray]]:
    """What the cycle holds before the first step: states, what was sent last, and delay lines, all zero."""
    start: dict[str, dict[str, np.ndarray]] = {}
    for node in loop.nodes:
        shape = (batch, *node.shape)
        if node.c is not None:
            start[node.path] = initial_state(node.kind, node.dialect, node.c, shape)
            if not node.same_step:
                start[node.path]["sent"] = np.zeros((node.feedback_steps, *shape), np.float32)
        elif node.lags is not None:
            start[node.path] = {"line": np.zeros((int(node.lags.max(initial=0)) + 1, *shape), np.float32)}
    return start


def _behind(xp: Any, sent: jax.Array, out: jax.Array) -> jax.Array:
    """What is on the way (steps, ...), a step later: the first has arrived, `out` is the last."""
    return xp.concatenate((sent[1:], out[None].astype(sent.dtype)))


def _advance(
    xp: Any, loop: Loop, arrays: Any, carry: Any, now: tuple[Any, Any], rounded: Any, keep_states: bool
) -> tuple[Any, Any]:
    """One step of the cycle, over numpy or jax.numpy: what is held is sent, then each node takes what arrives."""
    time, inputs = now
    sent: dict[str, jax.Array] = {}
    for node in loop.nodes:
        if node.c is not None:
            carried = carry[node.path]
            own = (
                early_emission(xp, node.dialect, arrays[node.path], carried)
                if node.same_step
                else carried["sent"][0]
            )
            sent[node.path] = own
        elif node.holds:
            sent[node.path] = _tap(xp, node, carry[node.path]["line"], time)
    new: dict[str, Named] = {}
    emitted: dict[str, jax.Array] = {}
    states: dict[str, Named] = {}
    for node in loop.nodes:
        x = _gather(node, inputs, sent)
        if node.c is not None:
            carried = {name: value for name, value in carry[node.path].items() if name != "sent"}
            state, out = step(xp, node.kind, node.dialect, arrays[node.path], carried, x, rounded)
            later = {} if node.same_step else {"sent": _behind(xp, carry[node.path]["sent"], out)}
            new[node.path] = {**state, **later}
            emitted[node.path] = out.astype(emission_dtype(node.kind, node.dialect))
            if keep_states:
                states[node.path] = {name: state[name] for name in ("v", "i") if name in state}
            continue
        if node.lags is not None:
            line = carry[node.path]["line"]
            line = _stored(line, time % len(line), x)
            new[node.path] = {"line": line}
            out = sent[node.path] if node.holds else _tap(xp, node, line, time)
        else:
            out = _map(xp, node.mapping, arrays[node.path], x)
        sent[node.path] = emitted[node.path] = out
    return new, (emitted, states)


def _gather(node: LoopNode, inputs: Named, sent: Named) -> jax.Array:
    """The sum of what arrives: from elsewhere first, then along the cycle's edges by name of source."""
    parts = [inputs[node.path]] if node.path in inputs else []
    parts += [sent[source] for source in node.sources]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total.reshape(len(total), *node.shape) if node.c is not None else total


def _stored(line: Any, slot: Any, x: Any) -> Any:
    """The delay line with `x` in a slot."""
    if not isinstance(line, np.ndarray):
        return line.at[slot].set(x)
    new = line.copy()
    new[slot] = x
    return new


def _map(xp: Any, mapping: LinearMap | None, arrays: Any, x: Any) -> Any:
    """What a stateless node makes of x; in numpy by a function that is compiled by itself."""
    if mapping is None:
        return x
    return np.asarray(compiled(mapping.apply)(arrays, x)) if xp is np else mapping.apply(arrays, x)


def _tap(xp: Any, node: LoopNode, line: jax.Array, time: Time) -> jax.Array:
    """What leaves a delay line (slots, B, ...) in step `time`: each element its own number of steps ago."""
    lags = np.zeros(node.shape, np.int32) if node.lags is None else node.lags.astype(np.int32)
    slots = (time - lags) % len(line)
    return xp.take_along_axis(line, xp.broadcast_to(slots, line.shape[1:])[None], axis=0)[0]
