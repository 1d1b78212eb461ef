"""Crossbar delivery: the bits of a core's axons times its matrix of weights, a core each.

The matrix product is one of float32, exact because every partial sum is proven to stay below 2**24, or of int32.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...targets.machines.crossbar_grid import GridMachine
from .sum import FLOAT32_EXACT

if TYPE_CHECKING:
    import jax


class Crossbars(NamedTuple):
    """weights: (cores, neurons, axons) float32 or int32."""

    weights: Any

    def arriving(self, bits: jax.Array) -> jax.Array:
        """(cores, neurons, B) int32: what the bits (cores, axons, B) bring."""
        import jax
        import jax.numpy as jnp

        taken = bits.astype(self.weights.dtype)
        product = jnp.matmul(self.weights, taken, precision=jax.lax.Precision.HIGHEST)
        return product.astype(jnp.int32)


def crossbars(machine: GridMachine, neurons: int) -> Crossbars:
    """Of all cores, `neurons` rows each: the rows that a core has not are 0."""
    weights = np.zeros((len(machine.cores), neurons, machine.n_axons), dtype=np.int64)
    for k, core in enumerate(machine.cores):
        weights[k, : core.n_neurons] = core.crossbar
    exact = int(np.abs(weights).sum(axis=2).max(initial=0)) <= FLOAT32_EXACT
    return Crossbars(weights.astype(np.float32 if exact else np.int32))


def read(counts: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Of the arrivals (axons, B) that a slot holds: whether there are any, (axons, B) bool, and how many of all
    samples merged, (axons,) int32."""
    import jax.numpy as jnp

    bits = counts > 0
    merged = counts.astype(jnp.int32) - bits.astype(jnp.int32)
    return bits, merged.sum(axis=1, dtype=jnp.int32)
