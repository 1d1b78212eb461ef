"""Runs a machine in JAX, layer at a time: what a stage gets in a chunk of time is one product, then its neurons step.

A stage that is a loop adds what it sends to itself step by step. Shapes are rounded up, so that machines of like size
share compiled code; nothing leads from what is added to what is there, and nothing of it is returned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ....targets.arrays import SummedArithmetic
from ..choice import FeatureMap
from ..devices import Devices, fetched, samples_along
from ..padding import padded, power_of_two, rounded_up
from .deliveries import Delivery, Form, arriving, deliveries
from .places import Places, located
from .plan import INPUTS, Part, Plan, beside

if TYPE_CHECKING:
    import jax

    Arrays = Sequence[tuple[jax.Array, ...]]
    Named = dict[str, jax.Array]

CHUNK_BYTES, DEVICE_CHUNK_BYTES = 256 << 20, 4 << 30
"""Of what arrives at the largest stage in a chunk: on the processor, and on others."""
KEPT = 64
"""Compiled stages that are kept."""
UNROLLED = 8
"""Steps of neurons that a GPU does in one launch."""


class Structure(NamedTuple):
    """What compiled code of a stage depends on, beside the arithmetic. outer, inner: how synapses from other columns
    and from its own are delivered. depth: slots of what is pending. unroll: steps in one
    turn of the loop. batch: samples of each of the devices. steps, batch, neurons, synapses, depth: rounded up."""

    outer: tuple[Form, ...]
    inner: tuple[Form, ...]
    depth: int
    steps: int
    batch: int
    neurons: int
    states: bool
    unroll: int
    devices: Devices


def run(
    arithmetic: SummedArithmetic,
    registers: Mapping[str, np.ndarray],
    plan: Plan,
    n: int,
    events: np.ndarray,
    *,
    states: bool,
    devices: int = 1,
    maps: Sequence[FeatureMap] = (),
) -> tuple[np.ndarray, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """As `in_numpy.run`, bit for bit. arithmetic: can be hashed. devices: that share out the samples. maps:
    where convolutions are looked for."""
    steps, batch, inputs = events.shape
    spikes = np.zeros((steps, batch, n), dtype=np.uint8)
    recorded = {name: np.zeros((steps, batch, n), np.int32) for name in (arithmetic.STATES if states else ())}
    counters = {name: np.zeros(n, dtype=np.int64) for name in sorted(arithmetic.Counters._fields)}
    if not (steps and batch and n):
        return spikes, recorded, counters
    laid_out = laid_out_in(plan, n, inputs, maps)
    loaded = Loaded.of(
        arithmetic, registers, laid_out, (steps, batch, inputs), states=states, devices=devices
    )
    for first in range(0, steps, loaded.steps):
        size = min(loaded.steps, steps - first)
        rows = slice(first, first + size)
        found = loaded.advance(loaded.put(events[rows]), size)
        for layer, (made, counted) in zip(loaded.layers, found, strict=True):
            own, to = layer.part.stage.neurons.size, beside(layer.part.stage.neurons)
            for name, values in {"spikes": spikes, **recorded}.items():
                values[rows][:, :, to] = fetched(made[name])[:size, :batch, :own]
            for name, total in counters.items():
                total[to] += fetched(counted[name])[:own]
    return spikes, recorded, counters


@dataclass(kw_only=True)
class Loaded:
    """A machine on its devices, in the middle of a run. steps: of a chunk; samples: of all devices, columns: of what
    is put there, rounded up. counts: (samples, 1) bool, those that are no padding."""

    devices: Devices
    layers: list[_Layer]
    steps: int
    samples: int
    columns: int
    counts: jax.Array

    @classmethod
    def of(
        cls,
        arithmetic: SummedArithmetic,
        registers: Mapping[str, np.ndarray],
        stages: Sequence[Laid],
        shape: tuple[int, int, int],
        *,
        states: bool,
        devices: int = 1,
    ) -> Loaded:
        """Bring a machine there, in its initial state. stages: one at least. shape: (T, B, inputs) of the events that
        it will get."""
        import jax

        steps, batch, inputs = shape
        shared, processor = Devices(devices), jax.default_backend() == "cpu"
        share, columns = shared.share(batch), rounded_up(max(inputs, stages[0].part.columns[1]))
        samples = share * devices
        each = max((stage.bytes_a_step for stage in stages), default=1)
        room = CHUNK_BYTES if processor else DEVICE_CHUNK_BYTES
        most = max(1, min(room // (share * each), ((1 << 31) - 1) // samples))
        wanted = power_of_two(steps) if processor else rounded_up(steps)
        length = wanted if wanted <= most else power_of_two(most + 1) // 2
        unroll = 1 if processor else min(UNROLLED, length)
        return cls(
            devices=shared,
            layers=[
                _Layer.of(arithmetic, registers, stage, length, share, states, unroll, shared)
                for stage in stages
            ],
            steps=length,
            samples=samples,
            columns=columns,
            counts=shared.put(padded(np.ones((batch, 1), dtype=np.bool_), (samples, 1)), 0),
        )

    def put(self, events: np.ndarray) -> jax.Array:
        """Bring the events of a chunk there, (T, B, inputs) of at most `steps`."""
        return self.devices.put(padded(events, (self.steps, self.samples, self.columns)), 1)

    def advance(self, events: jax.Array, size: int) -> list[tuple[Named, Named]]:
        """Run a chunk, of whose steps `size` count: of each stage what it made and what it counted, still there."""
        import jax

        raster: dict[int, jax.Array] = {INPUTS: events}
        found: list[tuple[Named, Named]] = []
        with jax.numpy_dtype_promotion("strict"):
            for k, layer in enumerate(self.layers):
                found.append(layer.run(raster, np.int32(size), self.counts))
                raster[k] = found[-1][0]["spikes"]
        return found


@dataclass(frozen=True, kw_only=True)
class Laid:
    """A stage as it is to be loaded. deliveries: what leads to it, each with the stage that it comes from. neurons:
    rounded up."""

    part: Part
    deliveries: list[tuple[int, Delivery]]
    neurons: int

    @classmethod
    def of(cls, part: Part, places: Mapping[int, Places]) -> Laid:
        neurons = rounded_up(part.width)
        found = [
            (k, made)
            for k, group in part.groups
            for made in deliveries(group, neurons, places[k], places[part.number])
        ]
        return cls(part=part, deliveries=found, neurons=neurons)

    @property
    def bytes_a_step(self) -> int:
        """Of a sample: what arrives, as sums and as products, what is sent, and what it takes to compute a product."""
        outer = [made.bytes_a_step for k, made in self.deliveries if k != self.part.number]
        return 9 * self.neurons + max(outer, default=0)


def laid_out_in(plan: Plan, n: int, inputs: int, maps: Sequence[FeatureMap] = ()) -> list[Laid]:
    """Lay out the stages of a machine of n neurons. maps: where convolutions are looked for."""
    places = located(plan, n, inputs, maps)
    return [Laid.of(part, places) for part in plan.parts]


@dataclass(kw_only=True)
class _Layer:
    """A stage in the middle of a run. feeds: the stage (-1: inputs) of each outer group."""

    part: Part
    scan: Callable[..., tuple[object, Named, Named]]
    feeds: list[int]
    outer: list[tuple[np.ndarray, ...]]
    inner: list[tuple[np.ndarray, ...]]
    registers: dict[str, np.ndarray]
    carry: object

    @classmethod
    def of(
        cls,
        arithmetic: SummedArithmetic,
        registers: Mapping[str, np.ndarray],
        stage: Laid,
        steps: int,
        batch: int,
        states: bool,
        unroll: int,
        devices: Devices,
    ) -> _Layer:
        part, neurons = stage.part, stage.neurons
        own = {
            name: padded(values[part.stage.neurons], (neurons,)) for name, values in sorted(registers.items())
        }
        outer = [(k, made) for k, made in stage.deliveries if k != part.number]
        inner = [made for k, made in stage.deliveries if k == part.number]
        like = Structure(
            outer=tuple(made.form for _, made in outer),
            inner=tuple(made.form for made in inner),
            depth=power_of_two(part.depth),
            steps=steps,
            batch=batch,
            neurons=neurons,
            states=states,
            unroll=unroll,
            devices=devices,
        )
        room = (batch * devices.count, neurons)
        state = arithmetic.initial(np, own, room)
        return cls(
            part=part,
            scan=_compiled(arithmetic, like),
            feeds=[k for k, _ in outer],
            outer=devices.put_all([_arrays(made) for _, made in outer]),
            inner=devices.put_all([_arrays(made) for made in inner]),
            registers=devices.put_all(own),
            carry=(devices.put_all(state, 0), devices.put(np.zeros((like.depth, *room), dtype=np.int32), 1)),
        )

    def run(self, raster: Mapping[int, jax.Array], steps: np.int32, counts: jax.Array) -> tuple[Named, Named]:
        given = [raster[k] for k in self.feeds]
        self.carry, counted, made = self.scan(
            self.carry, self.registers, self.outer, self.inner, given, steps, counts
        )
        return made, counted


def _arrays(made: Delivery) -> tuple[np.ndarray, ...]:
    """The latency, and the arrays that `arriving` takes."""
    return np.asarray(made.latency, dtype=np.int32), *made.arrays


@lru_cache(maxsize=KEPT)
def _compiled(arithmetic: SummedArithmetic, like: Structure) -> Callable[..., tuple[object, Named, Named]]:
    """The jitted stage: (carry, registers, arrays of outer and of inner groups, rasters of the outer ones, steps that
    count, samples that count (B, 1)) -> (carry, counters, outputs)."""
    import jax
    import jax.numpy as jnp

    names = arithmetic.STATES if like.states else ()
    room = (like.batch, like.neurons)

    def run(
        carry: tuple[Any, jax.Array], registers: Named, outer: Arrays, inner: Arrays, rasters: Sequence[jax.Array],
        steps: jax.Array, counts: jax.Array,
    ) -> tuple[object, Named, Named]:  # fmt: skip
        state, pending = carry
        parameters = arithmetic.parameters(registers)
        drive = jnp.concatenate([pending, jnp.zeros((like.steps, *room), jnp.int32)])
        for form, (latency, *arrays), spikes in zip(like.outer, outer, rasters, strict=True):
            flat = spikes.reshape(like.steps * like.batch, spikes.shape[2])
            product = arriving(form, arrays, flat, like.neurons).reshape(like.steps, *room)
            here = jax.lax.dynamic_slice_in_dim(drive, latency, like.steps)
            drive = jax.lax.dynamic_update_slice_in_dim(drive, here + product, latency, 0)
        zero = {name: jnp.zeros(room[1], jnp.int32) for name in arithmetic.Counters._fields}

        def update(state: Any, counted: Named, arrived: jax.Array, t: jax.Array) -> tuple[Any, Named, Named]:
            now = t < steps
            after, fired, overflow = arithmetic.step(jnp, parameters, state, arrived)
            kept = type(after)(*(jnp.where(now, new, old) for new, old in zip(after, state, strict=True)))
            counts_now = counts & now
            more = {
                name: (getattr(overflow, name) & counts_now).sum(axis=0, dtype=jnp.int32) for name in counted
            }
            made = {name: getattr(kept, name) for name in names} | {"spikes": (fired & now).astype(jnp.uint8)}
            return kept, {name: counted[name] + more[name] for name in counted}, made

        def forward(loop: tuple[Any, Named], given: tuple[jax.Array, jax.Array]) -> tuple[Any, Named]:
            state, counted, made = update(*loop, *given)
            return (state, counted), made

        def around(loop: tuple[Any, Named, jax.Array], t: jax.Array) -> tuple[Any, Named]:
            state, counted, drive = loop
            arrived = jax.lax.dynamic_index_in_dim(drive, t, keepdims=False)
            state, counted, made = update(state, counted, arrived, t)
            for form, (latency, *arrays) in zip(like.inner, inner, strict=True):
                there = jax.lax.dynamic_index_in_dim(drive, t + latency, keepdims=False)
                sent = there + arriving(form, arrays, made["spikes"], like.neurons)
                drive = jax.lax.dynamic_update_index_in_dim(drive, sent, t + latency, 0)
            return (state, counted, drive), made

        times = jnp.arange(like.steps, dtype=jnp.int32)
        if inner:
            (state, counted, drive), made = jax.lax.scan(
                around, (state, zero, drive), times, unroll=like.unroll
            )
        else:
            (state, counted), made = jax.lax.scan(
                forward, (state, zero), (drive[: like.steps], times), unroll=like.unroll
            )
        left = jax.lax.dynamic_slice_in_dim(drive, steps, like.depth)
        return (state, left), like.devices.total(counted), made

    everywhere, carried = samples_along(None), (samples_along(0), samples_along(1))
    given = (carried, *[everywhere] * 3, samples_along(1), everywhere, samples_along(0))
    return like.devices.compiled(run, given, (carried, everywhere, samples_along(1)))
