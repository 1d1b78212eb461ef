"""Runs a machine in JAX, layer at a time: what a stage gets in a chunk of time is one product, then its neurons step.

A stage that is a loop adds what it sends to itself step by step. Shapes are rounded up, so that machines of like size
share compiled code; nothing leads from what is added to what is there, and nothing of it is returned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ....targets.arrays import SummedArithmetic
from ....targets.native.threads import each
from ..choice import FeatureMap, Span
from ..devices import Devices, begin_fetching, fetched
from ..padding import padded, power_of_two, rounded_up
from ..provenance import Delivered, Manner as How, stage_name
from .deliveries import Delivery, Form, Matrix, Window, along, deliveries
from .in_numpy import Found
from .manner import Manner
from .neuron_loop import Neurons, can_launch
from .places import Places, located
from .plan import INPUTS, Part, Plan, beside
from .stage_in_jax import Structure, compiled

if TYPE_CHECKING:
    import jax

    Named = dict[str, jax.Array]

CHUNK_BYTES = 16 << 20
"""Of what is filled for the largest stage in a chunk, on the processor, whose caches hold about that."""


def start(
    arithmetic: SummedArithmetic,
    machine: OnDevices,
    shape: tuple[int, int],
    span: Span,
    *,
    states: bool,
) -> Callable[[np.ndarray], Found]:
    """As `in_numpy.start`, bit for bit. arithmetic: can be hashed. shape: inputs, neurons."""
    loaded = None
    if machine.stages and span.batch and span.at_once:
        loaded = Loaded.of(arithmetic, machine, (span.at_once, span.batch, shape[0]), states=states)
    names = tuple(arithmetic.STATES) if states else ()
    return partial(_advance, loaded, names, tuple(sorted(arithmetic.Counters._fields)), shape[1])


def _advance(
    loaded: Loaded | None, states: tuple[str, ...], counted_names: tuple[str, ...], n: int, events: np.ndarray
) -> Found:
    steps, batch, _ = events.shape
    spikes = np.zeros((steps, batch, n), dtype=np.uint8)
    recorded = {name: np.zeros((steps, batch, n), np.int32) for name in states}
    counters = {name: np.zeros(n, dtype=np.int64) for name in counted_names}
    if loaded is None:
        return spikes, recorded, counters, ()
    for first in range(0, steps, loaded.steps):
        size = min(loaded.steps, steps - first)
        rows = slice(first, first + size)
        found = loaded.advance(loaded.put(events[rows]), size)
        shown = "bits" if "bits" in found[0][0] else "spikes"
        begin_fetching([(counted, *(made[name] for name in (shown, *recorded))) for made, counted in found])
        for layer, (made, counted) in zip(loaded.layers, found, strict=True):
            own, to = layer.part.stage.neurons.size, beside(layer.part.stage.neurons)
            put = unpacked if shown == "bits" else copied
            put(fetched(made[shown]), spikes[rows], to, own)
            for name, values in recorded.items():
                values[rows][:, :, to] = fetched(made[name])[:size, :batch, :own]
            for total, counts in zip(counters.values(), fetched(counted), strict=True):
                total[to] += counts[:own]
    return spikes, recorded, counters, _delivered(loaded.layers, events, spikes)


def _delivered(layers: Sequence[_Layer], events: np.ndarray, spikes: np.ndarray) -> tuple[Delivered, ...]:
    """How the spikes of each stage, and of the inputs, were brought to each. events, spikes: (T, B, n) uint8."""
    sent = {INPUTS: int(np.count_nonzero(events.view(np.bool_)))}
    for layer in layers:
        to = beside(layer.part.stage.neurons)
        sent[layer.part.number] = int(np.count_nonzero(spikes.view(np.bool_)[:, :, to]))
    return tuple(
        Delivered(
            to=stage_name(layer.part.number),
            neurons=layer.part.stage.neurons.size,
            of=stage_name(k),
            spikes=sent[k],
            steps={_manner(form): len(events) for of, form in layer.forms if of == k},
        )
        for layer in layers
        for k in sorted({of for of, _ in layer.forms})
    )


def _manner(form: Form) -> How:
    if isinstance(form, Matrix):
        return "product"
    return "convolution" if isinstance(form, Window) else "every synapse"


def copied(found: np.ndarray, spikes: np.ndarray, to: np.ndarray | slice, neurons: int) -> None:
    """Copy spikes of a stage, each a byte, to their columns. found: (T, B, n), and more of each."""
    spikes[:, :, to] = found[: len(spikes), : spikes.shape[1], :neurons]


def unpacked(found: np.ndarray, spikes: np.ndarray, to: np.ndarray | slice, neurons: int) -> None:
    """Copy spikes of a stage, eight in a byte, to their columns. found: (T, B, bytes), and more of each."""
    steps = len(spikes)

    def sample(b: int) -> None:
        spikes[:, b, to] = np.unpackbits(found[:steps, b], axis=1, count=neurons)

    each(sample, spikes.shape[1])


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
        machine: OnDevices,
        shape: tuple[int, int, int],
        *,
        states: bool,
    ) -> Loaded:
        """Put a machine that is there into its initial state. machine: of one stage at least. shape: (T, B, inputs) of
        the events that it will get."""
        steps, batch, inputs = shape
        shared, stages = machine.devices, [there.laid for there in machine.stages]
        how, share = stages[0].manner, shared.samples(batch)
        columns, samples = shared.neurons(max(inputs, stages[0].part.columns[1])), share * shared.sides
        filled = max(stage.bytes_a_step for stage in stages)
        room = CHUNK_BYTES * how.chunks
        most = max(1, min(room // (share * filled), ((1 << 31) - 1) // samples))
        wanted = power_of_two(steps) if how.chunks == 1 else rounded_up(steps)
        length = wanted if wanted <= most else power_of_two(most + 1) // 2
        names = tuple(arithmetic.STATES) if states else ()
        neurons = Neurons(arithmetic=arithmetic, names=names, manner=how)
        if how.launch == "compiled" and not can_launch(
            neurons, tuple(machine.stages[0].own), stages[0].part.sums
        ):
            neurons = neurons._replace(manner=how._replace(launch=""))
        return cls(
            devices=shared,
            layers=[_Layer.of(neurons, there, length, share, shared) for there in machine.stages],
            steps=length,
            samples=samples,
            columns=columns,
            counts=shared.put(
                padded(np.ones((batch, 1), dtype=np.bool_), (samples, 1)), shared.along(samples=0)
            ),
        )

    def put(self, events: np.ndarray) -> jax.Array:
        """Bring the events of a chunk there, (T, B, inputs) of at most `steps`."""
        room = self.steps, self.samples, self.columns
        return self.devices.put(padded(events, room), self.devices.along(samples=1, neurons=2))

    def advance(self, events: jax.Array, size: int) -> list[tuple[Named, jax.Array]]:
        """Run a chunk, of whose steps `size` count: of each stage what it made and what it counted, still there."""
        import jax

        raster: dict[int, jax.Array] = {INPUTS: events}
        found: list[tuple[Named, jax.Array]] = []
        with jax.numpy_dtype_promotion("strict"):
            for k, layer in enumerate(self.layers):
                found.append(layer.run(raster, np.int32(size), self.counts))
                raster[k] = found[-1][0]["spikes"]
        return found


@dataclass(frozen=True, kw_only=True)
class Laid:
    """A stage as it is to be loaded. deliveries: what leads to it, each with the stage that it comes from. neurons and
    places: rounded up. manner: in which."""

    part: Part
    deliveries: list[tuple[int, Delivery]]
    neurons: int
    places: int
    manner: Manner

    @classmethod
    def of(cls, part: Part, places: Mapping[int, Places], how: Manner, devices: Devices) -> Laid:
        own = devices.neurons(part.places)
        found = [
            (k, made)
            for k, group in part.groups
            for made in deliveries(group, own, places[k], places[part.number], devices, as_bytes=how.as_bytes)
        ]
        return cls(part=part, deliveries=found, neurons=devices.neurons(part.width), places=own, manner=how)

    @property
    def bytes_a_step(self) -> int:
        """Of a sample: what arrives, as sums and as products, what is sent, and what it takes to compute a product."""
        outer = [made.bytes_a_step for k, made in self.deliveries if k != self.part.number]
        return 5 * self.neurons + 4 * self.part.sums * self.places + max(outer, default=0)


def laid_out_in(
    plan: Plan, n: int, inputs: int, maps: Sequence[FeatureMap], how: Manner, devices: Devices
) -> list[Laid]:
    """Lay out the stages of a machine of n neurons. maps: where convolutions are looked for. how: for which kind of
    device."""
    places = located(plan, n, inputs, maps)
    return [Laid.of(part, places, how, devices) for part in plan.parts]


@dataclass(frozen=True, kw_only=True)
class StageThere:
    """The arrays of a stage on their devices, which no run changes. own: registers of its neurons on the host. outer:
    what leads to it from elsewhere, and inner: from itself. shifted: the neurons that take sums which are shifted, and
    the shifts."""

    laid: Laid
    own: Mapping[str, np.ndarray]
    registers: dict[str, np.ndarray]
    outer: list[tuple[np.ndarray, ...]]
    inner: list[tuple[np.ndarray, ...]]
    shifted: tuple[np.ndarray, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class OnDevices:
    """A machine on its devices, as often as it is run."""

    devices: Devices
    stages: list[StageThere]

    @classmethod
    def of(cls, laid_out: Sequence[Laid], registers: Mapping[str, np.ndarray], devices: Devices) -> OnDevices:
        """Bring a machine there. registers: (n,) int32 by name. devices: for which it is laid out."""
        stages = list[StageThere]()
        for laid in laid_out:
            width, neurons = (laid.neurons,), laid.part.stage.neurons
            own = {name: padded(values[neurons], width) for name, values in sorted(registers.items())}
            outer, inner = list[tuple[np.ndarray, ...]](), list[tuple[np.ndarray, ...]]()
            for k, made in laid.deliveries:
                places = along(made.form, devices, as_bytes=laid.manner.as_bytes)
                found = [devices.put_all(*one) for one in zip(made.arrays, places, strict=True)]
                (inner if k == laid.part.number else outer).append(tuple(found))
            shifted = laid.part.shifted_to.astype(np.int32), laid.part.shifted_by
            there = StageThere(
                laid=laid,
                own=own,
                registers=devices.put_all(own, devices.along(neurons=0)),
                outer=outer,
                inner=inner,
                shifted=devices.put_all(shifted, devices.along()),
            )
            stages.append(there)
        return cls(devices=devices, stages=stages)


@dataclass(kw_only=True)
class _Layer:
    """A stage in the middle of a run. forms: how spikes are delivered, each with the stage that they come from. feeds:
    the stage (-1: inputs) of each outer group."""

    part: Part
    there: StageThere
    scan: Callable[..., tuple[object, jax.Array, Named]]
    forms: list[tuple[int, Form]]
    feeds: list[int]
    carry: object

    @classmethod
    def of(cls, neurons: Neurons, there: StageThere, steps: int, batch: int, devices: Devices) -> _Layer:
        part, width = there.laid.part, there.laid.neurons
        outer = [(k, made) for k, made in there.laid.deliveries if k != part.number]
        inner = [made for k, made in there.laid.deliveries if k == part.number]
        like = Structure(
            neurons=neurons,
            outer=tuple((made.form, made.latency, made.onto) for _, made in outer),
            inner=tuple((made.form, made.latency, made.onto) for made in inner),
            sums=part.sums,
            depth=power_of_two(part.depth),
            steps=steps,
            batch=batch,
            width=width,
            places=there.laid.places,
            first_shifted=part.first_shifted,
            shifted=part.shifted_to.size,
            devices=devices,
        )
        samples = batch * devices.sides
        state = neurons.arithmetic.initial(np, there.own, (samples, width))
        nothing = np.zeros((like.depth, samples, like.places), dtype=np.int32)
        return cls(
            part=part,
            there=there,
            scan=compiled(like),
            forms=[(k, made.form) for k, made in there.laid.deliveries],
            feeds=[k for k, _ in outer],
            carry=(
                devices.put_all(state, devices.along(samples=0, neurons=1)),
                devices.put_all([nothing] * part.sums, devices.along(samples=1, neurons=2)),
            ),
        )

    def run(
        self, raster: Mapping[int, jax.Array], steps: np.int32, counts: jax.Array
    ) -> tuple[Named, jax.Array]:
        given = [raster[k] for k in self.feeds]
        self.carry, counted, made = self.scan(
            self.carry,
            self.there.registers,
            self.there.outer,
            self.there.inner,
            self.there.shifted,
            given,
            steps,
            counts,
        )
        return made, counted
