"""Small NIR graphs made in memory, with weights on the chip's grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from spikec.sim.nir.raw_graph import RawGraph, RawNode


def port(kind: str, size: int) -> RawNode:
    return RawNode(kind=kind, params={"shape": np.array([size])})


def affine(weight: np.ndarray, bias: np.ndarray | None = None) -> RawNode:
    """Linear or Affine; values float32."""
    params = {"weight": weight.astype(np.float32)}
    if bias is None:
        return RawNode(kind="Linear", params=params)
    return RawNode(kind="Affine", params={**params, "bias": bias.astype(np.float32)})


def integrate_and_fire(size: int, threshold: float) -> RawNode:
    """An IF layer with r = 1 and a reset to 0."""
    ones = np.ones(size)
    return RawNode(kind="IF", params={"r": ones, "v_threshold": ones * threshold, "v_reset": ones * 0})


def leaky(size: int, threshold: float, tau: float, **more: float) -> RawNode:
    """A LIF layer with r = 1, reset to 0 unless told otherwise."""
    values = {"tau": tau, "r": 1.0, "v_leak": 0.0, "v_reset": 0.0, "v_threshold": threshold, **more}
    return RawNode(kind="LIF", params={name: np.full(size, value) for name, value in values.items()})


def grid_weights(random: np.random.Generator, shape: tuple[int, int], density: float = 0.7) -> np.ndarray:
    """Integers in -255..255 with both ends there, so that the largest scale is a power of two (signs apart)."""
    weight = random.integers(-255, 256, shape).astype(np.float64)
    weight *= random.random(shape) < density
    weight.flat[0], weight.flat[-1] = 255.0, -255.0
    return weight


def graph(nodes: Mapping[str, RawNode], edges: Sequence[tuple[str, str]]) -> RawGraph:
    return RawGraph(nodes={name: nodes[name] for name in sorted(nodes)}, edges=tuple(edges), version="1.0")
