"""Joins the NIR nodes between two populations into one window that the chip's kernels and pools can have."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from ....targets.speck.model import Layer
from ...ir.network import FlatNode, Network

if TYPE_CHECKING:
    import numpy as np

Pair = tuple[int, int]
Map = tuple[int, int, int]
POOLS = frozenset({"SumPool2d", "AvgPool2d"})


@dataclass(frozen=True, kw_only=True)
class Window:
    """What of a map a neuron looks at, (rows, columns) each. before: padding above and left of the map."""

    size: Pair
    stride: Pair
    before: Pair


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A square kernel that covers a window: its first row and column are `first` places before those of the window."""

    size: int
    stride: Pair
    padding: Pair
    first: Pair


class NoWindowError(Exception):
    """Says why the nodes between two populations are no convolution: the end of a sentence that begins with their
    names."""


def maps_of(network: Network) -> dict[str, Map]:
    """Read the shapes of inputs and populations as (channels, height, width), by name.

    (channels, length) of a Conv1d is a map of height 1; what else has no such shape is channels of one place each."""
    shapes = {**network.inputs, **{name: p.shape for name, p in network.populations.items()}}
    lines: set[str] = set()
    for p in network.projections:
        nodes = [node for node in (network.stateless[path] for path in p.path) if node.kind == "Conv1d"]
        if nodes and nodes[0].input_shape == shapes[p.pre]:
            lines.add(p.pre)
        if nodes and nodes[-1].output_shape == shapes.get(p.post):
            lines.add(p.post)
    return {name: _map(shape, is_line=name in lines) for name, shape in shapes.items()}


def _map(shape: tuple[int, ...], *, is_line: bool) -> Map:
    if len(shape) == 3:
        return shape[0], shape[1], shape[2]
    return (shape[0], 1, shape[1]) if is_line else (math.prod(shape), 1, 1)


def leading_pool(nodes: Sequence[FlatNode], layer: Layer) -> int:
    """Find the pooling that the sending core does: of the nodes up to the first that is neither pool nor Scale."""
    pooling = 1
    for node in nodes:
        if node.kind == "Scale":
            continue
        sizes = {*_pair(node, "kernel_size"), *_pair(node, "stride")} if node.kind in POOLS else {0, 1}
        flush = node.kind in POOLS and not any(map(any, _padding(node)))
        if len(sizes) != 1 or not flush or pooling * min(sizes) not in layer.poolings:
            break
        pooling *= min(sizes)
    return pooling


def window(nodes: Sequence[FlatNode], pooled: int, arriving: Map) -> Window:
    """Join nodes into the window of one neuron on the map that arrives, in which `pooled` x `pooled` neurons of the
    sender are summed already.

    Raises NoWindowError for nodes without one."""
    joined, flat = Window(size=(1, 1), stride=(1, 1), before=(0, 0)), False
    for node in nodes:
        if node.kind in {"Scale", "Delay"}:
            continue
        if node.kind in {"Linear", "Affine"}:
            return Window(size=(arriving[1], arriving[2]), stride=(1, 1), before=(0, 0))
        if node.kind == "Flatten":
            flat = True
        elif node.kind not in {*POOLS, "Conv1d", "Conv2d"}:
            raise NoWindowError(f"holds a {node.kind}")
        elif flat:
            raise NoWindowError("goes on as a map behind a Flatten")
        elif pooled > 1 and node.kind in POOLS:
            pooled //= _pair(node, "kernel_size")[0]
        else:
            joined = _behind(joined, node)
    if flat and arriving[1:] != (1, 1):
        raise NoWindowError("flattens a map without a Linear behind")
    return joined


def _behind(first: Window, node: FlatNode) -> Window:
    """The window of a node through that before it."""
    if node.kind in POOLS:
        size, dilation = _pair(node, "kernel_size"), (1, 1)
    else:
        size, dilation = _kernel_size(node), _pair(node, "dilation")
    stride, padding = _pair(node, "stride"), _padding(node)
    reach = tuple((k - 1) * d for k, d in zip(size, dilation, strict=True))
    return Window(
        size=(first.size[0] + reach[0] * first.stride[0], first.size[1] + reach[1] * first.stride[1]),
        stride=(first.stride[0] * stride[0], first.stride[1] * stride[1]),
        before=(
            first.before[0] + padding[0][0] * first.stride[0],
            first.before[1] + padding[1][0] * first.stride[1],
        ),
    )


def fit(looks: Window, arriving: Map, neurons: Map, layer: Layer) -> Fitted:
    """Find the smallest square kernel with which the map that arrives has exactly the map of the neurons.

    Raises NoWindowError where strides, paddings and kernels that the chip has give none."""
    for size in range(max(looks.size), layer.kernel_size + 1):
        axes = [
            _axis(
                looks.size[k], looks.stride[k], looks.before[k], arriving[1 + k], neurons[1 + k], size, layer
            )
            for k in (0, 1)
        ]
        if axes[0] is not None and axes[1] is not None:
            (s0, p0, f0), (s1, p1, f1) = axes[0], axes[1]
            return Fitted(size=size, stride=(s0, s1), padding=(p0, p1), first=(f0, f1))
    rows, columns = looks.size
    low, high = layer.padding
    raise NoWindowError(
        f"takes a kernel of {rows} x {columns} with stride {looks.stride[0]} x {looks.stride[1]} and padding "
        f"{looks.before[0]} x {looks.before[1]} from {arriving[1]} x {arriving[2]} to {neurons[1]} x {neurons[2]}; the "
        f"chip has kernels up to {layer.kernel_size} x {layer.kernel_size}, strides "
        f"{', '.join(map(str, layer.strides))} and paddings {low} to {high}"
    )


def _axis(
    looks: int, stride: int, before: int, arriving: int, neurons: int, size: int, layer: Layer
) -> tuple[int, int, int] | None:
    """(stride, padding, first) along one axis; one neuron has any stride."""
    for step in (stride, *layer.strides) if neurons == 1 else (stride,):
        for first in range(size - looks + 1):
            padding = before + first
            size_out = (arriving + 2 * padding - size) // step + 1
            if (
                step in layer.strides
                and layer.padding[0] <= padding <= layer.padding[1]
                and size_out == neurons
            ):
                return step, padding, first
    return None


def _kernel_size(node: FlatNode) -> Pair:
    *_, rows, columns = (1, *cast("np.ndarray", node.params["weight"]).shape[2:])
    return rows, columns


def _pair(node: FlatNode, name: str) -> Pair:
    """Rows and columns of a parameter; a Conv1d is one of a single row."""
    *_, rows, columns = (1, *cast("tuple[int, ...]", node.params[name]))
    return int(rows), int(columns)


def _padding(node: FlatNode) -> tuple[Pair, Pair]:
    *_, rows, columns = ((0, 0), *cast("tuple[Pair, ...]", node.params["padding"]))
    return rows, columns
