"""A stage's chunk of time as compiled JAX: what its sources bring as products of the chunk, then its neurons' steps.

A stage that is a loop adds what it sends to itself step by step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ..devices import Devices
from .deliveries import Form, Matrix, along, arriving
from .neuron_loop import Neurons, all_steps, update

if TYPE_CHECKING:
    import jax

    Arrays = Sequence[tuple[jax.Array, ...]]
    Named = dict[str, jax.Array]

KEPT = 64
"""Compiled stages that are kept."""


class Structure(NamedTuple):
    """What compiled code of a stage depends on. outer, inner: how synapses from other columns and from its own are
    delivered, their latency, and which of the sums they add to. sums: of each neuron. depth: slots of what is pending.
    batch, width: as the code sees them. places: that synapses lead to, of which `shifted`, from the first on, are
    shifted before neurons take them. steps, batch, width, places, depth: rounded up."""

    neurons: Neurons
    outer: tuple[tuple[Form, int, int], ...]
    inner: tuple[tuple[Form, int, int], ...]
    sums: int
    depth: int
    steps: int
    batch: int
    width: int
    places: int
    first_shifted: int
    shifted: int
    devices: Devices


@lru_cache(maxsize=KEPT)
def compiled(like: Structure) -> Callable[..., tuple[object, jax.Array, Named]]:
    """The jitted stage: (carry, registers, arrays of outer and of inner groups, neurons and shifts of the sums that are
    shifted, rasters of the outer groups, steps that count, samples that count (B, 1)) -> (carry, (counters, N) int32 in
    order of their names, outputs)."""
    import jax
    import jax.numpy as jnp

    neurons, room, wide = like.neurons, (like.batch, like.width), (like.batch, like.places)

    def run(
        carry: tuple[Any, list[jax.Array]], registers: Named, outer: Arrays, inner: Arrays,
        shifted: tuple[jax.Array, jax.Array], rasters: Sequence[jax.Array], steps: jax.Array, counts: jax.Array,
    ) -> tuple[object, jax.Array, Named]:  # fmt: skip
        state, pending = carry
        drive = [jnp.pad(each, ((0, like.steps), (0, 0), (0, 0))) for each in pending]
        for (form, latency, onto), arrays, spikes in zip(like.outer, outer, rasters, strict=True):
            flat = spikes.reshape(like.steps * like.batch, spikes.shape[2])
            product = arriving(form, arrays, flat, like.places).reshape(like.steps, *wide)
            drive[onto] += jnp.pad(product, ((latency, like.depth - latency), (0, 0), (0, 0)))

        last = like.depth - 1

        def taken(sums: list[jax.Array]) -> list[jax.Array]:
            """What neurons take of each of their sums, (..., places): (..., width)."""
            if not like.shifted:
                return sums
            (to, by), first = shifted, like.first_shifted
            return [
                each[..., : like.width].at[..., to].add(each[..., first : first + like.shifted] >> by)
                for each in sums
            ]

        def sent(rings: list[jax.Array], fired: jax.Array, t: jax.Array) -> list[jax.Array]:
            """What is pending with what the spikes of step t - 1 bring."""
            rings = list(rings)
            for (form, latency, onto), arrays in zip(like.inner, inner, strict=True):
                place = (t - 1 + latency) & last
                there = jax.lax.dynamic_index_in_dim(rings[onto], place, keepdims=False)
                more = there + arriving(form, arrays, fired, like.places)
                rings[onto] = jax.lax.dynamic_update_index_in_dim(rings[onto], more, place, 0)
            return rings

        def around(
            loop: tuple[Any, Named, list[jax.Array], jax.Array], given: tuple[list[jax.Array], jax.Array]
        ) -> tuple[Any, Named]:
            """Spikes are handed on to the next turn: where they are used in their own, XLA steps a neuron anew for each
            of its synapses. Several steps in one turn would do the same."""
            (state, counted, rings, fired), (arrived, t) = loop, given
            rings, now = sent(rings, fired, t), t < steps
            own = [jax.lax.dynamic_index_in_dim(ring, t & last, keepdims=False) for ring in rings]
            both = [a + b for a, b in zip(arrived, own, strict=True)]
            state, counted, made = update(neurons, parameters, state, counted, taken(both), now)
            rings = [
                jax.lax.dynamic_update_index_in_dim(ring, jnp.where(now, 0, gone), t & last, 0)
                for ring, gone in zip(rings, own, strict=True)
            ]
            return (state, counted, rings, made["spikes"]), made

        left = [jax.lax.dynamic_slice_in_dim(each, steps, like.depth) for each in drive]
        given = [each[: like.steps] for each in drive]
        if inner:
            parameters = neurons.arithmetic.parameters(registers)
            zero = {name: jnp.zeros(room, jnp.int32) for name in neurons.arithmetic.Counters._fields}
            times = jnp.arange(like.steps, dtype=jnp.int32)
            products = all(isinstance(form, Matrix) for form, *_ in like.inner)
            empty = [jnp.zeros((like.depth, *wide), jnp.int32) for _ in drive]
            (state, counted, rings, fired), made = jax.lax.scan(
                around,
                (state, zero, empty, jnp.zeros(room, jnp.uint8)),
                (given, times),
                unroll=neurons.manner.unroll if products else 1,
            )
            rings = sent(rings, fired, jnp.int32(like.steps))
            later = (steps + jnp.arange(like.depth, dtype=jnp.int32)) & last
            left = [a + jnp.take(ring, later, axis=0) for a, ring in zip(left, rings, strict=True)]
        else:
            state, counted, made = all_steps(neurons, registers, state, taken(given), steps)
        totals = [
            jnp.where(counts, counted[name], 0).sum(axis=0, dtype=jnp.int32) for name in sorted(counted)
        ]
        total = jnp.stack(totals) if totals else jnp.zeros((0, like.width), jnp.int32)
        if neurons.manner.packed:
            made["bits"] = jnp.packbits(made["spikes"], axis=2)
        return (state, left), like.devices.total(total), made

    return like.devices.compiled(run, *_shared_out(like))


def _shared_out(like: Structure) -> tuple[object, object]:
    """How what a stage takes, and what it gives, is shared out among devices."""
    shared, as_bytes = like.devices, like.neurons.manner.as_bytes
    everywhere, deep = shared.along(), shared.along(samples=1, neurons=2)
    carried = shared.along(samples=0, neurons=1), deep
    weights = [
        [along(form, shared, as_bytes=as_bytes) for form, _, _ in forms] for forms in (like.outer, like.inner)
    ]
    rest = everywhere, deep, everywhere, shared.along(samples=0)
    return (carried, shared.along(neurons=0), *weights, *rest), (carried, shared.along(neurons=1), deep)
