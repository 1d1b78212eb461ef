"""Shares the samples of a run out over JAX devices: each computes its own, and has all of the weights.

Samples have nothing to do with each other, so that nothing but counts passes between devices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from .padding import rounded_up

if TYPE_CHECKING:
    import jax
    from jax.sharding import Mesh, NamedSharding, PartitionSpec

T = TypeVar("T")
R = TypeVar("R")

SAMPLES = "samples"
"""The axis of the mesh of devices."""


@dataclass(frozen=True)
class Devices:
    """The first `count` devices that JAX has."""

    count: int

    @cached_property
    def mesh(self) -> Mesh:
        """The devices in a row. Raises ValueError where there are fewer."""
        import jax

        found = jax.devices()
        if self.count > len(found):
            raise ValueError(f"JAX has {len(found)} devices, not {self.count}")
        return jax.sharding.Mesh(np.array(found[: self.count]), (SAMPLES,))

    def share(self, batch: int) -> int:
        """Samples of one device, rounded up."""
        return rounded_up(-(-batch // self.count))

    def put(self, array: np.ndarray, axis: int | None = None) -> jax.Array:
        """Bring an array there. axis: that of the samples, of which each device gets its share; None: all to each."""
        import jax

        return jax.device_put(array, self._place(axis))

    def put_all(self, arrays: T, axis: int | None = None) -> T:
        """Bring each array of a tree there, as `put`."""
        import jax

        return jax.device_put(arrays, self._place(axis))

    def _place(self, axis: int | None) -> NamedSharding | None:
        from jax.sharding import NamedSharding

        return None if self.count == 1 else NamedSharding(self.mesh, samples_along(axis))

    def compiled(self, run: Callable[..., R], given: object, made: object) -> Callable[..., R]:
        """Compile `run`, which sees the share of one device. given, made: `samples_along` of what it takes and gives,
        as trees."""
        import jax

        if self.count == 1:
            return jax.jit(run)
        return jax.jit(jax.shard_map(run, mesh=self.mesh, in_specs=given, out_specs=made, check_vma=False))

    def total(self, counts: T) -> T:
        """Add up what each device counted; called within `run`."""
        import jax

        return counts if self.count == 1 else jax.lax.psum(counts, SAMPLES)


def samples_along(axis: int | None) -> PartitionSpec:
    """Where the samples of an array lie; None: every device has all of it."""
    import jax

    return jax.sharding.PartitionSpec(*([] if axis is None else [*[None] * axis, SAMPLES]))


def begin_fetching(arrays: object) -> None:
    """Let all arrays of a tree set out for the host at once, before the first is waited for."""
    import jax

    for array in jax.tree.leaves(arrays):
        if array.is_fully_addressable:
            array.copy_to_host_async()


def fetched(array: jax.Array) -> np.ndarray:
    """All samples of an array. Where several processes have the devices, every process gets them."""
    if array.is_fully_addressable or array.is_fully_replicated:
        return np.asarray(array)
    from jax.experimental.multihost_utils import process_allgather

    return np.asarray(process_allgather(array, tiled=True))
