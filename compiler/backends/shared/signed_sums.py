"""Adds up what can raise the neurons of a population in one step, and what can lower them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ....targets.machines.synapse_rows import SynapseRows


def signed_sums(
    n: int, synapses: Iterable[SynapseRows], constants: Iterable[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """(n,) sums of all positive weights and constants onto each neuron, and of the sizes of all negative ones.

    synapses: by source, float64 weights. constants: (n,) each."""
    up, down = np.zeros(n), np.zeros(n)
    for rows in synapses:
        more, less = rows.summed(n, np.maximum(rows.weight, 0), np.maximum(-rows.weight, 0))
        up, down = up + more, down + less
    for vector in constants:
        up, down = up + np.maximum(vector, 0), down + np.maximum(-vector, 0)
    return up, down
