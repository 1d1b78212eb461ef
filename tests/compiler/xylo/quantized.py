"""Random quantised networks of the ordered kind, for everything after the fork point."""

from __future__ import annotations

import numpy as np
from spikec.compiler.backends.xylo.relays import neuron_params
from spikec.compiler.ir.quantized import (
    QuantizedInput,
    QuantizedNetwork,
    QuantizedPopulation,
    ReceptorProjection,
)
from spikec.targets.configuration import StateScale
from spikec.targets.machines.synapse_rows import as_rows

SHIFTS = {"in": 2, "rec": 1, "out": 3}


def population(name: str, n: int, random: np.random.Generator, *, most: int = 31) -> QuantizedPopulation:
    params = neuron_params(
        n,
        dash_syn=random.integers(1, 5, n),
        dash_mem=random.integers(0, 5, n),
        bias=random.integers(-3, 4, n),
        threshold=random.integers(20, 400, n),
        max_spikes=most,
    )
    scales = {"v_mem": StateScale(units=100.0, offset=0.0)}
    return QuantizedPopulation(
        name=name, shape=(n,), params=params, core_params={}, scales=scales, lag_steps=0
    )


def projection(
    pre: str, post: str, matrix: np.ndarray, shift: int, *, receptor: int = 0
) -> ReceptorProjection:
    """matrix (post, pre) of mantissas."""
    rows, cols = (index.astype(np.int64) for index in np.nonzero(matrix))
    return ReceptorProjection(
        pre=pre,
        post=post,
        synapses=as_rows(cols, rows, matrix[rows, cols].astype(np.int64)),
        shift=shift,
        receptor=receptor,
    )


def alias(pre: str, post: str, cols: list[int], rows: list[int]) -> ReceptorProjection:
    n = len(cols)
    return ReceptorProjection(
        pre=pre,
        post=post,
        synapses=as_rows(np.array(cols), np.array(rows), np.ones(n, dtype=np.int64)),
        alias=True,
    )


def quantized(
    populations: list[QuantizedPopulation], n_in: int, projections: list[ReceptorProjection]
) -> QuantizedNetwork:
    return QuantizedNetwork(
        target="xylo_audio3",
        populations=tuple(populations),
        inputs=(QuantizedInput(name="in", shape=(n_in,)),),
        projections=tuple(projections),
        outputs={},
        max_lag_steps=0,
    )


def random_network(seed: int, *, largest: int = 127) -> QuantizedNetwork:
    """Two hidden populations, one of them recurrent and on both accumulators, aliases, one population of outputs."""
    random = np.random.default_rng(seed)
    n_in, a, b, o = (int(random.integers(2, 6)) for _ in range(4))

    def weights(post: int, pre: int) -> np.ndarray:
        values = random.integers(-largest, largest + 1, (post, pre)) * (random.random((post, pre)) < 0.6)
        values[0, 0] = largest
        return values

    projections = [
        projection("in", "a", weights(a, n_in), SHIFTS["in"]),
        projection("a", "b", weights(b, a), SHIFTS["rec"]),
        projection("b", "b", weights(b, b), SHIFTS["rec"], receptor=1),
        projection("b", "o", weights(o, b), SHIFTS["out"]),
        alias("a", "b", [0], [b - 1]),
    ]
    populations = [
        population("a", a, random),
        population("b", b, random),
        population("o", o, random, most=1),
    ]
    return quantized(populations, n_in, projections)
