"""Runs a machine step by step: mailbox of delay slots, delivery, the chip's own neuron step. All integers.

The chip enters only through its arithmetic module and its latencies; the engine knows no chip.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..targets.chip import Latency
from ..targets.machines.synapse_list import Machine
from .delivery.sum import Group, arriving, device_arrays, groups

if TYPE_CHECKING:
    import jax

CHUNK_BYTES = 256 << 20


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a machine did. spikes: (T, B, N) unsigned counts, uint8 where they fit. states: name -> (T, B, N) int32
    after each step, if asked for. counters: overflow name -> (N,) int64 events over all steps and samples."""

    spikes: np.ndarray
    states: Mapping[str, np.ndarray]
    counters: Mapping[str, np.ndarray]


def simulate(
    machine: Machine, arithmetic: Any, latency: Latency, events: np.ndarray, *, states: bool = False
) -> Run:
    """Run `machine` from its initial state on (T, B, n_inputs) uint8 events of 0 and 1, B independent samples.

    arithmetic: the chip's: STATES, Counters, initial, parameters, step, as of `targets/loihi1/neuron.py`.
    Raises ValueError for other events or registers past 32 bits, DiagnosticError as `delivery.sum.groups`."""
    import jax

    if events.ndim != 3 or events.shape[2] != machine.n_inputs or bool((events > 1).any()):
        raise ValueError(f"events must be (T, B, {machine.n_inputs}) of 0 and 1")
    steps, batch, _ = events.shape
    delivery = groups(machine, latency)
    registers = {name: _int32(name, machine.params[name]) for name in sorted(machine.params)}
    scan = _compiled(machine.n_neurons, arithmetic, delivery, states)
    arrays = [device_arrays(group) for group in delivery]
    depth = 1 + max((group.latency for group in delivery), default=0)
    with jax.numpy_dtype_promotion("strict"):
        carry = _start(arithmetic, registers, batch, machine.n_neurons, depth)
        length = max(1, CHUNK_BYTES // max(1, batch * machine.n_neurons * (9 if states else 1)))
        parts: list[dict[str, np.ndarray]] = []
        for first in range(0, steps, length):
            carry, out = scan(carry, registers, arrays, events[first : first + length])
            parts.append({name: np.asarray(value) for name, value in out.items()})
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else {}
    n = machine.n_neurons
    return Run(
        spikes=joined.pop("spikes", np.zeros((0, batch, n), dtype=np.uint8)),
        states=joined,
        counters={name: _total(carry[3][name]) for name in sorted(carry[3])},
    )


def _int32(name: str, values: np.ndarray) -> np.ndarray:
    if values.size and (int(values.min()) < -(1 << 31) or int(values.max()) >= 1 << 31):
        raise ValueError(f"register {name} does not fit 32 bits")
    return values.astype(np.int32)


def _total(halves: Any) -> np.ndarray:
    """Counters are two int32 words, so that no run is too long to count."""
    low, high = (np.asarray(half).astype(np.int64) for half in halves)
    return low + (high << 20)


def _start(
    arithmetic: Any, registers: Mapping[str, np.ndarray], batch: int, n: int, depth: int
) -> tuple[Any, ...]:
    import jax.numpy as jnp

    state = arithmetic.initial(jnp, registers, (batch, n))
    ring = jnp.zeros((depth, batch, n), dtype=jnp.int32)
    zero = jnp.zeros((n,), dtype=jnp.int32)
    counters = {name: (zero, zero) for name in arithmetic.Counters._fields}
    return state, ring, jnp.zeros((), dtype=jnp.int32), counters


def _compiled(n: int, arithmetic: Any, delivery: tuple[Group, ...], states: bool) -> Any:
    """The jitted scan: (carry, registers, arrays of the groups, events) -> (carry, outputs)."""
    import jax
    import jax.numpy as jnp

    def bring(
        ring: jax.Array, now: jax.Array, arrays: list[Any], spikes: jax.Array, *, from_inputs: bool
    ) -> jax.Array:
        for group, held in zip(delivery, arrays, strict=True):
            if group.from_inputs == from_inputs:
                slot = (now + group.latency) % ring.shape[0]
                ring = ring.at[slot].add(arriving(group, held, spikes, n))
        return ring

    def step(
        parameters: Any, arrays: list[Any], carry: tuple[Any, ...], events: jax.Array
    ) -> tuple[tuple[Any, ...], dict[str, jax.Array]]:
        state, ring, now, counters = carry
        ring = bring(ring, now, arrays, events, from_inputs=True)
        slot = now % ring.shape[0]
        state, fired, overflow = arithmetic.step(jnp, parameters, state, ring[slot])
        ring = ring.at[slot].set(0)
        spikes = fired.astype(jnp.uint8)
        ring = bring(ring, now, arrays, spikes, from_inputs=False)
        counted = {
            name: _add(counters[name], getattr(overflow, name).sum(axis=0, dtype=jnp.int32))
            for name in counters
        }
        out = {"spikes": spikes}
        if states:
            out |= {name: getattr(state, name) for name in arithmetic.STATES}
        return (state, ring, now + jnp.int32(1), counted), out

    def run(carry: Any, registers: Any, arrays: Any, events: jax.Array) -> Any:
        parameters = arithmetic.parameters(registers)
        return jax.lax.scan(lambda c, e: step(parameters, arrays, c, e), carry, events)

    return jax.jit(run)


def _add(halves: tuple[jax.Array, jax.Array], more: jax.Array) -> tuple[jax.Array, jax.Array]:
    import jax.numpy as jnp

    low = halves[0] + more
    return jnp.bitwise_and(low, (1 << 20) - 1), halves[1] + (low >> 20)
