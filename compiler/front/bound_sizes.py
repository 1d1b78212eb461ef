"""Refuses networks that would not fit this machine's memory before anything of that size is made."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import numpy as np

from ...sim.diagnostic import Diagnostic, DiagnosticError, error
from ...sim.nir.path import stored_at
from ...sim.run_memory import GIB, VARIABLE, allowed_gib
from ..ir.network import FlatGraph, FlatNode

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MOST_ELEMENTS = 1 << 22
USUAL_GIB = 8
"""What a compile may fill where the environment does not say."""
BASE_BYTES, SYNAPSE_BYTES, SMALL_SYNAPSE_BYTES = 2100 << 20, 39, 140
"""What a compile fills at its peak: a base and so much for each connection; of small networks so much for each alone.
Measured: 7.2 GiB with 155 million connections (the estimate is 7.7), 2.6 GiB with 29 million (3.1), 2.6 GiB with 20
million of 1.1 million neurons (2.8), 0.9 GiB with 11 million (1.4)."""


def bound_sizes(flat: FlatGraph) -> list[Diagnostic]:
    """Refuse layers with too many neurons or connections. SPK0221 for every node with more than MOST_ELEMENTS
    outputs, or more connections than memory may be filled with, and for all connections together."""
    diagnostics: list[Diagnostic] = []
    total = 0
    for node in flat.nodes():
        elements, synapses = math.prod(node.output_shape or ()), _connections(node)
        total += synapses
        if elements > MOST_ELEMENTS:
            text = f"{elements:,} outputs; at most {MOST_ELEMENTS:,} are compiled"
            diagnostics.append(error("SPK0221", text, where=stored_at(node.path), hint=_HINT))
        if synapses > most_synapses():
            diagnostics.append(_too_large(synapses, "", node.path))
    if not diagnostics and total > most_synapses():
        diagnostics.append(_too_large(total, " in all", ""))
    return diagnostics


def bound_product(left: csr_array, right: csr_array, path: str) -> None:
    """Refuse a matrix product with more entries than memory may be filled with: raises DiagnosticError (SPK0221)."""
    lengths = np.diff(right.indptr).astype(np.int64)
    most = int(lengths[left.indices].sum())
    if most > most_synapses():
        raise DiagnosticError((_too_large(most, " once the maps before it are folded in", path),))


def most_synapses() -> int:
    """Connections that fit into the memory that may be filled. Raises DiagnosticError: SPK0413 where the environment
    says no number of GiB."""
    allowed = allowed_gib(USUAL_GIB) * GIB
    return max(allowed // SMALL_SYNAPSE_BYTES, (allowed - BASE_BYTES) // SYNAPSE_BYTES)


def filled_bytes(synapses: int) -> int:
    """What a compile of so many connections fills, from above."""
    return min(SMALL_SYNAPSE_BYTES * synapses, BASE_BYTES + SYNAPSE_BYTES * synapses)


def _too_large(synapses: int, which: str, path: str) -> Diagnostic:
    needed = filled_bytes(synapses)
    text = (
        f"{synapses:,} connections{which} fill about {needed / GIB:,.1f} GiB; at most {allowed_gib(USUAL_GIB)} GiB are "
        "filled"
    )
    hint = f"{_HINT}; or allow more memory: {VARIABLE}={-(-needed // GIB)}"
    return error("SPK0221", text, where=stored_at(path) if path else "", hint=hint)


_HINT = "compile a part of the network, or a smaller input"


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
