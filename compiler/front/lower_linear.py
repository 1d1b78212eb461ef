"""Lowers one stateless NIR node to a sparse matrix over row-major flattened arrays, with its bias and its delays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from ..ir.network import FlatNode

if TYPE_CHECKING:
    from scipy.sparse import csr_array


class LinearMap(NamedTuple):
    """y = matrix @ x + bias, after which element k comes `delay[k]` steps later. matrix: csr (out, in), float64."""

    matrix: csr_array
    bias: np.ndarray | None = None
    delay: np.ndarray | None = None


def linear_map(node: FlatNode, *, dt_seconds: float, channels_last: bool = False) -> LinearMap:
    """Lower a stateless node. The map of a resolved Linear, Affine, Scale, Conv1d/2d, SumPool2d, AvgPool2d, Flatten
    or Delay node.

    channels_last: Flatten reads (C, H, W) in the order (H, W, C). Delay: rint(delay / dt) steps."""
    return _MAPS[node.kind](node, dt_seconds, channels_last)


def _array(node: FlatNode, name: str) -> np.ndarray:
    return np.asarray(node.params[name], dtype=np.float64)


def _shapes(node: FlatNode) -> tuple[tuple[int, ...], tuple[int, ...]]:
    if node.input_shape is None or node.output_shape is None:
        raise ValueError(f"{node.path} was not resolved")
    return node.input_shape, node.output_shape


def _linear(node: FlatNode, dt_seconds: float, channels_last: bool) -> LinearMap:
    from scipy import sparse

    weight = _array(node, "weight")
    _, shape_out = _shapes(node)
    copies = int(np.prod(shape_out, dtype=np.int64)) // int(np.prod(weight.shape[:-1], dtype=np.int64))
    blocks = weight.reshape(-1, *weight.shape[-2:])
    parts = [sparse.csr_array(block) for _ in range(copies) for block in blocks]
    matrix = parts[0] if len(parts) == 1 else sparse.block_diag(parts, format="csr")
    bias = None
    if "bias" in node.params:
        bias = np.broadcast_to(_array(node, "bias"), shape_out).ravel()
    return LinearMap(sparse.csr_array(matrix), bias)


def _scale(node: FlatNode, dt_seconds: float, channels_last: bool) -> LinearMap:
    from scipy import sparse

    return LinearMap(sparse.csr_array(sparse.diags_array(_array(node, "scale").ravel())))


def _delay(node: FlatNode, dt_seconds: float, channels_last: bool) -> LinearMap:
    from scipy import sparse

    steps = np.rint(_array(node, "delay").ravel() / dt_seconds).astype(np.int64)
    return LinearMap(sparse.csr_array(sparse.eye_array(steps.size)), None, steps)


def _flatten(node: FlatNode, dt_seconds: float, channels_last: bool) -> LinearMap:
    from scipy import sparse

    shape, _ = _shapes(node)
    size = int(np.prod(shape, dtype=np.int64))
    order = np.arange(size).reshape(shape)
    if channels_last and len(shape) == 3:
        order = order.transpose(1, 2, 0)
    data = (np.ones(size), (np.arange(size), order.ravel()))
    return LinearMap(sparse.csr_array(data, shape=(size, size)))


def _window_taps(
    node: FlatNode, kernel: tuple[int, ...], dilation: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(kernel offset, output position, input position) of every tap inside the array, positions flat."""
    shape_in, shape_out = _shapes(node)
    spatial_in, spatial_out = shape_in[1:], shape_out[1:]
    stride = cast("tuple[int, ...]", node.params["stride"])
    padding = cast("tuple[tuple[int, int], ...]", node.params["padding"])
    places = np.indices(spatial_out).reshape(len(spatial_out), -1)
    offsets: list[np.ndarray] = []
    outs: list[np.ndarray] = []
    ins: list[np.ndarray] = []
    for k, offset in enumerate(product(*(range(size) for size in kernel))):
        at = [
            places[axis] * stride[axis] + offset[axis] * dilation[axis] - padding[axis][0]
            for axis in range(len(kernel))
        ]
        inside = np.all([(a >= 0) & (a < n) for a, n in zip(at, spatial_in, strict=True)], axis=0)
        positions = np.flatnonzero(inside)
        outs.append(positions)
        ins.append(np.asarray(np.ravel_multi_index(tuple(a[inside] for a in at), spatial_in)))
        offsets.append(np.full(positions.size, k))
    return np.concatenate(offsets), np.concatenate(outs), np.concatenate(ins)


def _convolution(node: FlatNode, dt_seconds: float, channels_last: bool) -> LinearMap:
    from scipy import sparse

    weight = _array(node, "weight")
    shape_in, shape_out = _shapes(node)
    kernel = weight.shape[2:]
    tap, out, into = _window_taps(node, kernel, cast("tuple[int, ...]", node.params["dilation"]))
    n_in = int(np.prod(shape_in[1:], dtype=np.int64))
    n_out = int(np.prod(shape_out[1:], dtype=np.int64))
    groups = int(cast("int", node.params["groups"]))
    features, channels = weight.shape[0], weight.shape[1]
    # What an output position sees is the same for all features of a group: positions ascend by channel, then place.
    order = np.lexsort((into, out))
    tap, into, seen = tap[order], into[order], np.bincount(out, minlength=n_out)
    first = np.repeat(np.cumsum(seen) - seen, seen * channels)
    within = np.arange(tap.size * channels) - np.repeat((np.cumsum(seen) - seen) * channels, seen * channels)
    channel, place = np.divmod(within, np.repeat(seen, seen * channels))
    place += first
    column = (channel * n_in + into[place]).astype(np.int32 if shape_in[0] * n_in < 1 << 31 else np.int64)
    size = column.size
    indices = np.empty(features * size, dtype=column.dtype)
    data = np.empty(features * size)
    flat = weight.reshape(features, -1)
    index = channel * int(np.prod(kernel, dtype=np.int64)) + tap[place]
    for feature in range(features):
        own = slice(feature * size, (feature + 1) * size)
        indices[own] = column + feature // (features // groups) * channels * n_in
        np.take(flat[feature], index, out=data[own])
    start = np.concatenate([[0], np.cumsum(np.tile(seen * channels, features))])
    matrix = sparse.csr_array((data, indices, start), shape=(features * n_out, shape_in[0] * n_in))
    bias = np.repeat(_array(node, "bias"), n_out) if "bias" in node.params else None
    return LinearMap(matrix, bias)


def _pool(node: FlatNode, dt_seconds: float, channels_last: bool) -> LinearMap:
    from scipy import sparse

    shape_in, shape_out = _shapes(node)
    kernel = cast("tuple[int, ...]", node.params["kernel_size"])
    _, out, into = _window_taps(node, kernel, (1,) * len(kernel))
    value = 1.0 / float(np.prod(kernel)) if node.kind == "AvgPool2d" else 1.0
    size = (int(np.prod(shape_out[1:], dtype=np.int64)), int(np.prod(shape_in[1:], dtype=np.int64)))
    one = sparse.csr_array((np.full(out.size, value), (out, into)), shape=size)
    return LinearMap(sparse.csr_array(sparse.kron(sparse.eye_array(shape_in[0]), one, format="csr")))


_MAPS: Mapping[str, Callable[[FlatNode, float, bool], LinearMap]] = {
    "Linear": _linear,
    "Affine": _linear,
    "Scale": _scale,
    "Delay": _delay,
    "Flatten": _flatten,
    "Conv1d": _convolution,
    "Conv2d": _convolution,
    "SumPool2d": _pool,
    "AvgPool2d": _pool,
}
