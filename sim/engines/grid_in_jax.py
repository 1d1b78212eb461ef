"""Runs a grid of crossbar cores tick by tick in compiled code, shared by grids of like size. All integers.

Sizes are rounded up: what is added sends its spikes nowhere, and nothing of it is returned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeAlias

import numpy as np

from ...targets.arrays import SummedArithmetic
from ...targets.machines.crossbar_grid import GridMachine
from .choice import Span
from .delivery.crossbar import A, Crossbars, crossbars, read
from .devices import Devices, fetched
from .grid_in_numpy import Found
from .grid_table import MERGED, GridTable, Links
from .padding import padded, power_of_two, rounded_up

if TYPE_CHECKING:
    import jax
    from jax.sharding import PartitionSpec

    Carry: TypeAlias = tuple[Any, jax.Array, jax.Array]
    """What one tick hands to the next: the arithmetic's own states, the mailbox, the number of the tick."""
    Named: TypeAlias = dict[str, jax.Array]

CHUNK_BYTES = 128 << 20
"""Of outputs that are held at once beside the result."""

KEPT = 32
"""Compiled loops that are kept."""


class Structure(NamedTuple):
    """What compiled code depends on, beside the arithmetic; all sizes but `axons`, of a core, are rounded up. arrival:
    the type that counts those at an axon; weights: that of the crossbars. batch: samples that the code sees."""

    steps: int
    batch: int
    elements: int
    cores: int
    neurons: int
    axons: int
    links: int
    inputs: int
    depth: int
    arrival: str
    weights: str
    states: bool
    registers: tuple[str, ...]
    devices: Devices


class Arrays(NamedTuple, Generic[A]):
    """A grid for compiled code. registers: name -> (cores, neurons, 1). links, inputs: source, target and delay."""

    registers: Mapping[str, A]
    crossbars: Crossbars[A]
    links: tuple[A, A, A]
    inputs: tuple[A, A, A]


def start(
    arithmetic: SummedArithmetic,
    machine: GridMachine,
    table: GridTable,
    span: Span,
    *,
    states: bool,
    devices: int = 1,
) -> Callable[[np.ndarray], Found]:
    """As `grid_in_numpy.start`, bit for bit. arithmetic: can be hashed. devices: that share it out."""
    import jax

    batch, shared = span.batch, Devices.of(devices, span.batch)
    shape = (shared.neurons(len(machine.cores), 1), rounded_up(table.neurons))
    place = table.place // table.neurons * shape[1] + table.place % table.neurons
    weights = crossbars(machine, shape)
    like = _structure(machine, table, shape, span, str(weights.weights.dtype), states, shared)
    samples = like.batch * shared.sides
    arrays = Arrays(
        registers={name: _spread(values, place, shape) for name, values in table.registers.items()},
        crossbars=weights,
        links=_padded_links(table.links, like.links, like, place),
        inputs=_padded_links(table.inputs, like.inputs, like),
    )
    taken = shared.put(padded(np.ones(batch, dtype=np.bool_), (samples,)), shared.along(samples=0))
    begun = _Begun(
        like=like,
        scan=_compiled(arithmetic, like),
        place=place,
        sizes=dict.fromkeys(arithmetic.Counters._fields, machine.n_neurons)
        | {MERGED: machine.n_axons * len(machine.cores)},
        arrays=jax.tree.map(shared.put, arrays, _along(like)),
        taken=taken,
        carry=_start(arithmetic, arrays.registers, like),
    )
    return partial(_advance, begun)


@dataclass(kw_only=True)
class _Begun:
    """A run on its way. place: of each neuron in the padded grid. sizes: of the counters. taken: samples that count."""

    like: Structure
    scan: Callable[..., tuple[Carry, Named, Named]]
    place: np.ndarray
    sizes: Mapping[str, int]
    arrays: Any
    taken: Any
    carry: Any


def _advance(begun: _Begun, events: np.ndarray) -> Found:
    import jax

    like, place, arrays, taken, scan = begun.like, begun.place, begun.arrays, begun.taken, begun.scan
    (steps, batch, _), n, states, shared = events.shape, place.size, like.states, like.devices
    samples, axons, carry = like.batch * shared.sides, begun.sizes[MERGED], begun.carry
    spikes = np.zeros((steps, batch, n), dtype=np.uint8)
    recorded = np.zeros((steps if states else 0, batch, n), dtype=np.int32)
    counters = {name: np.zeros(size, dtype=np.int64) for name, size in begun.sizes.items()}
    with jax.numpy_dtype_promotion("strict"):
        for first in range(0, steps, like.steps):
            part = events[first : first + like.steps].transpose(0, 2, 1)
            here = slice(first, first + len(part))
            length, part = len(part), padded(part, (like.steps, like.elements, samples))
            carry, counted, out = scan(
                carry, arrays, taken, shared.put(part, shared.along(samples=2)), np.int32(length)
            )
            spikes[here] = fetched(out["spikes"])[:length, place, :batch].transpose(0, 2, 1)
            if states:
                recorded[here] = fetched(out["v"])[:length, place, :batch].transpose(0, 2, 1)
            for name, total in counters.items():
                counts = fetched(counted[name])
                total += counts[:axons] if name == MERGED else counts[place]
    begun.carry = carry
    return spikes, recorded, counters


def _structure(
    machine: GridMachine,
    table: GridTable,
    shape: tuple[int, int],
    span: Span,
    weights: str,
    states: bool,
    devices: Devices,
) -> Structure:
    """No chunk is so long that its counters leave 31 bits, or its outputs CHUNK_BYTES."""
    batch = devices.samples(span.batch)
    bytes_a_step = batch * shape[0] * shape[1] * (5 if states else 1)
    most = ((1 << 31) - 1) // (batch * devices.sides * int(np.iinfo(table.count).max))
    largest = max(1, min(CHUNK_BYTES // bytes_a_step, most))
    return Structure(
        steps=min(power_of_two(span.at_once), power_of_two(largest + 1) // 2),
        batch=batch,
        elements=rounded_up(machine.n_inputs),
        cores=shape[0],
        neurons=shape[1],
        axons=machine.n_axons,
        links=rounded_up(table.links.source.size),
        inputs=rounded_up(table.inputs.source.size),
        depth=power_of_two(table.depth),
        arrival=str(table.count),
        weights=weights,
        states=states,
        registers=tuple(sorted(table.registers)),
        devices=devices,
    )


def _spread(values: np.ndarray, place: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """(n,) to (cores, neurons, 1)."""
    spread = np.zeros((*shape, 1), dtype=values.dtype)
    spread.reshape(-1)[place] = values
    return spread


def _padded_links(
    links: Links, room: int, like: Structure, place: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Source, target and delay, int32. What is added goes to the axon behind the last, which nobody reads."""
    source = links.source if place is None else place[links.source]
    nowhere = like.cores * like.axons
    return (
        padded(source.astype(np.int32), (room,)),
        padded(links.target.astype(np.int32), (room,), fill=nowhere),
        padded(links.delay.astype(np.int32), (room,)),
    )


def _start(
    arithmetic: SummedArithmetic, registers: Mapping[str, np.ndarray], like: Structure
) -> tuple[object, jax.Array, np.ndarray]:
    shared = like.devices
    samples = like.batch * shared.sides
    state = arithmetic.initial(np, registers, (like.cores, like.neurons, samples))
    mailbox = np.zeros((like.depth, like.cores * like.axons + 1, samples), dtype=like.arrival)
    wide, last = shared.along(samples=2, neurons=0), shared.along(samples=2)
    return shared.put_all(state, wide), shared.put(mailbox, last), np.zeros((), dtype=np.int32)


def _along(like: Structure) -> Arrays[PartitionSpec]:
    """How the arrays of a grid are shared out: by cores; the links of all go to each device."""
    cores, everywhere = like.devices.along(neurons=0), like.devices.along()
    return Arrays(
        registers=dict.fromkeys(like.registers, cores),
        crossbars=Crossbars(cores),
        links=(everywhere, everywhere, everywhere),
        inputs=(everywhere, everywhere, everywhere),
    )


@lru_cache(maxsize=KEPT)
def _compiled(arithmetic: SummedArithmetic, like: Structure) -> Callable[..., tuple[Carry, Named, Named]]:
    """The jitted loop: (carry, arrays, samples that count (B,) bool, events (T, elements, B), ticks to do) ->
    (carry, counters of these ticks, outputs (T, neurons, B))."""
    import jax
    import jax.numpy as jnp

    size = like.cores * like.neurons

    def put(mailbox: jax.Array, now: jax.Array, links: tuple[jax.Array, ...], spikes: jax.Array) -> jax.Array:
        source, target, delay = links
        return mailbox.at[(now + delay) % like.depth, target].add(spikes[source].astype(like.arrival))

    def tick(
        arrays: Arrays[jax.Array], taken: jax.Array, carry: Carry, events: jax.Array
    ) -> tuple[Carry, Named, jax.Array, jax.Array]:
        state, mailbox, now = carry
        mailbox = put(mailbox, now, arrays.inputs, events)
        slot = now % like.depth
        bits, merged = read(mailbox[slot, :-1], taken)
        arrived = arrays.crossbars.arriving(bits.reshape(like.cores, like.axons, -1))
        parameters = arithmetic.parameters(arrays.registers)
        state, fired, counts = arithmetic.step(jnp, parameters, state, arrived)
        spikes = fired.astype(jnp.uint8).reshape(size, -1)
        mailbox = mailbox.at[slot].set(jnp.zeros((), like.arrival))
        mailbox = put(mailbox, now, arrays.links, spikes)
        more = {
            name: values.reshape(size, -1).sum(axis=1, dtype=jnp.int32, where=taken)
            for name, values in counts._asdict().items()
        }
        return (state, mailbox, now + jnp.int32(1)), {**more, MERGED: merged}, spikes, state.v

    def run(
        carry: Carry, arrays: Arrays[jax.Array], taken: jax.Array, events: jax.Array, steps: jax.Array
    ) -> tuple[Carry, Named, Named]:
        room = (like.steps, size, like.batch)
        outputs = {"spikes": jnp.zeros(room, jnp.uint8)}
        if like.states:
            outputs["v"] = jnp.zeros(room, jnp.int32)
        counters = {name: jnp.zeros(size, jnp.int32) for name in arithmetic.Counters._fields}
        counters[MERGED] = jnp.zeros(like.cores * like.axons, jnp.int32)

        def body(t: jax.Array, loop_state: tuple[Carry, Named, Named]) -> tuple[Carry, Named, Named]:
            carry, counted, out = loop_state
            carry, more, spikes, v = tick(arrays, taken, carry, events[t])
            recorded = {"spikes": spikes, "v": v.reshape(size, -1)}
            out = {name: out[name].at[t].set(recorded[name]) for name in out}
            return carry, {name: counted[name] + more[name] for name in counted}, out

        carry, counted, out = jax.lax.fori_loop(jnp.int32(0), steps, body, (carry, counters, outputs))
        return carry, like.devices.total(counted), out

    shared = like.devices
    everywhere, last = shared.along(), shared.along(samples=2)
    carried = (shared.along(samples=2, neurons=0), last, everywhere)
    given = (carried, _along(like), shared.along(samples=0), last, everywhere)
    counted = dict.fromkeys(arithmetic.Counters._fields, shared.along(neurons=0)) | {MERGED: everywhere}
    return shared.compiled(run, given, (carried, counted, shared.along(samples=2, neurons=1)))
