"""Finds shapes that a file leaves open, of an Input or of what a Flatten flattens, from the nodes that take them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...sim.diagnostic import Diagnostic, error, note
from ...sim.nir.path import shown, stored_at
from ..ir.network import FlatGraph, FlatNode
from .node_shapes import (
    ELEMENTWISE,
    Shape,
    ShapeFault,
    expected_input,
    flatten_axes,
    flattened,
    hinted_shape,
    stored_shape,
)


def with_shape(flat: FlatGraph, node: FlatNode, diagnostics: list[Diagnostic]) -> FlatNode:
    """An Input with the shape that the nodes behind it take, if its own is stored as ().

    Raises ShapeFault where they take different ones (SPK0211); a note goes to `diagnostics`."""
    if stored_shape(node, "shape") is not None:
        return node
    taken = taken_behind(flat, node.path)
    if not taken:
        return node
    if len(set(taken.values())) > 1:
        ways = ", ".join(f"`{shown(path)}` takes {shape}" for path, shape in sorted(taken.items()))
        message = f"its shape is stored as (), and the nodes behind it take different ones: {ways}"
        raise ShapeFault(error("SPK0211", message, where=stored_at(node.path, "shape")))
    path, shape = min(taken.items())
    diagnostics.append(
        inferred(node.path, f"its shape is stored as (): {shape} is read, which `{shown(path)}` takes")
    )
    return replace(node, params={**node.params, "shape": np.array(shape)})


def with_axes(flat: FlatGraph, node: FlatNode, arriving: Shape, diagnostics: list[Diagnostic]) -> FlatNode:
    """A Flatten whose axes are counted as those of `arriving`, where the file does not say of what it counts them.

    Its axes count a batch in front where only so it gives what the nodes behind it take; a note says so."""
    if node.kind != "Flatten" or hinted_shape(node, "input_type") is not None:
        return node
    start, end = flatten_axes(node)
    if start < 1:
        return node
    taken = {*taken_behind(flat, node.path).values()}
    less = (start - 1, end if end < 0 else end - 1)
    if len(taken) != 1 or flattened(arriving, start, end) in taken or flattened(arriving, *less) not in taken:
        return node
    message = (
        f"axis {start} is the first to be flattened, counted with a batch in front: only so does it give "
        f"{min(taken)}, which the nodes behind it take"
    )
    diagnostics.append(inferred(node.path, message, "start_dim"))
    axes = {"start_dim": np.array(less[0]), "end_dim": np.array(less[1])}
    return replace(node, params={**node.params, **axes})


def taken_behind(flat: FlatGraph, path: str) -> dict[str, Shape]:
    """Of each way out of a node, the first node whose parameters say which shape it takes, and that shape."""
    taken: dict[str, Shape] = {}
    seen, pending = {path}, [path]
    while pending:
        for post in flat.after[pending.pop()]:
            if post in seen:
                continue
            seen.add(post)
            node = flat.node(post)
            shape = stored_shape(node, "shape") if node.kind == "Output" else expected_input(node)
            if shape is not None and (node.kind not in ELEMENTWISE or 1 not in shape):
                taken[post] = shape
            elif node.kind in ELEMENTWISE:
                pending.append(post)
    return taken


def inferred(path: str, message: str, name: str = "shape") -> Diagnostic:
    """Note that a shape was found which the file leaves open (SPK0222)."""
    return note("SPK0222", message, where=stored_at(path, name))
