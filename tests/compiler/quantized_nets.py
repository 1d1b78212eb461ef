"""Small quantised networks for tests of everything after the fork point."""

from __future__ import annotations

import numpy as np
from spikec.compiler.ir.quantized import (
    QuantizedInput,
    QuantizedNetwork,
    QuantizedPopulation,
    ScaledProjection,
)
from spikec.targets.machines.synapse_rows import as_rows

EIGHT = {"wgtExp": 0, "wgtBits": 8, "signMode": 1, "dlyBits": 0}
SHARED = {"negVmLimit": 23, "posVmLimit": 7}


def population(
    name: str, n: int, *, vth: np.ndarray | int = 100, shared: dict[str, int] | None = None
) -> QuantizedPopulation:
    registers = {"decayU": 1, "decayV": 2, "refractDelay": 1, "bias": 0, "biasExp": 0}
    params = {key: np.full(n, value, dtype=np.int64) for key, value in registers.items()}
    params["vth"] = np.broadcast_to(np.asarray(vth, dtype=np.int64), (n,)).copy()
    return QuantizedPopulation(
        name=name, shape=(n,), params=params, core_params=shared or SHARED, scales={}, lag_steps=0
    )


def projection(
    pre: str, post: str, matrix: np.ndarray, fmt: dict[str, int] | None = None
) -> ScaledProjection:
    """matrix: (n_post, n_pre), mantissas are twice its non-zero entries (8 bits with sign are even)."""
    rows, cols = (index.astype(np.int64) for index in np.nonzero(matrix))
    return ScaledProjection(
        pre=pre,
        post=post,
        synapses=as_rows(cols, rows, 2 * matrix[rows, cols].astype(np.int64)),
        format=fmt or EIGHT,
    )


def network(
    populations: list[QuantizedPopulation], n_in: int, projections: list[ScaledProjection]
) -> QuantizedNetwork:
    return QuantizedNetwork(
        target="loihi1",
        populations=tuple(sorted(populations, key=lambda p: p.name)),
        inputs=(QuantizedInput(name="in", shape=(n_in,)),),
        projections=tuple(projections),
        outputs={},
        max_lag_steps=0,
    )


def weights(random: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """None of them 0."""
    return random.integers(1, 128, shape) * random.choice([-1, 1], shape)


def layered(sizes: list[int], *, recurrent: bool = False) -> QuantizedNetwork:
    """Dense layers `h1`, `h2` ... after `sizes[0]` inputs, no two sources alike; recurrent: hidden ones feed
    back."""
    random = np.random.default_rng(0)
    names = ["in", *(f"h{i}" for i in range(1, len(sizes)))]
    links = [
        projection(names[i], names[i + 1], weights(random, (sizes[i + 1], sizes[i])))
        for i in range(len(sizes) - 1)
    ]
    if recurrent:
        links += [
            projection(n, n, weights(random, (s, s))) for n, s in zip(names[1:-1], sizes[1:-1], strict=True)
        ]
    populations = [population(n, s) for n, s in zip(names[1:], sizes[1:], strict=True)]
    return network(populations, sizes[0], links)


def random_network(rng: np.random.Generator, *, most: int = 12) -> QuantizedNetwork:
    """1 to 3 populations, sparse links of any kind, thresholds and shared registers that sometimes differ."""
    sizes = rng.integers(1, most + 1, size=rng.integers(1, 4))
    names = [f"p{i}" for i in range(len(sizes))]
    populations = [
        population(
            name,
            int(n),
            vth=rng.integers(1, 4, size=n),
            shared={"negVmLimit": 23, "posVmLimit": int(rng.choice([6, 7], p=[0.2, 0.8]))},
        )
        for name, n in zip(names, sizes, strict=True)
    ]
    n_in = int(rng.integers(1, 6))
    links = [projection("in", names[0], rng.random((sizes[0], n_in)) < 0.8)]
    for i, pre in enumerate(names):
        for j, post in enumerate(names):
            if rng.random() < 0.5:
                fmt = {**EIGHT, "wgtExp": int(rng.integers(0, 3))}
                links.append(projection(pre, post, rng.random((sizes[j], sizes[i])) < rng.random(), fmt))
    return network(populations, n_in, [link for link in links if link.rows.size])
