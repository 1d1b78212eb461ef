"""Delivers spikes through crossbars: the bits of a core's axons times its matrix of weights, a core each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import numpy as np

from ....targets.machines.crossbar_grid import GridMachine
from .sum import FLOAT32_EXACT

if TYPE_CHECKING:
    import jax


A = TypeVar("A")
"""Arrays of numpy, or of JAX within compiled code."""


class Crossbars(NamedTuple, Generic[A]):
    """The weights of all cores: (cores, neurons, axons) float32 or int32."""

    weights: A

    def arriving(self: Crossbars[jax.Array], bits: jax.Array) -> jax.Array:
        """Compute what the bits (cores, axons, B) bring: (cores, neurons, B) int32."""
        import jax
        import jax.numpy as jnp

        taken = bits.astype(self.weights.dtype)
        product = jnp.matmul(self.weights, taken, precision=jax.lax.Precision.HIGHEST)
        return product.astype(jnp.int32)


def crossbars(machine: GridMachine, shape: tuple[int, int]) -> Crossbars[np.ndarray]:
    """Pad the weights of a machine to `shape` cores and neurons each: what it has not is 0."""
    weights = np.zeros((*shape, machine.n_axons), dtype=np.int64)
    for k, core in enumerate(machine.cores):
        weights[k, : core.n_neurons] = core.crossbar
    exact = int(np.abs(weights).sum(axis=2).max(initial=0)) <= FLOAT32_EXACT
    return Crossbars(weights.astype(np.float32 if exact else np.int32))


def axon_rows(machine: GridMachine, neurons: int) -> np.ndarray:
    """Lay out the weights by axon, (cores * axons, neurons) int32: what a spike adds to the neurons of its core."""
    rows = np.zeros((len(machine.cores), machine.n_axons, neurons), dtype=np.int32)
    for k, core in enumerate(machine.cores):
        rows[k, :, : core.n_neurons] = core.crossbar.T
    return rows.reshape(-1, neurons)


def read(counts: jax.Array, taken: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Of the arrivals (axons, B) that a slot holds: whether there are any, (axons, B) bool, and how many merged in
    the samples that are `taken`, (B,) bool: (axons,) int32."""
    import jax.numpy as jnp

    bits = counts > 0
    merged = counts.astype(jnp.int32) - bits.astype(jnp.int32)
    return bits, merged.sum(axis=1, dtype=jnp.int32, where=taken)
