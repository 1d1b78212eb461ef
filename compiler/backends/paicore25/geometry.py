"""Finds which populations are maps that convolutions make of maps: there a kernel can walk over its input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from ...ir.network import FlatNode
from .stages import Stage

WALKS = frozenset({"Conv1d", "Conv2d", "SumPool2d", "AvgPool2d"})
KEEPS = frozenset({"Scale", "Delay"})


def strides_of(
    stage: Stage, shapes: Mapping[str, tuple[int, ...]], nodes: Mapping[str, FlatNode]
) -> tuple[int, int] | None:
    """Steps in the rows and columns of its sources from one neuron to the next, the same of all links; None where a
    link is no convolution of a map. shapes: of sources. nodes: what links go through."""
    if len(stage.shape) not in (2, 3):
        return None
    found: set[tuple[int, int]] = set()
    for link in stage.links:
        if len(shapes[link.source]) != len(stage.shape):
            return None
        rows, columns = 1, 1
        for path in link.path:
            node = nodes.get(path)
            if node is None or node.kind not in WALKS | KEEPS:
                return None
            if node.kind in WALKS:
                stride = cast("tuple[int, ...]", node.params["stride"])
                rows, columns = rows * (stride[0] if len(stride) > 1 else 1), columns * [*stride][-1]
        found.add((rows, columns))
    return next(iter(found)) if len(found) == 1 else None


def as_map(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """A shape as channels, rows and columns; lines have one row."""
    return (shape[0], shape[1], shape[2]) if len(shape) == 3 else (shape[0], 1, shape[-1])
