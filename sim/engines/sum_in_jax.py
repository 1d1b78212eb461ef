"""Runs a machine of summed synapses step by step in compiled code, shared by machines of like size. All integers.

Sizes are rounded up: no synapse leads from what is added to what is there, and nothing of it is returned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from ...targets.arrays import SummedArithmetic
from .delivery.sum import Group, arriving
from .padding import padded, power_of_two, rounded_up

if TYPE_CHECKING:
    import jax

    Carry: TypeAlias = tuple[Any, jax.Array, jax.Array]
    """What one step hands to the next: the arithmetic's own states, the mailbox, the number of the step."""
    Named: TypeAlias = dict[str, jax.Array]
    Arrays: TypeAlias = Sequence[tuple[jax.Array, ...]]
    """Of each group its latency, and what `arriving` takes."""

CHUNK_BYTES = 256 << 20
"""Of outputs that are held at once beside the result."""

KEPT = 32
"""Compiled loops that are kept."""


class Structure(NamedTuple):
    """What compiled code depends on, beside the arithmetic. groups: whether from inputs, whether dense, synapses (0 of
    a dense one). depth: slots of the mailbox. inputs, batch, neurons, steps, synapses, depth: rounded up."""

    groups: tuple[tuple[bool, bool, int], ...]
    depth: int
    steps: int
    batch: int
    inputs: int
    neurons: int
    states: bool


def run(
    arithmetic: SummedArithmetic,
    registers: Mapping[str, np.ndarray],
    delivery: tuple[Group, ...],
    n: int,
    events: np.ndarray,
    *,
    states: bool,
) -> tuple[np.ndarray, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """As `sum_in_numpy.run`, bit for bit. arithmetic: can be hashed."""
    import jax

    steps, batch, _ = events.shape
    like = _structure(delivery, n, events.shape, states)
    own = {name: padded(values, (like.neurons,)) for name, values in registers.items()}
    arrays = [_padded_group(group, like) for group in delivery]
    taken = padded(np.ones((batch, 1), dtype=np.bool_), (like.batch, 1))
    scan = _compiled(arithmetic, like)
    spikes = np.zeros((steps, batch, n), dtype=np.uint8)
    recorded = {name: np.zeros((steps, batch, n), np.int32) for name in (arithmetic.STATES if states else ())}
    counters = {name: np.zeros(n, dtype=np.int64) for name in sorted(arithmetic.Counters._fields)}
    with jax.numpy_dtype_promotion("strict"):
        carry = _start(arithmetic, own, like)
        for first in range(0, steps, like.steps):
            part = events[first : first + like.steps]
            length = len(part)
            part = padded(part, (like.steps, like.batch, like.inputs))
            carry, counted, out = scan(carry, own, arrays, part, np.int32(length), taken)
            spikes[first : first + length] = np.asarray(out["spikes"])[:length, :batch, :n]
            for name, rows in recorded.items():
                rows[first : first + length] = np.asarray(out[name])[:length, :batch, :n]
            for name, total in counters.items():
                total += np.asarray(counted[name])[:n]
    return spikes, recorded, counters


def _structure(delivery: tuple[Group, ...], n: int, shape: tuple[int, ...], states: bool) -> Structure:
    """No chunk is so long that its counters leave 31 bits, or its outputs CHUNK_BYTES."""
    steps, batch, inputs = shape[0], rounded_up(shape[1]), rounded_up(shape[2])
    neurons = rounded_up(n)
    largest = max(1, min(CHUNK_BYTES // (batch * neurons * (9 if states else 1)), ((1 << 31) - 1) // batch))
    return Structure(
        groups=tuple(
            (
                group.from_inputs,
                group.dense is not None,
                0 if group.dense is not None else rounded_up(group.post.size),
            )
            for group in delivery
        ),
        depth=power_of_two(1 + max((group.latency for group in delivery), default=0)),
        steps=min(power_of_two(steps), power_of_two(largest + 1) // 2),
        batch=batch,
        inputs=inputs,
        neurons=neurons,
        states=states,
    )


def _padded_group(group: Group, like: Structure) -> tuple[np.ndarray, ...]:
    """The latency, and the arrays that `arriving` takes; the synapses that are added weigh 0 and come last."""
    latency = np.asarray(group.latency, dtype=np.int32)
    if group.dense is not None:
        sources = like.inputs if group.from_inputs else like.neurons
        return latency, padded(group.dense, (sources, like.neurons))
    room = (rounded_up(group.post.size),)
    post = padded(group.post, room, fill=like.neurons - 1)
    return latency, padded(group.source, room), post, padded(group.weight, room)


def _start(
    arithmetic: SummedArithmetic, registers: Mapping[str, np.ndarray], like: Structure
) -> tuple[object, np.ndarray, np.ndarray]:
    state = arithmetic.initial(np, registers, (like.batch, like.neurons))
    ring = np.zeros((like.depth, like.batch, like.neurons), dtype=np.int32)
    return state, ring, np.zeros((), dtype=np.int32)


@lru_cache(maxsize=KEPT)
def _compiled(arithmetic: SummedArithmetic, like: Structure) -> Callable[..., tuple[Carry, Named, Named]]:
    """The jitted loop: (carry, registers, arrays of the groups, events, steps to do, samples that count (B, 1)) ->
    (carry, counters of these steps, outputs)."""
    import jax
    import jax.numpy as jnp

    names = arithmetic.STATES if like.states else ()

    def bring(ring: jax.Array, now: jax.Array, arrays: Arrays, spikes: jax.Array, inputs: bool) -> jax.Array:
        for (from_inputs, _, _), (latency, *loop_state) in zip(like.groups, arrays, strict=True):
            if from_inputs == inputs:
                ring = ring.at[(now + latency) % like.depth].add(arriving(loop_state, spikes, like.neurons))
        return ring

    def step(
        parameters: object, arrays: Arrays, carry: Carry, events: jax.Array
    ) -> tuple[Carry, jax.Array, object]:
        state, ring, now = carry
        ring = bring(ring, now, arrays, events, inputs=True)
        slot = now % like.depth
        state, fired, overflow = arithmetic.step(jnp, parameters, state, ring[slot])
        spikes = fired.astype(jnp.uint8)
        ring = bring(ring.at[slot].set(0), now, arrays, spikes, inputs=False)
        return (state, ring, now + jnp.int32(1)), spikes, overflow

    def run(
        carry: Carry, registers: Named, arrays: Arrays, events: jax.Array, steps: jax.Array, counts: jax.Array
    ) -> tuple[Carry, Named, Named]:
        parameters = arithmetic.parameters(registers)
        room = (like.steps, like.batch, like.neurons)
        outputs = {name: jnp.zeros(room, jnp.int32) for name in names} | {
            "spikes": jnp.zeros(room, jnp.uint8)
        }
        counters = {name: jnp.zeros(room[2], jnp.int32) for name in arithmetic.Counters._fields}

        def body(t: jax.Array, loop_state: tuple[Carry, Named, Named]) -> tuple[Carry, Named, Named]:
            carry, counted, out = loop_state
            carry, spikes, overflow = step(parameters, arrays, carry, events[t])
            values = {name: getattr(carry[0], name) for name in names} | {"spikes": spikes}
            out = {name: out[name].at[t].set(values[name]) for name in out}
            more = {name: (getattr(overflow, name) & counts).sum(axis=0, dtype=jnp.int32) for name in counted}
            return carry, {name: counted[name] + more[name] for name in counted}, out

        return jax.lax.fori_loop(jnp.int32(0), steps, body, (carry, counters, outputs))

    return jax.jit(run)
