"""Runs a NIR file in float32 as its dialect reads it: the network that the user trained.

Parts of the graph without a cycle are computed one node after the other for all time steps; a cycle is one
scan over time. On a cycle, an edge that leaves a stateful node delivers the value of the step before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from ..diagnostic import Diagnostic, DiagnosticError, error, raise_errors
from ..dialect.dialect import Dialect, NodeDialect
from ..nir.path import stored_at
from ..nir.raw_graph import RawGraph, RawNode
from ..option_values import MOST
from ..trace import Trace
from .cycle import run_loop
from .flatten_axes import counted_on
from .graph import PORTS, STATEFUL, FlatRaw, flatten
from .in_numpy import is_small, run_layer
from .linear import LinearMap, compiled, delay_steps, delayed, linear_map, output_shape
from .loop import arriving, build_loop
from .neurons import (
    bits_kept,
    coefficients,
    emission_dtype,
    initial_state,
    neuron_shape,
    step,
    without_leading_ones,
)

if TYPE_CHECKING:
    import jax

    Named: TypeAlias = Mapping[str, jax.Array]

TOO_LARGE = "weights, gains or inputs before it are too large: scale them, and thresholds with them"
CHUNK_ELEMENTS = 1 << 24
"""Elements that a stateless node computes at a time; bounds memory, changes nothing else."""


@dataclass(kw_only=True)
class _Run:
    """A run in progress: `values` holds what each finished node sends on, (T, B, ...)."""

    flat: FlatRaw
    dialect: Dialect
    steps: int
    batch: int
    values: dict[str, np.ndarray]
    layers: dict[str, np.ndarray]
    states: dict[str, Mapping[str, np.ndarray]]
    keep_states: bool
    rough: bool


def reference(
    graph: RawGraph,
    dialect: Dialect,
    *,
    stimulus: Mapping[str, np.ndarray],
    return_all_states: bool = False,
    rough: bool = False,
) -> Trace:
    """The float run of `graph` under `dialect`.

    stimulus: Input node of the root graph -> (T, B, ...) real numbers; all with the same T and B. Axes of
    length 1 in front of an Input's stored shape may be left out.
    Returns a trace whose outputs are float32, whose spiking layers are uint8 or int32 counts and whose other
    layers are float32 states. return_all_states adds the states after each step, float32. rough: compile nothing for
    small layers, so that numbers nearer to 0 than 2**-100, or beyond 2**100, may differ from the normative run.
    Raises DiagnosticError: SPK0280, SPK0281 (edges), SPK0282 (shapes), SPK0283 (stimulus does not fit),
    SPK0284, SPK0285, SPK0287 (parameters), SPK0286 (a loop without memory), SPK0288 (values become infinite), SPK0308
    (dialect).
    """
    import jax

    flat = flatten(graph, lambda path: dialect.for_node(path, "NIRGraph").sub_edge == "spyx")
    steps, batch = _check_stimulus(flat, stimulus)
    run = _Run(
        flat=flat, dialect=dialect, steps=steps, batch=batch, values={}, layers={}, states={},
        keep_states=return_all_states, rough=rough,
    )  # fmt: skip
    last_use = {
        source: members for members in flat.components for path in members for source in flat.into[path]
    }
    with jax.default_device(jax.devices("cpu")[0]):
        for members in flat.components:
            first = members[0]
            if first in flat.cyclic:
                _run_cycle(run, members)
            elif first in flat.inputs:
                with np.errstate(over="ignore"):  # reported below
                    x = np.asarray(stimulus[first], np.float32)
                run.values[first] = x if x.ndim > 2 else x[..., None]
            else:
                _run_node(run, first)
            _demand_finite(run, members)
            _forget(run, members, last_use)
    return Trace(
        outputs={path: run.values[path].astype(np.float32, copy=False) for path in flat.outputs},
        layers=run.layers,
        states=run.states,
    )


def _demand_finite(run: _Run, members: tuple[str, ...]) -> None:
    """Raises DiagnosticError (SPK0288) for values that became infinite, or the difference of two that did, and for more
    spikes than are counted."""
    for path in members:
        values = run.values[path]
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            step, sample, *at = (int(k) for k in np.argwhere(~np.isfinite(values))[0])
            where = f"first in step {step} of sample {sample}, at {at}"
            message = (
                f"the values of this {run.flat.nodes[path].kind} leave the range of 32-bit floats, {where}"
            )
            raise DiagnosticError((error("SPK0288", message, where=stored_at(path), hint=TOO_LARGE),))
        if values.dtype == np.int32 and values.max(initial=0) == MOST:  # what is more is kept as that
            message = f"a neuron of this {run.flat.nodes[path].kind} sends {MOST:,} spikes in a step, or more"
            hint = "is the threshold far too small, or the reading another framework's?"
            raise DiagnosticError((error("SPK0288", message, where=stored_at(path), hint=hint),))


def _forget(run: _Run, members: tuple[str, ...], last_use: Mapping[str, tuple[str, ...]]) -> None:
    """Let go of values that no later node takes."""
    for path in sorted(run.values):
        if path not in run.flat.outputs and last_use.get(path, members) == members:
            del run.values[path]


def _check_stimulus(flat: FlatRaw, stimulus: Mapping[str, np.ndarray]) -> tuple[int, int]:
    """T and B. Raises DiagnosticError (SPK0283)."""
    diagnostics: list[Diagnostic] = []
    for path in sorted({*flat.inputs, *stimulus}):
        if path not in flat.inputs:
            diagnostics.append(
                error("SPK0283", f"the stimulus has values for `{path}`, which is not an Input")
            )
        elif path not in stimulus:
            diagnostics.append(
                error("SPK0283", "the stimulus has no values for this Input", where=stored_at(path))
            )
        else:
            stored = flat.nodes[path].params.get("shape")
            expected = tuple(stored.ravel().tolist()) if isinstance(stored, np.ndarray) else ()
            shape = stimulus[path].shape
            fits = not expected or without_leading_ones(shape[2:]) == without_leading_ones(expected)
            if len(shape) < 2 or not fits:
                message = f"the stimulus has shape {shape}; (T, B) and then {expected} are needed"
                diagnostics.append(error("SPK0283", message, where=stored_at(path)))
    raise_errors(diagnostics)
    if not flat.inputs:
        nothing = error("SPK0283", "the graph has no Input node, so nothing says how long to run")
        raise DiagnosticError((nothing,))
    sizes = sorted({_leading(stimulus[path]) for path in flat.inputs})
    if len(sizes) > 1:
        problem = f"the Inputs have different (T, B): {', '.join(map(str, sizes))}"
        raise DiagnosticError((error("SPK0283", problem),))
    steps, batch = sizes[0]
    return steps, batch


def _leading(values: np.ndarray) -> tuple[int, int]:
    return int(values.shape[0]), int(values.shape[1])


def _run_node(run: _Run, path: str) -> None:
    """Evaluate a node that lies on no cycle, for all steps."""
    node = run.flat.nodes[path]
    x = arriving(path, [run.values[source] for source in run.flat.into[path]])
    if node.kind in STATEFUL:
        shape = neuron_shape(path, node, None if x is None else x.shape[2:])
        if x is None:
            x = np.zeros((run.steps, run.batch, *shape), np.float32)
        _run_neuron(run, path, node, x.reshape(*x.shape[:2], *shape))
        return
    if x is None:
        raise DiagnosticError(
            (
                error(
                    "SPK0282",
                    f"no edge leads into this {node.kind}",
                    where=stored_at(path),
                    hint="add the edge, or leave the node out",
                ),
            )
        )
    if node.kind == "Delay":
        run.values[path] = delayed(x, delay_steps(path, node, x.shape[2:], run.dialect.dt_seconds))
        return
    if node.kind == "Flatten":
        node = counted_on(run.flat, path, x.shape[2:])
    run.values[path] = _map_all(
        path, node.kind, linear_map(path, node, run.dialect.for_node(path, node.kind)), x
    )
    if node.kind == "Threshold":
        run.layers[path] = run.values[path].astype(np.uint8)


def _map_all(path: str, kind: str, mapping: LinearMap, x: np.ndarray) -> np.ndarray:
    """A stateless node on (T, B, ...), some time steps at a time."""
    shape = output_shape(path, kind, mapping, x.shape[2:])
    if kind in PORTS:
        return x
    out = np.empty((*x.shape[:2], *shape), np.float32)
    a_step = max(1, x.shape[1] * max(int(np.prod(shape)), int(np.prod(x.shape[2:]))))
    chunk = max(1, CHUNK_ELEMENTS // a_step)
    apply: Callable[..., jax.Array] = mapping.apply if kind == "Flatten" else compiled(mapping.apply)
    for start in range(0, len(x), chunk):
        part = x[start : start + chunk]
        flat = part.reshape(-1, *x.shape[2:]).astype(np.float32, copy=False)
        out[start : start + chunk] = np.asarray(apply(mapping.arrays, flat)).reshape(*part.shape[:2], *shape)
    return out


def _run_neuron(run: _Run, path: str, node: RawNode, x: np.ndarray) -> None:
    """A stateful node on no cycle: elementwise arithmetic, step after step. x: (T, B, ...)."""
    dialect = run.dialect.for_node(path, node.kind)
    c = coefficients(path, node, dialect, run.dialect.dt_seconds)
    start = initial_state(node.kind, dialect, c, x.shape[1:])
    x = x.astype(np.float32, copy=False)
    result = None
    if is_small(len(x), math.prod(x.shape[1:])):
        result = run_layer(node.kind, dialect, run.keep_states, c, start, x, rough=run.rough)
    if result is None:
        result = _scan_neuron()(node.kind, dialect, run.keep_states, c, start, x, np.int32(0))
    emitted, states = result
    _record(run, path, dialect, np.asarray(emitted), {name: np.asarray(states[name]) for name in states})


@cache
def _scan_neuron() -> Callable[..., tuple[jax.Array, Named]]:
    """The jitted scan over time: (kind, dialect, whether states are wanted, coefficients, first state, x (T, B, ...),
    an int32 0) -> (what is emitted, states)."""
    import jax
    import jax.numpy as jnp

    def scan(
        kind: str,
        dialect: NodeDialect,
        keep_states: bool,
        c: Named,
        start: Named,
        x: jax.Array,
        zero: jax.Array,
    ) -> tuple[jax.Array, Named]:
        def advance(state: Named, now: jax.Array) -> tuple[Named, tuple[jax.Array, Named]]:
            new, out = step(jnp, kind, dialect, c, state, now, bits_kept(zero))
            kept = {name: new[name] for name in ("v", "i") if name in new} if keep_states else {}
            return new, (out.astype(emission_dtype(kind, dialect)), kept)

        return jax.lax.scan(advance, start, x)[1]

    return jax.jit(scan, static_argnums=(0, 1, 2))


def _run_cycle(run: _Run, members: tuple[str, ...]) -> None:
    """The nodes of a strongly connected component, together."""
    outside = {
        path: arriving(path, [run.values[s] for s in run.flat.into[path] if s not in members])
        for path in members
    }
    loop = build_loop(run.flat, run.dialect, members, {
        path: None if x is None else x.shape[2:] for path, x in outside.items()
    })  # fmt: skip
    emitted, states = run_loop(loop, outside, run.steps, run.batch, run.keep_states, rough=run.rough)
    for path in members:
        node = run.flat.nodes[path]
        if node.kind in STATEFUL:
            _record(run, path, run.dialect.for_node(path, node.kind), emitted[path], states.get(path, {}))
        else:
            run.values[path] = emitted[path]
            if node.kind == "Threshold":
                run.layers[path] = emitted[path].astype(np.uint8)


def _record(
    run: _Run, path: str, dialect: NodeDialect, emitted: np.ndarray, states: Mapping[str, np.ndarray]
) -> None:
    run.layers[path] = emitted
    run.values[path] = delayed(emitted, np.ones((), np.int64)) if dialect.layer_delay else emitted
    if states:
        run.states[path] = states
