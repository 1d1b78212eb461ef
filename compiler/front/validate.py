"""Checks what a network means before it is compiled: time constants, thresholds, delays, loops, dead ends."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ...sim.diagnostic import Diagnostic, error, warning
from ...sim.nir.path import shown, stored_at
from ..ir.made_names import is_made
from ..ir.network import SPIKING_KINDS, STATEFUL_KINDS, FlatGraph, FlatNode, reached

if TYPE_CHECKING:
    from ...sim.dialect.dialect import Dialect

TIME_CONSTANTS = ("tau", "tau_mem", "tau_syn")
NAMED_AT_MOST = 8


def validate(flat: FlatGraph, dialect: Dialect | None = None) -> list[Diagnostic]:
    """Check a graph. Findings about a graph whose shapes are known: SPK0116 (names that the compiler gives), SPK0209
    (loops), SPK0215-0219, SPK0223.

    dialect: tells whether a tau is a decay in disguise, which may be negative (`given`, `clip_decay`), and whether
    the membrane is reset to `v_reset` at all."""
    diagnostics: list[Diagnostic] = []
    for node in flat.nodes():
        diagnostics += _name(node)
        diagnostics += _time_constants(node, dialect)
        diagnostics += _threshold(node, dialect)
        diagnostics += _delay(node)
        diagnostics += _at_every_place(node)
    return diagnostics + _stateless_loops(flat) + _dead_ends(flat)


def _name(node: FlatNode) -> list[Diagnostic]:
    """Neurons and inputs that the compiler adds stand beside those of the file, told apart by nothing but names."""
    if node.kind not in {*STATEFUL_KINDS, *SPIKING_KINDS, "Input"} or not is_made(node.path):
        return []
    message = f"`{shown(node.path)}` is a name that the compiler gives to neurons and inputs of its own"
    hint = "rename the node: to one without `:` and `@`, or that begins with another word"
    return [error("SPK0116", message, where=stored_at(node.path), hint=hint)]


def _time_constants(node: FlatNode, dialect: Dialect | None) -> list[Diagnostic]:
    diagnostics: list[Diagnostic] = []
    for name in TIME_CONSTANTS:
        tau = node.params.get(name)
        if not isinstance(tau, np.ndarray) or not np.any(tau <= 0):
            continue
        message = f"{_count(tau <= 0, tau)} time constants are not positive"
        if _is_decay(node, name, tau, dialect):
            reason = "the dialect reads it as a decay, which training can take past its range"
            diagnostics.append(warning("SPK0215", message, where=stored_at(node.path, name), reason=reason))
        else:
            hint = "a membrane would grow without bound; dt / tau must be finite and positive"
            diagnostics.append(error("SPK0215", message, where=stored_at(node.path, name), hint=hint))
    return diagnostics


def _is_decay(node: FlatNode, name: str, tau: np.ndarray, dialect: Dialect | None) -> bool:
    """Whether the value is a kept fraction, or becomes one that is clipped. It must not be 0 where it divides."""
    if dialect is None:
        return False
    reading = dialect.for_node(node.path, node.kind)
    decay = reading.syn_decay if name == "tau_syn" else reading.decay
    gain = reading.li_gain if node.kind in {"LI", "CubaLI"} else reading.gain
    divides = (reading.syn_gain if name == "tau_syn" else gain).endswith("/tau")
    if decay == "given" and not divides:
        return True
    return (decay == "given" or reading.clip_decay) and bool(np.all(tau != 0))


def _threshold(node: FlatNode, dialect: Dialect | None) -> list[Diagnostic]:
    threshold, v_reset = node.params.get("v_threshold"), node.params.get("v_reset")
    if node.kind not in SPIKING_KINDS or not isinstance(threshold, np.ndarray):
        return []
    if not isinstance(v_reset, np.ndarray) or not _resets_to_value(node, dialect):
        v_reset = np.zeros_like(threshold)
    stuck = threshold <= v_reset
    if not np.any(stuck):
        return []
    first = tuple(int(i) for i in np.argwhere(stuck)[0])
    message = f"{_count(stuck, threshold)} thresholds are not above the reset ({v_reset[first]:g})"
    hint = "a spike leaves such a neuron at its threshold: only inhibition keeps it from firing in every step"
    return [error("SPK0216", message, where=stored_at(node.path, "v_threshold"), hint=hint)]


def _resets_to_value(node: FlatNode, dialect: Dialect | None) -> bool:
    return dialect is None or dialect.for_node(node.path, node.kind).reset == "v_reset"


def _delay(node: FlatNode) -> list[Diagnostic]:
    delay = node.params.get("delay")
    if not isinstance(delay, np.ndarray) or not np.any(delay < 0):
        return []
    message = f"{_count(delay < 0, delay)} delays are negative"
    hint = "delays are 0 s or more: to bring something forward, delay what it meets"
    return [error("SPK0217", message, where=stored_at(node.path, "delay"), hint=hint)]


def _at_every_place(node: FlatNode) -> list[Diagnostic]:
    """A matrix on a value with more axes than its own: each of their places gets neurons of its own."""
    weight, shape = node.params.get("weight"), node.input_shape or ()
    if (
        node.kind not in {"Linear", "Affine"}
        or not isinstance(weight, np.ndarray)
        or len(shape) < weight.ndim
    ):
        return []
    before = shape[: len(shape) - weight.ndim + 1]
    takes, count = weight.shape[-1], math.prod(before)
    message = f"it takes ({takes},) and gets {shape}: it is applied at each of the {count} places of {before}"
    hint = (
        f"if {before} are steps or samples, leave them out of the Input's shape, which is that of one sample in one "
        "step; if they are a map, put a Flatten before"
    )
    return [warning("SPK0223", message, where=stored_at(node.path, "weight"), hint=hint)]


def _count(bad: np.ndarray, values: np.ndarray) -> str:
    """How many, and the first of them: `2 of 8 (first -0.01 at [3])`, to stand before a noun."""
    first = tuple(int(i) for i in np.argwhere(bad)[0])
    return f"{int(np.count_nonzero(bad))} of {bad.size} (first: {values[first]:g} at {list(first)})"


def _stateless_loops(flat: FlatGraph) -> list[Diagnostic]:
    """A loop without a neuron or a delay of at least a step asks for its own value: nothing defines it."""
    memoryless = {n.path for n in flat.nodes() if n.kind not in STATEFUL_KINDS and not _holds_back(n)}
    if not _may_loop(flat, memoryless):
        return []
    import networkx as nx

    part = flat.graph.subgraph(memoryless)
    loops = [
        sorted(c)
        for c in nx.strongly_connected_components(part)
        if len(c) > 1 or part.has_edge(*2 * tuple(c))
    ]
    return [
        error(
            "SPK0209",
            f"{_named(loop)} form a loop that holds no neuron: its value is not defined",
            where=stored_at(loop[0]),
            hint="put a neuron or a positive Delay into the loop, or remove the edge that closes it",
        )
        for loop in sorted(loops)
    ]


def _may_loop(flat: FlatGraph, paths: set[str]) -> bool:
    """Whether paths are left when those that lead to none of the others are taken away, again and again."""
    left, ends = set(paths), {""}
    while ends:
        ends = {path for path in left if left.isdisjoint(flat.after[path])}
        left -= ends
    return bool(left)


def _holds_back(node: FlatNode) -> bool:
    delay = node.params.get("delay")
    return isinstance(delay, np.ndarray) and bool(np.all(delay > 0))


def _dead_ends(flat: FlatGraph) -> list[Diagnostic]:
    from_input = reached(flat.after, flat.inputs)
    to_output = reached(flat.before, flat.outputs)
    diagnostics: list[Diagnostic] = []
    paths = [n.path for n in flat.nodes()]
    unfed = [path for path in paths if path not in from_input]
    unread = [path for path in paths if path in from_input and path not in to_output]
    if unfed:
        message = f"no Input leads to {_named(unfed)}"
        diagnostics.append(warning("SPK0218", message, where=stored_at(unfed[0])))
    if unread:
        message = f"{_named(unread)} lead to no Output"
        diagnostics.append(
            warning("SPK0219", message, where=stored_at(unread[0]), hint="they are simulated in vain")
        )
    return diagnostics


def _named(paths: list[str]) -> str:
    names = ", ".join(f"`{shown(path)}`" for path in paths[:NAMED_AT_MOST])
    return names if len(paths) <= NAMED_AT_MOST else f"{names} and {len(paths) - NAMED_AT_MOST} more"
