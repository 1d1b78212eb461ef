"""A small network in memory, and what drives it."""

from __future__ import annotations

from typing import Any

import nir
import numpy as np

N_IN, N, N_OUT, STEPS, BATCH = 6, 5, 3, 12, 4
DT = 1e-3
READING: dict[str, Any] = {"dialect": "nir.euler", "dt": DT}


def lif(size: int) -> nir.LIF:
    ones = np.ones(size)
    return nir.LIF(tau=8 * DT * ones, r=8 * ones, v_leak=0 * ones, v_threshold=ones, v_reset=0 * ones)


def network(*, inputs: tuple[str, ...] = ("input",)) -> nir.NIRGraph:
    """Two layers; every Input feeds the first."""
    random = np.random.default_rng(2)
    nodes: dict[str, nir.NIRNode] = {}
    edges: list[tuple[str, str]] = []
    for name in inputs:
        nodes[name] = nir.Input(np.array([N_IN]))
        nodes[f"w_{name}"] = nir.Linear(random.integers(-8, 40, (N, N_IN)) / 64)
        edges += [(name, f"w_{name}"), (f"w_{name}", "hidden")]
    nodes |= {
        "hidden": lif(N),
        "w": nir.Linear(random.integers(-8, 40, (N_OUT, N)) / 64),
        "last": lif(N_OUT),
        "output": nir.Output(np.array([N_OUT])),
    }
    edges += [("hidden", "w"), ("w", "last"), ("last", "output")]
    return nir.NIRGraph(nodes=nodes, edges=edges)


def spikes(seed: int = 3) -> np.ndarray:
    return (np.random.default_rng(seed).random((STEPS, BATCH, N_IN)) < 0.4).astype(np.uint8)


LABELS = np.array([0, 2, 1, 0])
