"""Small `.nir` files written straight with HDF5, so that they may hold what no library would write."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Node = Mapping[str, Any]
"""`type`, parameters, and for a subgraph `nodes` (name -> Node) and `edges`."""
Edge = tuple[str, str]


def write(path: Path, nodes: Mapping[str, Node], edges: Sequence[Edge], *, version: str = "1.0") -> Path:
    with h5py.File(path, "w") as file:
        if version:
            file["version"] = version
        _graph(file.create_group("node"), nodes, edges)
    return path


def _graph(group: h5py.Group, nodes: Mapping[str, Node], edges: Sequence[Edge]) -> None:
    group["type"] = "NIRGraph"
    group.create_dataset("edges", data=np.array(edges, dtype=h5py.string_dtype()).reshape(-1, 2))
    members = group.create_group("nodes")
    for name, node in nodes.items():
        place = members.create_group(name)
        if "nodes" in node:
            _graph(place, node["nodes"], node["edges"])
            continue
        for key, value in node.items():
            place[key] = value


def port(kind: str, *shape: int) -> Node:
    return {"type": kind, "shape": np.array(shape)}


def linear(weight: Any) -> Node:
    return {"type": "Linear", "weight": np.asarray(weight, np.float32)}


def affine(weight: Any, bias: Any) -> Node:
    return {"type": "Affine", "weight": np.asarray(weight, np.float32), "bias": np.asarray(bias, np.float32)}


def lif(size: int, **more: Any) -> Node:
    """tau 10 s, r 10: with a step of 1 s a spike adds its weight to the membrane."""
    values = {"tau": 10.0, "r": 10.0, "v_leak": 0.0, "v_reset": 0.0, "v_threshold": 1.0, **more}
    return {"type": "LIF", **{name: np.broadcast_to(value, (size,)) for name, value in values.items()}}


def li(size: int) -> Node:
    return {"type": "LI", "tau": np.full(size, 10.0), "r": np.full(size, 10.0), "v_leak": np.zeros(size)}


def delay(size: int, seconds: float) -> Node:
    return {"type": "Delay", "delay": np.full(size, seconds)}


def subgraph(nodes: Mapping[str, Node], *edges: Edge) -> Node:
    return {"nodes": nodes, "edges": edges}


def chain(**nodes: Node) -> tuple[dict[str, Node], list[Edge]]:
    """Nodes one after the other, in the order given."""
    names = list(nodes)
    return dict(nodes), list(itertools.pairwise(names))


def weights(rows: int, columns: int, seed: int = 0) -> np.ndarray:
    """(rows, columns) float32 in quarters, none of them 0."""
    values = np.random.default_rng(seed).integers(1, 5, (rows, columns)) / 4
    return values.astype(np.float32)


def small(path: Path, **changed: Node) -> Path:
    """Input 4 -> Linear -> LIF 3 -> Output, with nodes replaced: `in_`, `w`, `n`, `out`."""
    nodes = {"in_": port("Input", 4), "w": linear(weights(3, 4)), "n": lif(3), "out": port("Output", 3)}
    return write(path, *chain(**{**nodes, **changed}))
