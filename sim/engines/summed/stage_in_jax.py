"""A stage's chunk of time as compiled JAX: what its sources bring as products of the chunk, then its neurons' steps.

A stage that is a loop adds what it sends to itself step by step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ..devices import Devices, samples_along
from .deliveries import Form, Matrix, arriving
from .neuron_loop import Neurons, all_steps, update

if TYPE_CHECKING:
    import jax

    Arrays = Sequence[tuple[jax.Array, ...]]
    Named = dict[str, jax.Array]

KEPT = 64
"""Compiled stages that are kept."""


class Structure(NamedTuple):
    """What compiled code of a stage depends on. outer, inner: how synapses from other columns and from its own are
    delivered, and their latency. depth: slots of what is pending. batch: samples of each of the devices. sums: places
    that synapses lead to, the last of which are `shifted` before neurons take them. steps, batch, width, sums, depth:
    rounded up."""

    neurons: Neurons
    outer: tuple[tuple[Form, int], ...]
    inner: tuple[tuple[Form, int], ...]
    depth: int
    steps: int
    batch: int
    width: int
    sums: int
    shifted: int
    devices: Devices


@lru_cache(maxsize=KEPT)
def compiled(like: Structure) -> Callable[..., tuple[object, jax.Array, Named]]:
    """The jitted stage: (carry, registers, arrays of outer and of inner groups, neurons and shifts of the sums that are
    shifted, rasters of the outer groups, steps that count, samples that count (B, 1)) -> (carry, (counters, N) int32 in
    order of their names, outputs)."""
    import jax
    import jax.numpy as jnp

    neurons, room, wide = like.neurons, (like.batch, like.width), (like.batch, like.sums)

    def run(
        carry: tuple[Any, jax.Array], registers: Named, outer: Arrays, inner: Arrays,
        shifted: tuple[jax.Array, jax.Array], rasters: Sequence[jax.Array], steps: jax.Array, counts: jax.Array,
    ) -> tuple[object, jax.Array, Named]:  # fmt: skip
        state, pending = carry
        drive = jnp.pad(pending, ((0, like.steps), (0, 0), (0, 0)))
        for (form, latency), arrays, spikes in zip(like.outer, outer, rasters, strict=True):
            flat = spikes.reshape(like.steps * like.batch, spikes.shape[2])
            product = arriving(form, arrays, flat, like.sums).reshape(like.steps, *wide)
            drive += jnp.pad(product, ((latency, like.depth - latency), (0, 0), (0, 0)))

        last = like.depth - 1

        def taken(sums: jax.Array) -> jax.Array:
            """What neurons take of sums, (..., sums): (..., width)."""
            if not like.shifted:
                return sums
            to, by = shifted
            more = jnp.right_shift(sums[..., like.width : like.width + like.shifted], by)
            return sums[..., : like.width].at[..., to].add(more)

        def sent(ring: jax.Array, fired: jax.Array, t: jax.Array) -> jax.Array:
            """What is pending with what the spikes of step t - 1 bring."""
            for (form, latency), arrays in zip(like.inner, inner, strict=True):
                place = (t - 1 + latency) & last
                there = jax.lax.dynamic_index_in_dim(ring, place, keepdims=False)
                more = there + arriving(form, arrays, fired, like.sums)
                ring = jax.lax.dynamic_update_index_in_dim(ring, more, place, 0)
            return ring

        def around(
            loop: tuple[Any, Named, jax.Array, jax.Array], given: tuple[jax.Array, jax.Array]
        ) -> tuple[Any, Named]:
            """Spikes are handed on to the next turn: where they are used in their own, XLA steps a neuron anew for each
            of its synapses. Several steps in one turn would do the same."""
            (state, counted, ring, fired), (arrived, t) = loop, given
            ring, now = sent(ring, fired, t), t < steps
            own = jax.lax.dynamic_index_in_dim(ring, t & last, keepdims=False)
            state, counted, made = update(neurons, parameters, state, counted, taken(arrived + own), now)
            ring = jax.lax.dynamic_update_index_in_dim(ring, jnp.where(now, 0, own), t & last, 0)
            return (state, counted, ring, made["spikes"]), made

        left = jax.lax.dynamic_slice_in_dim(drive, steps, like.depth)
        if inner:
            parameters = neurons.arithmetic.parameters(registers)
            zero = {name: jnp.zeros(room, jnp.int32) for name in neurons.arithmetic.Counters._fields}
            times = jnp.arange(like.steps, dtype=jnp.int32)
            products = all(isinstance(form, Matrix) for form, _ in like.inner)
            begun = state, zero, jnp.zeros((like.depth, *wide), jnp.int32), jnp.zeros(room, jnp.uint8)
            (state, counted, ring, fired), made = jax.lax.scan(
                around, begun, (drive[: like.steps], times), unroll=neurons.manner.unroll if products else 1
            )
            ring = sent(ring, fired, jnp.int32(like.steps))
            left += jnp.take(ring, (steps + jnp.arange(like.depth, dtype=jnp.int32)) & last, axis=0)
        else:
            state, counted, made = all_steps(neurons, registers, state, taken(drive[: like.steps]), steps)
        totals = [
            jnp.where(counts, counted[name], 0).sum(axis=0, dtype=jnp.int32) for name in sorted(counted)
        ]
        total = jnp.stack(totals) if totals else jnp.zeros((0, like.width), jnp.int32)
        if neurons.manner.packed:
            made["bits"] = jnp.packbits(made["spikes"], axis=2)
        return (state, left), like.devices.total(total), made

    everywhere, carried = samples_along(None), (samples_along(0), samples_along(1))
    given = (carried, *[everywhere] * 4, samples_along(1), everywhere, samples_along(0))
    return like.devices.compiled(run, given, (carried, everywhere, samples_along(1)))
