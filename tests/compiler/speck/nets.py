"""Small networks of convolution, made in memory."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from spikec.compiler.ir.network import Network
from spikec.compiler.ir.stages import Front
from spikec.compiler.options import Options
from spikec.compiler.prepare import read_front, resolve_target
from spikec.sim.dialect.dialect import Dialect, NodeDialect
from spikec.sim.nir.raw_graph import RawGraph, RawNode

from ..graphs import affine, graph

IAF = Dialect(
    name="made for tests",
    dt_seconds=1.0,
    default=NodeDialect(fire=">=", reset="subtract", multi=None, if_gain="one"),
)
OPTIONS = Options(target="speck2f", reading=IAF)


def port(kind: str, *shape: int) -> RawNode:
    return RawNode(kind=kind, params={"shape": np.array(shape)})


def fire(*shape: int, threshold: float | np.ndarray = 1.0) -> RawNode:
    ones = np.ones(shape)
    return RawNode(kind="IF", params={"r": ones, "v_threshold": ones * threshold, "v_reset": ones * 0})


def conv(
    weight: np.ndarray,
    *,
    bias: np.ndarray | None = None,
    stride: tuple[int, int] = (1, 1),
    padding: tuple[int, int] = (0, 0),
    dilation: tuple[int, int] = (1, 1),
    groups: int = 1,
) -> RawNode:
    values: dict[str, np.ndarray | str] = {
        "weight": weight.astype(np.float32),
        "bias": (np.zeros(len(weight)) if bias is None else bias).astype(np.float32),
        "stride": np.array(stride),
        "padding": np.array(padding),
        "dilation": np.array(dilation),
        "groups": np.array(groups),
    }
    return RawNode(kind="Conv2d", params=values)


def pool(kind: str, size: int) -> RawNode:
    pair = np.array([size, size])
    return RawNode(kind=kind, params={"kernel_size": pair, "stride": pair, "padding": np.array([0, 0])})


def flatten(rank: int = 3) -> RawNode:
    return RawNode(kind="Flatten", params={"start_dim": np.array(0), "end_dim": np.array(rank - 1)})


def scale(values: np.ndarray) -> RawNode:
    return RawNode(kind="Scale", params={"scale": values.astype(np.float32)})


def linear(weight: np.ndarray) -> RawNode:
    return affine(weight)


def random(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, 0.5, shape)


def row(**nodes: RawNode) -> RawGraph:
    """Nodes one after the other."""
    return graph(nodes, list(pairwise(nodes)))


def front(raw: RawGraph, options: Options = OPTIONS) -> Front:
    return read_front(raw, options, resolve_target(options))


def network(raw: RawGraph, options: Options = OPTIONS) -> Network:
    return front(raw, options).network


def two_layers() -> RawGraph:
    """2 x 9 x 9 events, a map of 4 x 8 x 8 pooled by 2, then 6 neurons."""
    return row(
        input=port("Input", 2, 9, 9),
        w1=conv(random(1, 4, 2, 2, 2), bias=random(2, 4) / 10),
        n1=fire(4, 8, 8),
        p1=pool("AvgPool2d", 2),
        f1=flatten(),
        w2=linear(random(3, 6, 64)),
        n2=fire(6),
        output=port("Output", 6),
    )
