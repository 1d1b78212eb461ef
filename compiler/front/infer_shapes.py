"""Infers the shape of every value in a flat graph, from the Inputs on, and brings parameters to normal form."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from ...sim.diagnostic import Diagnostic, error
from ...sim.nir.path import shown, stored_at
from ..ir.network import FlatGraph, FlatNode, reached
from .node_shapes import Shape, ShapeFault, expected_input, resolve, resolve_input, wanted_axes
from .open_shapes import with_axes, with_shape
from .shape_hints import with_hint


def infer_shapes(flat: FlatGraph) -> tuple[FlatGraph, list[Diagnostic]]:
    """Infer all shapes. `flat` with `input_shape`, `output_shape` and normal `params` on every node (see
    `FlatNode`).

    Findings: SPK0210-0214, SPK0222. The graph is complete when none of them is an error; a node after a faulty one is
    still checked as far as its own parameters tell its shape."""
    work = _work(flat)
    return flat.with_nodes(work.solved.values()), with_hint(flat, work.diagnostics, _errors)


def _errors(flat: FlatGraph) -> list[Diagnostic]:
    return [d for d in _work(flat).diagnostics if d.severity == "error"]


def _work(flat: FlatGraph) -> _Work:
    work = _Work(flat=flat)
    for path in flat.inputs:
        axes = [wanted_axes(flat.node(post)) for post in flat.after[path]]
        most = max((n for n in axes if n is not None), default=None)
        work.attempt(
            path,
            lambda node, most=most: resolve_input(
                with_shape(flat, node, work.diagnostics), most, work.diagnostics
            ),
        )
    work.propagate()
    for node in flat.nodes():
        shape = expected_input(node)
        if node.path not in work.solved and node.path not in work.failed and shape is not None:
            work.attempt(
                node.path, lambda node, shape=shape: resolve(node, shape, node.path, work.diagnostics)
            )
            work.propagate()
    work.diagnostics += _unknown(work) + _disagreements(work)
    return work


@dataclass(kw_only=True)
class _Work:
    flat: FlatGraph
    solved: dict[str, FlatNode] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    ready: deque[str] = field(default_factory=deque)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def attempt(self, path: str, solve: Callable[[FlatNode], FlatNode]) -> None:
        try:
            self.solved[path] = solve(self.flat.node(path))
        except ShapeFault as fault:
            self.failed.add(path)
            self.diagnostics.append(fault.diagnostic)
            return
        self.ready.append(path)

    def propagate(self) -> None:
        """Take the shape of each solved node to those after it, breadth first, in name order."""
        while self.ready:
            pre = self.ready.popleft()
            shape = self.solved[pre].output_shape or ()
            for post in self.flat.after[pre]:
                if post not in self.solved and post not in self.failed:
                    self.attempt(post, lambda node, pre=pre, shape=shape: self._resolved(node, shape, pre))

    def _resolved(self, node: FlatNode, arriving: Shape, source: str) -> FlatNode:
        counted = with_axes(self.flat, node, arriving, self.diagnostics)
        return resolve(counted, arriving, source, self.diagnostics)


def _disagreements(work: _Work) -> list[Diagnostic]:
    """Edges whose two ends have different shapes: fan-in is a sum, so they must be equal."""
    diagnostics: list[Diagnostic] = []
    for pre, post in work.flat.counts:
        if pre in work.solved and post in work.solved:
            arriving, taken = work.solved[pre].output_shape, work.solved[post].input_shape
            if arriving != taken:
                message = f"`{shown(pre)}` gives shape {arriving}, but {taken} comes from elsewhere"
                diagnostics.append(error("SPK0210", message, where=stored_at(post)))
    return diagnostics


def _unknown(work: _Work) -> list[Diagnostic]:
    """Nodes that no shape reached, unless a fault before them is the reason."""
    behind = reached(work.flat.after, work.failed)
    return [
        error("SPK0211", "its shape cannot be known: no Input leads here", where=stored_at(path))
        for path in work.flat.members
        if path not in work.solved and path not in behind
    ]
