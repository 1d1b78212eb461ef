"""What `spikec inspect` lists: every node with its shape and the range of its parameters."""

from __future__ import annotations

import numpy as np

from ...sim.diagnostic import Diagnostic
from ...sim.dialect import Dialect
from ...sim.rawgraph import RawGraph, RawNode
from .flatten import flatten
from .infer_shapes import infer_shapes
from .validate import validate

Row = tuple[str, str, str, str]


def node_rows(raw: RawGraph, dialect: Dialect | None = None) -> tuple[list[Row], list[Diagnostic]]:
    """(path, kind, shape, parameters) of every node, and what flattening, shapes and checks find."""
    flat, found = flatten(raw, dialect)
    shapes: dict[str, tuple[int, ...] | None] = {}
    if not any(d.severity == "error" for d in found):
        flat, more = infer_shapes(flat)
        found = [*found, *more]
        shapes = {node.path: node.output_shape for node in flat.nodes()}
        if not any(d.severity == "error" for d in more):
            found = [*found, *validate(flat, dialect)]
    rows = [
        (path, node.kind, _shape(shapes.get(path)), _parameters(node))
        for path, node in raw.walk()
        if node.graph is None
    ]
    return rows, found


def _shape(shape: tuple[int, ...] | None) -> str:
    return "" if shape is None else " x ".join(str(size) for size in shape)


def _parameters(node: RawNode) -> str:
    parts: list[str] = []
    for name in sorted(node.params):
        value = node.params[name]
        if isinstance(value, str):
            parts.append(f"{name} {value}")
        elif value.size and value.dtype.kind in "iuf":
            low, high = float(np.min(value)), float(np.max(value))
            parts.append(f"{name} {low:.4g}" if low == high else f"{name} {low:.4g}..{high:.4g}")
    return ", ".join(parts)
