"""SPK07xx: advice of `spikec lint`, of which none is an error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from .netfiles import Node, affine, chain, lif, linear, port, write
from .running import Case, Words

READ = ("--dialect", "nir.euler", "--dt", "1")


def linted(nodes: Callable[[], dict[str, Node]], *words: str) -> Case:
    """Lint of a chain of nodes."""

    def case(folder: Path) -> Words:
        return ("lint", write(folder / "net.nir", *chain(**nodes())), *READ, *words)

    return case


def layer(weight: np.ndarray, **of_lif: object) -> dict[str, Node]:
    """One layer of neurons."""
    size = weight.shape[0]
    return {
        "in": port("Input", weight.shape[1]), "w": linear(weight), "n": lif(size, **of_lif),
        "out": port("Output", size),
    }  # fmt: skip


def even(rows: int = 8, columns: int = 50) -> np.ndarray:
    """Weights of about one size, 0.2 to 0.4."""
    return np.random.default_rng(1).uniform(0.2, 0.4, (rows, columns)).astype(np.float32)


def outliers() -> dict[str, Node]:
    weight = np.random.default_rng(2).uniform(0.0005, 0.02, (8, 50)).astype(np.float32)
    weight[3, 7] = 2.0
    return layer(weight)


def wide() -> dict[str, Node]:
    """Sizes over six decades: no clip helps."""
    return layer(np.geomspace(1e-6, 1, 400).reshape(8, 50).astype(np.float32))


def dead() -> dict[str, Node]:
    weight = even()
    weight[2] = 0
    weight[5] = -0.3
    return layer(weight)


def unheard() -> dict[str, Node]:
    second = even(4, 8)
    second[:, 6] = 0
    return {
        "in": port("Input", 50), "w": linear(even()), "n": lif(8), "v": linear(second), "m": lif(4),
        "out": port("Output", 4),
    }  # fmt: skip


def alone() -> dict[str, Node]:
    bias = np.zeros(8)
    bias[:3] = 0.2
    return {
        "in": port("Input", 50), "w": affine(even(), bias), "n": lif(8), "out": port("Output", 8),
    }  # fmt: skip


def spread() -> dict[str, Node]:
    return layer(even(), v_threshold=np.geomspace(0.5, 8, 8))


def past() -> dict[str, Node]:
    """1,030 neurons on cores of 1,024."""
    return layer(np.random.default_rng(4).uniform(0.2, 0.4, (1030, 8)).astype(np.float32))


def pooled() -> dict[str, Node]:
    conv = {
        "type": "Conv2d", "weight": even(4, 9).reshape(4, 1, 3, 3), "bias": np.zeros(4, np.float32),
        "input_shape": np.array([16, 16]), "stride": 1, "padding": 1, "dilation": 1, "groups": 1,
    }  # fmt: skip
    neurons = {"type": "LIF", **{k: np.full((4, 16, 16), v) for k, v in
               {"tau": 10.0, "r": 10.0, "v_leak": 0.0, "v_reset": 0.0, "v_threshold": 1.0}.items()}}  # fmt: skip
    pool = {"type": "AvgPool2d", "kernel_size": [2, 2], "stride": [2, 2], "padding": [0, 0]}
    flat = {"type": "Flatten", "start_dim": 0, "end_dim": -1}
    return {
        "in": port("Input", 1, 16, 16), "c": conv, "n": neurons, "p": pool, "f": flat,
        "w": linear(even(4, 256)), "m": lif(4), "out": port("Output", 4),
    }  # fmt: skip


CASES: dict[str, Case] = {
    "SPK0701": linted(outliers),
    "SPK0702": linted(wide),
    "SPK0703": linted(dead),
    "SPK0704": linted(unheard),
    "SPK0705": linted(alone),
    "SPK0706 apart": linted(spread),
    "SPK0706 high": linted(lambda: layer(even() / 1000)),
    "SPK0706 low": linted(lambda: layer(even() * 100)),
    "SPK0707": linted(lambda: layer(even()), "--target", "tinyodin"),
    "SPK0707 refused": linted(lambda: layer(even(8, 20)), "--target", "xylo_audio3"),
    "SPK0708": linted(past, "--target", "loihi1"),
    "SPK0709": linted(pooled),
    "SPK0710": linted(dead, "--poisson", "0.9", "--steps", "20", "--batch", "2"),
    "SPK0711": linted(lambda: layer(even(), tau=1.01, r=1.01)),
}
