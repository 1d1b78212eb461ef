"""Finds the weights and biases of NIR nodes that make the matrices and constants of a projection.

Every entry of a projection's matrix holds one weight, times what pools and scales on the way make of it; which one, and
times what, is read off the same way with the number of each weight in its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ...sim.dialect.dialect import Dialect
from ..front.lower_linear import LinearMap, linear_map
from ..ir.network import FlatNode

if TYPE_CHECKING:
    from scipy.sparse import csr_array

WEIGHTED = frozenset({"Linear", "Affine", "Conv1d", "Conv2d"})
ALIKE = 1e-6


def weighted(nodes: Sequence[FlatNode]) -> int | None:
    """The number of the last node with weights on a way; None where there is none."""
    return next((k for k in reversed(range(len(nodes))) if nodes[k].kind in WEIGHTED), None)


def solved_weight(
    nodes: Sequence[FlatNode], at: int, wanted: csr_array, gain: np.ndarray, dialect: Dialect
) -> np.ndarray | None:
    """The weights of node `at` with which the way makes the matrix `wanted`; None where entries hold sums of several.
    gain: (n,) of the neurons behind it."""
    old = np.asarray(nodes[at].params["weight"], dtype=np.float64)
    numbers = np.arange(1, old.size + 1, dtype=np.float64).reshape(old.shape)
    factors = _composed(nodes, at, np.ones(old.shape), dialect).tocoo()
    found = _composed(nodes, at, numbers, dialect).tocoo()
    if factors.nnz != found.nnz or not all(
        np.array_equal(a, b) for a, b in zip(factors.coords, found.coords, strict=True)
    ):
        return None
    which = np.asarray(found.data, dtype=np.float64) / np.asarray(factors.data, dtype=np.float64)
    index = np.rint(which).astype(np.int64)
    if (np.abs(which - index) > ALIKE * index).any():
        return None
    rows, cols = factors.coords
    values = _entries(wanted, rows, cols)
    if np.count_nonzero(values) != np.count_nonzero(wanted.data):
        return None
    weight = np.zeros(old.size)
    weight[index - 1] = values / (factors.data * gain[rows])
    return weight.reshape(old.shape)


def solved_bias(
    nodes: Sequence[FlatNode], at: int, wanted: np.ndarray, gain: np.ndarray, dialect: Dialect
) -> np.ndarray | None:
    """The bias of node `at` with which the way makes the constant `wanted` (n,) of the neurons behind it."""
    weight = np.asarray(nodes[at].params["weight"])
    shape = weight.shape[:1] if nodes[at].kind.startswith("Conv") else weight.shape[:-1]
    size = int(np.prod(shape, dtype=np.int64))
    behind = nodes[at + 1 :]
    ones, numbers = np.ones(shape), np.arange(1, size + 1, dtype=np.float64).reshape(shape)
    factors, found = (_constant(nodes[at], values, behind, dialect) for values in (ones, numbers))
    if (factors == 0).any():
        return None
    which = found / factors
    index = np.rint(which).astype(np.int64)
    if (np.abs(which - index) > ALIKE * np.abs(index)).any() or (index < 1).any():
        return None
    bias = np.zeros(size)
    bias[index - 1] = wanted / (factors * gain)
    return bias.reshape(shape)


def _constant(node: FlatNode, bias: np.ndarray, behind: Sequence[FlatNode], dialect: Dialect) -> np.ndarray:
    made = _map(replace(node, kind=biased(node.kind), params={**node.params, "bias": bias}), dialect)
    vector = np.zeros(0) if made.bias is None else made.bias
    for other in behind:
        vector = _map(other, dialect).matrix @ vector
    return vector


def biased(kind: str) -> str:
    """The kind of node that has a bias besides."""
    return "Affine" if kind == "Linear" else kind


def _composed(nodes: Sequence[FlatNode], at: int, weight: np.ndarray, dialect: Dialect) -> csr_array:
    from scipy import sparse

    matrix = _map(_with_weight(nodes, 0, at, weight), dialect).matrix
    for k in range(1, len(nodes)):
        matrix = sparse.csr_array(_map(_with_weight(nodes, k, at, weight), dialect).matrix @ matrix)
    matrix.sum_duplicates()
    matrix.sort_indices()
    return matrix


def _with_weight(nodes: Sequence[FlatNode], k: int, at: int, weight: np.ndarray) -> FlatNode:
    mine: Mapping[str, object] = {**nodes[k].params, "weight": weight} if k == at else nodes[k].params
    return replace(nodes[k], params=mine)


def _map(node: FlatNode, dialect: Dialect) -> LinearMap:
    reading = dialect.for_node(node.path, node.kind)
    return linear_map(node, dt_seconds=dialect.dt_seconds, channels_last=reading.flatten == "HWC")


def _entries(matrix: csr_array, rows: np.ndarray, cols: np.ndarray) -> np.ndarray:
    """(k,) the entries of a matrix, 0 where it stores none."""
    coo = matrix.tocoo()
    width = int(np.max(coo.coords[1], initial=0)) + 1
    stored = np.asarray(coo.coords[0], dtype=np.int64) * width + coo.coords[1]
    order = np.argsort(stored)
    stored, data = np.append(stored[order], -1), np.append(coo.data[order], 0.0)
    asked = np.where(cols < width, np.asarray(rows, dtype=np.int64) * width + cols, -2)
    at = np.searchsorted(stored[:-1], asked)
    return np.where(stored[at] == asked, data[at], 0.0)
