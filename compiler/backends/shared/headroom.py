"""What can arrive at a population in one step."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from ...ir.quantized import QuantizedNetwork, QuantizedProjection

P = TypeVar("P", bound=QuantizedProjection)


def up_and_down(
    network: QuantizedNetwork[P], population: str, weight: Callable[[P], np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """(n,) int64 each, at least 0: sums of the positive weights and of the negative ones onto each neuron. weight: of
    each synapse of a projection, what a spike adds, (k,) int64."""
    size = network.population(population).size
    up, down = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    for p in network.projections:
        if p.post == population:
            added = weight(p)
            np.add.at(up, p.rows, np.maximum(added, 0))
            np.add.at(down, p.rows, np.maximum(-added, 0))
    return up, down
