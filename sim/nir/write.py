"""Writes a `RawGraph` as the bytes of a `.nir` file: a network that was made in memory is compiled as its own file."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from .primitives import GRAPH_KIND
from .raw_graph import READING, RawGraph, RawNode

if TYPE_CHECKING:
    import h5py

LARGE = 4096
"""Bytes from which an array is compressed."""


def image_of(graph: RawGraph, metadata: Mapping[str, str] | None = None) -> bytes:
    """Write a graph as a `.nir` file, which `nirfile.graph_in` and `nir.read` read back.

    Nodes, parameters and edges come back as they are, with the bits and types of their arrays. The same graph gives
    the same bytes. metadata: texts that the file says of itself, beside the graph's own reading."""
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.create_dataset("version", data=graph.version, dtype=h5py.string_dtype())
        root = file.create_group("node")
        _graph(root, graph, h5py.string_dtype())
        texts = {**(metadata or {}), **({READING: graph.reading} if graph.reading else {})}
        if texts:
            told = root.create_group("metadata")
            for name in sorted(texts):
                told.create_dataset(name, data=texts[name], dtype=h5py.string_dtype())
    return buffer.getvalue()


def _graph(group: h5py.Group, graph: RawGraph, text: object) -> None:
    group.create_dataset("type", data=GRAPH_KIND, dtype=text)
    edges = np.array(graph.edges, dtype=object).reshape(-1, 2)
    group.create_dataset("edges", data=edges, dtype=text)
    members = group.create_group("nodes")
    for name in sorted(graph.nodes):
        _node(members.create_group(name), graph.nodes[name], text)


def _node(group: h5py.Group, node: RawNode, text: object) -> None:
    if node.graph is not None:
        _graph(group, node.graph, text)
        return
    group.create_dataset("type", data=node.kind, dtype=text)
    for name in sorted(node.params):
        value = node.params[name]
        if isinstance(value, str):
            group.create_dataset(name, data=value, dtype=text)
        else:
            packed = {"compression": "gzip"} if value.nbytes >= LARGE else {}
            group.create_dataset(name, data=value, **packed)
