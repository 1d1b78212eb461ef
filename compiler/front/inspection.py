"""Lists what `spikec inspect` shows: every node with its shape and the range of its parameters, and the possible
readings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ...sim.diagnostic import Diagnostic
from ...sim.dialect.dialect import Dialect, preset
from ...sim.dialect.words import in_words
from ...sim.nir.raw_graph import RawGraph, RawNode
from .detect_dialect import detect, recovered_dt
from .flatten import flatten
from .infer_shapes import infer_shapes
from .validate import validate

Row = tuple[str, str, str, str]
MOST_NODES = 40
"""Nodes that the text of an inspection lists."""


Confidence = Literal["given", "certain", "likely", "ambiguous", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What a `.nir` file holds, and how it can be read.

    nodes: (path, kind, shape, parameters) each, in words. dialect: the reading that was named, or that the file
    leaves no doubt about. confidence: `given`, `certain`, `likely`, `ambiguous` or `unknown`. candidates: the readings
    that fit, as they are typed. words: the reading in sentences, of the kinds of node in the file. sound: whether
    `diagnostics` has no error."""

    sha256: str
    version: str
    nodes: tuple[Row, ...]
    dialect: Dialect | None
    confidence: Confidence
    candidates: tuple[str, ...]
    words: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def sound(self) -> bool:
        """Whether no finding is an error."""
        return all(d.severity != "error" for d in self.diagnostics)

    def __repr__(self) -> str:
        lines = [f"<Inspection of {len(self.nodes)} nodes; reading: {self.confidence}"]
        lines += ["  " + "  ".join(part for part in row if part) for row in self.nodes[:MOST_NODES]]
        lines += [f"  ... and {len(self.nodes) - MOST_NODES} more"] if self.nodes[MOST_NODES:] else []
        return "\n".join(lines) + ">"

    def _repr_html_(self) -> str:
        from ..report.notebook import inspection_html

        return inspection_html(self)


def inspection(
    raw: RawGraph,
    notes: tuple[Diagnostic, ...],
    *,
    dialect: str | None,
    dt_seconds: float | None,
    dialect_options: Mapping[str, object],
) -> Inspection:
    """List the nodes of a graph and find how it can be read; not to know it is no error here.

    notes: of the reader. Raises DiagnosticError: SPK0301 to SPK0305 for a dialect that is named and cannot be."""
    if dialect is not None:
        dt = dt_seconds if dt_seconds is not None else recovered_dt(raw, dialect)
        named = preset(dialect, dt_seconds=dt, options=dict(dialect_options), graph=raw)
        reading, confidence, candidates, told = named, "given", (), ()
    else:
        seen = detect(raw, dt_seconds)
        named, reading, confidence, candidates = None, seen.dialect, seen.confidence, seen.candidates
        told = tuple(replace(d, severity="warning") if d.severity == "error" else d for d in seen.diagnostics)
    rows, problems = node_rows(raw, named)
    return Inspection(
        sha256=raw.sha256,
        version=raw.version,
        nodes=tuple(rows),
        dialect=reading,
        confidence=confidence,
        candidates=candidates,
        words=() if reading is None else in_words(reading, _paths_and_kinds(raw)),
        diagnostics=(*notes, *told, *problems),
    )


def node_rows(raw: RawGraph, dialect: Dialect | None = None) -> tuple[list[Row], list[Diagnostic]]:
    """List (path, kind, shape, parameters) of every node in words, and the findings of flattening, shapes and
    checks."""
    flat, problems = flatten(raw, dialect)
    shapes: dict[str, tuple[int, ...] | None] = {}
    if not any(d.severity == "error" for d in problems):
        flat, more = infer_shapes(flat)
        problems = [*problems, *more]
        shapes = {node.path: node.output_shape for node in flat.nodes()}
        if not any(d.severity == "error" for d in more):
            problems = [*problems, *validate(flat, dialect)]
    rows = [
        (path, node.kind, _shape(shapes.get(path)), _parameters(node))
        for path, node in raw.walk()
        if node.graph is None
    ]
    return rows, problems


def _paths_and_kinds(raw: RawGraph) -> list[tuple[str, str]]:
    return [(path, node.kind) for path, node in raw.walk() if node.graph is None]


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
