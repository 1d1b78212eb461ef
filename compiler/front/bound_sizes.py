"""Refuses networks that would not fit this machine's memory before anything of that size is made."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import numpy as np

from ...sim.diagnostic import Diagnostic, DiagnosticError, error
from ...sim.nir.path import stored_at
from ..ir.network import FlatGraph, FlatNode

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MOST_ELEMENTS = 1 << 22
MOST_SYNAPSES = 1 << 34
_HINT = "compile a part of the network, or a smaller input; larger networks are not expanded yet"


def bound_sizes(flat: FlatGraph) -> list[Diagnostic]:
    """Refuse layers with too many neurons or connections. SPK0221 for every node with more than MOST_ELEMENTS
    outputs or MOST_SYNAPSES connections, and for all connections together."""
    diagnostics: list[Diagnostic] = []
    total = 0
    for node in flat.nodes():
        elements = math.prod(node.output_shape or ())
        synapses = _connections(node)
        total += synapses
        for count, most, what in (
            (elements, MOST_ELEMENTS, "outputs"),
            (synapses, MOST_SYNAPSES, "connections"),
        ):
            if count > most:
                diagnostics.append(_too_large(f"{count:,} {what}; at most {most:,} are compiled", node.path))
    if not diagnostics and total > MOST_SYNAPSES:
        diagnostics.append(
            _too_large(f"{total:,} connections in all; at most {MOST_SYNAPSES:,} are compiled", "")
        )
    return diagnostics


def bound_product(left: csr_array, right: csr_array, path: str) -> None:
    """Refuse a matrix product that could have more than MOST_SYNAPSES entries: raises DiagnosticError (SPK0221)."""
    lengths = np.diff(right.indptr).astype(np.int64)
    most = int(lengths[left.indices].sum())
    if most > MOST_SYNAPSES:
        text = f"{most:,} connections once the maps before it are folded in; at most {MOST_SYNAPSES:,} are compiled"
        raise DiagnosticError((_too_large(text, path),))


def _too_large(text: str, path: str) -> Diagnostic:
    return error("SPK0221", text, where=stored_at(path) if path else "", hint=_HINT)


def _connections(node: FlatNode) -> int:
    outputs = math.prod(node.output_shape or ())
    if node.kind in {"Linear", "Affine"}:
        weight = cast("np.ndarray", node.params["weight"])
        return weight.size * (outputs // max(1, math.prod(weight.shape[:-1])))
    if node.kind in {"Conv1d", "Conv2d"}:
        weight = cast("np.ndarray", node.params["weight"])
        return weight.size * (outputs // max(1, weight.shape[0]))
    if node.kind in {"SumPool2d", "AvgPool2d"}:
        return outputs * math.prod(cast("tuple[int, ...]", node.params["kernel_size"]))
    return outputs
