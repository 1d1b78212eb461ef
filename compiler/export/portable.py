"""Writes what a NIR file may say in several ways in the one that most importers take.

NIR leaves out a reset to 0, counts the axes of Input and Output without a batch, and gives windows a number for each
axis.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...sim.nir.raw_graph import RawGraph, RawNode
from ..ir.network import FlatGraph

BY_AXIS = {"SumPool2d": ("kernel_size", "stride", "padding"), "AvgPool2d": ("kernel_size", "stride", "padding"),
           "Conv2d": ("stride", "padding", "dilation")}  # fmt: skip
"""Parameters that hold a number for each of two axes, by kind of node."""

HINTS = {"Conv1d": "input_shape", "Conv2d": "input_shape", "Flatten": "input_type"}
"""Shapes of what arrives, without channels for convolutions: old files lack them, and some importers need them."""


def portable(graph: RawGraph, flat: FlatGraph, prefix: str = "") -> RawGraph:
    """The same graph. flat: the network that it was made from, with all shapes."""
    nodes: dict[str, RawNode] = {}
    for name, node in graph.nodes.items():
        if node.graph is not None:
            nodes[name] = replace(node, graph=portable(node.graph, flat, f"{prefix}{name}/"))
        else:
            nodes[name] = _node(node, flat, prefix + name)
    return replace(graph, nodes=nodes)


def _node(node: RawNode, flat: FlatGraph, path: str) -> RawNode:
    params = dict(node.params)
    reset = params.get("v_reset")
    if isinstance(reset, np.ndarray) and not reset.any():
        del params["v_reset"]
    for name in BY_AXIS.get(node.kind, ()):
        value = params.get(name)
        if isinstance(value, np.ndarray) and value.size == 1:
            params[name] = np.full(2, value.ravel()[0])
    if node.kind in HINTS and not np.size(params.get(HINTS[node.kind], ())):
        shape = np.array(flat.node(path).input_shape or (), dtype=np.int64)
        of_kind = {"Flatten": shape, "Conv1d": shape[1:].reshape(-1).sum()}
        params[HINTS[node.kind]] = np.array(of_kind.get(node.kind, shape[1:]))
    if path in (*flat.inputs, *flat.outputs):
        known = flat.node(path)
        shape = known.output_shape if path in flat.inputs else known.input_shape
        if shape:
            params["shape"] = np.array(shape, dtype=np.int64)
    return replace(node, params=params)
