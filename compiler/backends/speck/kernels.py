"""Recovers convolution kernels from the composed matrix of a projection, and compares them with all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...front.lower_linear import linear_map
from ...ir.network import FlatNode
from .windows import Fitted, Map, NoWindowError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

LIKE = 1e-6
"""Largest difference of weights that count as one, in parts of the largest weight: those of the file have 24 bits."""


def read_kernel(matrix: csr_array, sent: Map, pooling: int, fitted: Fitted, neurons: Map) -> np.ndarray:
    """Read the kernel (F, C, K, K) float64 of a matrix (F * height * width, C * H * W) over the sender's neurons,
    before pooling.

    Raises NoWindowError where no kernel gives the matrix."""
    arriving = (sent[0], sent[1] // pooling, sent[2] // pooling)
    kernel = _first_places(matrix, sent, arriving, pooling, fitted, neurons)
    again = kernel_matrix(kernel, arriving, (fitted.stride, fitted.padding), neurons) @ pool_matrix(
        sent, pooling
    )
    difference = abs(matrix - again)
    largest = float(abs(matrix).max()) if matrix.nnz else 0.0
    worst = float(difference.max()) if difference.nnz else 0.0
    if worst > LIKE * largest:
        rows = np.unique((difference > LIKE * largest).tocoo().row)
        raise NoWindowError(
            f"is not the same at every place of the map: the weights of {rows.size} of {np.prod(neurons)} neurons "
            f"differ from their channel's kernel, by up to {worst:.3g} (largest weight {largest:.3g})"
        )
    return kernel


def _first_places(
    matrix: csr_array, sent: Map, arriving: Map, pooling: int, fitted: Fitted, neurons: Map
) -> np.ndarray:
    """Each entry as the first neuron has it whose kernel lies on the map there; 0 where none does."""
    axes = [
        _reach(fitted.size, fitted.stride[k], fitted.padding[k], arriving[1 + k], neurons[1 + k])
        for k in (0, 1)
    ]
    (at_y, y), (at_x, x) = axes
    f, c, i, j = np.meshgrid(
        np.arange(neurons[0]), np.arange(arriving[0]), np.arange(fitted.size), np.arange(fitted.size),
        indexing="ij",
    )  # fmt: skip
    inside = (at_y[i] >= 0) & (at_x[j] >= 0)
    row = (f * neurons[1] + at_y[i]) * neurons[2] + at_x[j]
    column = (c * sent[1] + y[i] * pooling) * sent[2] + x[j] * pooling
    kernel = np.zeros(f.shape)
    kernel[inside] = _entries(matrix, row[inside], column[inside])
    return kernel


def _reach(
    size: int, stride: int, padding: int, arriving: int, neurons: int
) -> tuple[np.ndarray, np.ndarray]:
    """Of each kernel row the first neuron that has it on the map, or -1, and the place on the map."""
    places = np.arange(neurons)[None, :] * stride + np.arange(size)[:, None] - padding
    inside = (places >= 0) & (places < arriving)
    first = inside.argmax(axis=1)
    at = np.where(inside.any(axis=1), first, -1)
    return at, np.where(at >= 0, places[np.arange(size), first], 0)


def _entries(matrix: csr_array, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    coo = matrix.tocoo()
    width = int(coo.col.max(initial=0)) + 1
    keys = coo.row.astype(np.int64) * width + coo.col
    order = np.argsort(keys)
    keys, data = np.append(keys[order], -1), np.append(coo.data[order], 0.0)
    asked = np.where(columns < width, rows * width + columns, -2)
    at = np.searchsorted(keys[:-1], asked)
    return np.where(keys[at] == asked, data[at], 0.0)


def kernel_matrix(
    kernel: np.ndarray, arriving: Map, moves: tuple[tuple[int, int], tuple[int, int]], neurons: Map
) -> csr_array:
    """Write a kernel as the matrix over all places of a map. moves: stride and padding, (rows, columns) each."""
    (stride, (p0, p1)), n = moves, kernel.shape[2]
    node = FlatNode(
        path="",
        kind="Conv2d",
        params={
            "weight": kernel,
            "stride": stride,
            "padding": ((p0, p0), (p1, p1)),
            "dilation": (1, 1),
            "groups": 1,
            "kernel_size": (n, n),
        },
        input_shape=arriving,
        output_shape=neurons,
    )
    return linear_map(node, dt_seconds=1.0).matrix


def pool_matrix(sent: Map, pooling: int) -> csr_array:
    """Write sums over windows of a map that do not overlap as a matrix."""
    node = FlatNode(
        path="",
        kind="SumPool2d",
        params={
            "kernel_size": (pooling, pooling),
            "stride": (pooling, pooling),
            "padding": ((0, 0), (0, 0)),
        },
        input_shape=sent,
        output_shape=(sent[0], sent[1] // pooling, sent[2] // pooling),
    )
    return linear_map(node, dt_seconds=1.0).matrix
