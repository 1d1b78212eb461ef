"""Which axes of an array a Flatten means, where its file counts a batch axis that the array lacks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..nir.raw_graph import RawNode
from .graph import STATEFUL, FlatRaw

Shape = tuple[int, ...]
SHAPE_KEEPING = STATEFUL | {"Scale", "Threshold", "Delay"}


def counted_on(flat: FlatRaw, path: str, shape: Shape) -> RawNode:
    """The Flatten at `path` with its axes counted on an array of `shape`, which has no batch axis."""
    node = flat.nodes[path]
    missing = _batch_axes(flat, path, node, shape)
    if not missing:
        return node
    axes: dict[str, np.ndarray | str] = {}
    for name, usual in (("start_dim", 1), ("end_dim", -1)):
        axis = _whole(node, name, usual)
        axes[name] = np.array(axis if axis < 0 else max(axis - missing, 0))
    return replace(node, params={**node.params, **axes})


def _batch_axes(flat: FlatRaw, path: str, node: RawNode, shape: Shape) -> int:
    """How many axes in front are counted that the array does not have."""
    stored = _sizes(node, "input_type")
    if stored:
        extra = len(stored) - len(shape)
        return extra if extra > 0 and stored == (1,) * extra + shape else 0
    start, end = _whole(node, "start_dim", 1), _whole(node, "end_dim", -1)
    wanted = _wanted(flat, path)
    if start < 1 or len(wanted) != 1 or _joined(shape, start, end) in wanted:
        return 0
    return int(_joined(shape, start - 1, end if end < 0 else end - 1) in wanted)


def _joined(shape: Shape, start: int, end: int) -> Shape:
    """The shape with the axes from `start` to `end` as one; () where it has no such axes."""
    places = list(range(len(shape)))
    try:
        first, last = places[start], places[end]
    except IndexError:
        return ()
    if first > last:
        return ()
    return (*shape[:first], int(np.prod(shape[first : last + 1])), *shape[last + 1 :])


def _wanted(flat: FlatRaw, path: str) -> set[Shape]:
    """The shapes that the nodes behind want, of each way the first that wants one."""
    wanted: set[Shape] = set()
    seen, front = {path}, {path}
    while front:
        front = {b for a, b in flat.edges if a in front} - seen
        seen |= front
        shapes = {name: _wants(flat.nodes[name]) for name in front}
        wanted |= {shape for shape in shapes.values() if shape}
        front = {name for name in front if not shapes[name] and flat.nodes[name].kind in SHAPE_KEEPING}
    return wanted


def _wants(node: RawNode) -> Shape:
    """The shape that a node's own parameters want; () where they leave it open."""
    if node.kind in ("Linear", "Affine"):
        weight = node.params["weight"]
        shape = () if isinstance(weight, str) else weight.shape
        return (*shape[:-2], shape[-1]) if len(shape) > 1 else ()
    if node.kind in SHAPE_KEEPING:
        shapes = [v.shape for v in node.params.values() if not isinstance(v, str) and v.size > 1]
        longest = max(shapes, key=len, default=())
        return () if 1 in longest else longest
    if node.kind in ("Conv1d", "Conv2d"):
        weight, axes = node.params["weight"], int(node.kind[4])
        place = _sizes(node, "input_shape")[-axes:]
        channels = () if isinstance(weight, str) else (weight.shape[1] * _whole(node, "groups", 1),)
        return (*channels, *place) if len(place) == axes else ()
    return _sizes(node, {"Output": "shape", "Flatten": "input_type"}.get(node.kind, ""))


def _sizes(node: RawNode, name: str) -> Shape:
    stored = node.params.get(name)
    sizes = tuple(int(n) for n in stored.ravel()) if isinstance(stored, np.ndarray) else ()
    return sizes if all(n > 0 for n in sizes) else ()


def _whole(node: RawNode, name: str, usual: int) -> int:
    stored = node.params.get(name)
    return int(stored.ravel()[0]) if isinstance(stored, np.ndarray) and stored.size == 1 else usual
