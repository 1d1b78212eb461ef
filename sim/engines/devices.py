"""Shares a run out over JAX devices: its samples, or where these are fewer than the devices, its neurons.

Samples have nothing to do with each other: each device has all of the weights, and nothing but counts passes between
them. A device that has some of the neurons has the weights onto these, and gets the spikes of all: of a chunk of time
at once, or within a loop in every step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np

from .padding import rounded_up

if TYPE_CHECKING:
    import jax
    from jax.sharding import Mesh, PartitionSpec

T = TypeVar("T")
R = TypeVar("R")

AXIS = "devices"
"""The axis of the mesh of devices."""

BITS = 8
"""Neurons of a device are a multiple of it, so that their spikes are whole bytes."""


@dataclass(frozen=True)
class Devices:
    """The first `count` devices that JAX has. shares: what is shared out among them."""

    count: int
    shares: Literal["samples", "neurons"] = "samples"

    @classmethod
    def of(cls, count: int, batch: int) -> Devices:
        """Choose what is shared out of a run of `batch` samples."""
        return cls(count, "samples" if count == 1 or batch >= count else "neurons")

    @cached_property
    def mesh(self) -> Mesh:
        """The devices in a row. Raises ValueError where there are fewer."""
        import jax

        found = jax.devices()
        if self.count > len(found):
            raise ValueError(f"JAX has {len(found)} devices, not {self.count}")
        return jax.sharding.Mesh(np.array(found[: self.count]), (AXIS,))

    @property
    def sides(self) -> int:
        """Devices that share the samples out."""
        return self.count if self.shares == "samples" else 1

    def samples(self, batch: int) -> int:
        """Samples that compiled code sees, rounded up: where samples are shared out, those of one device."""
        return rounded_up(-(-batch // self.sides))

    def neurons(self, count: int, each: int = BITS) -> int:
        """Neurons that compiled code sees, rounded up: where they are shared out, `each` or a multiple for a device."""
        found, whole = rounded_up(count), each * self.count
        return found if self.shares == "samples" else -(-found // whole) * whole

    def along(self, *, samples: int | None = None, neurons: int | None = None) -> PartitionSpec:
        """Say how an array is shared out: samples, neurons: its axis of these, None where it has none."""
        import jax

        axis = samples if self.shares == "samples" else neurons
        return jax.sharding.PartitionSpec(*([] if axis is None else [*[None] * axis, AXIS]))

    def put(self, array: np.ndarray, along: PartitionSpec) -> jax.Array:
        """Bring an array there."""
        return self.put_all(array, along)  # pyright: ignore[reportReturnType]

    def put_all(self, arrays: T, along: PartitionSpec) -> T:
        """Bring each array of a tree there."""
        import jax

        return jax.device_put(
            arrays, None if self.count == 1 else jax.sharding.NamedSharding(self.mesh, along)
        )

    def compiled(self, run: Callable[..., R], given: object, made: object) -> Callable[..., R]:
        """Compile `run`, which sees the samples of one device, and all neurons. given, made: `along` of what it takes
        and gives, as trees."""
        import jax

        if self.count == 1:
            return jax.jit(run)
        if self.shares == "samples":
            return jax.jit(
                jax.shard_map(run, mesh=self.mesh, in_specs=given, out_specs=made, check_vma=False)
            )
        there = partial(jax.tree.map, partial(jax.sharding.NamedSharding, self.mesh))
        return jax.jit(run, in_shardings=there(given), out_shardings=there(made))

    def total(self, counts: T) -> T:
        """Add up over samples what each device counted; called within `run`."""
        import jax

        return counts if self.sides == 1 else jax.lax.psum(counts, AXIS)


def begin_fetching(arrays: object) -> None:
    """Let all arrays of a tree set out for the host at once, before the first is waited for."""
    import jax

    for array in jax.tree.leaves(arrays):
        if array.is_fully_addressable:
            array.copy_to_host_async()


def fetched(array: jax.Array) -> np.ndarray:
    """All of an array. Where several processes have the devices, every process gets them."""
    if array.is_fully_addressable or array.is_fully_replicated:
        return np.asarray(array)
    from jax.experimental.multihost_utils import process_allgather

    return np.asarray(process_allgather(array, tiled=True))
