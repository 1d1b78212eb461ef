"""Runs a machine of crossbar cores on a grid, tick by tick. All integers.

An axon holds one bit a tick: arrivals are counted until they are read, and every one past the first is counted as
merged. The chip enters only through its arithmetic; the engine knows no chip.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..targets.machines.crossbar_grid import PARAMETERS, GridMachine
from .delivery.crossbar import crossbars, read
from .engine import Run

if TYPE_CHECKING:
    import jax

MERGED = "merged_arrivals"
CHUNK_BYTES = 128 << 20


@dataclass(frozen=True, kw_only=True)
class GridRun(Run):
    """As `Run`, with a counter more, `merged_arrivals`: (cores * axons,), core after core: spikes that met another one
    on their axon in their tick, and were lost."""


def simulate_grid(
    machine: GridMachine, arithmetic: Any, events: np.ndarray, *, states: bool = False
) -> GridRun:
    """Run `machine` from its initial potentials on (T, B, n_inputs) uint8 events of 0 and 1, B independent samples.

    arithmetic: the chip's, with its width; it can be hashed. Raises ValueError for other events."""
    import jax

    if events.ndim != 3 or events.shape[2] != machine.n_inputs or bool((events > 1).any()):
        raise ValueError(f"events must be (T, B, {machine.n_inputs}) of 0 and 1")
    steps, batch, _ = events.shape
    table = _Table(machine)
    scan, arrays = _compiled(arithmetic, table.depth, table.shape, machine.n_axons, states), table.arrays()
    length = max(1, CHUNK_BYTES // max(1, batch * table.used.size * (5 if states else 1)))
    v = np.repeat(table.initial[:, None], batch, axis=1).reshape(*table.shape, batch)
    mailbox = np.zeros((table.depth, machine.n_axons * len(machine.cores) + 1, batch), dtype=table.count)
    carry: Any = (v, mailbox, np.int32(0))
    spikes = np.zeros((steps, batch, machine.n_neurons), dtype=np.uint8)
    recorded = np.zeros((steps if states else 0, batch, machine.n_neurons), dtype=np.int32)
    total: dict[str, np.ndarray] = {}
    with jax.numpy_dtype_promotion("strict"):
        for first in range(0, steps, length):
            part = np.ascontiguousarray(events[first : first + length].transpose(0, 2, 1))
            carry, counted, out = scan(carry, arrays, part)
            here = slice(first, first + length)
            spikes[here] = np.asarray(out["spikes"])[:, table.used].transpose(0, 2, 1)
            if states:
                recorded[here] = np.asarray(out["v"])[:, table.used].transpose(0, 2, 1)
            for name in sorted(counted):
                total[name] = total.get(name, np.zeros(1, np.int64)) + np.asarray(counted[name]).astype(
                    np.int64
                )
    return GridRun(
        spikes=spikes,
        states={"v": recorded} if states else {},
        counters={name: table.kept(name, total[name]) for name in sorted(total)},
    )


class _Table:
    """A machine as arrays in which every core has as many neurons as the largest.

    shape: (cores, neurons). used: (n_neurons,) place of each of the machine's neurons among all. depth: ticks that the
    mailbox holds. The axon behind the last is where spikes to the output bus and out of the grid go."""

    def __init__(self, machine: GridMachine) -> None:
        self.machine = machine
        largest = max(1, *(core.n_neurons for core in machine.cores))
        self.shape = (len(machine.cores), largest)
        self.used = np.concatenate(
            [k * largest + np.arange(core.n_neurons) for k, core in enumerate(machine.cores)]
        )
        nowhere = machine.n_axons * len(machine.cores)
        number, axon, delay = machine.targets()
        self.target = self._spread(np.where(number < 0, nowhere, number * machine.n_axons + axon), nowhere)
        self.delay = self._spread(np.where(number < 0, 0, delay), 0)
        element, x, y, input_axon, input_delay = machine.inputs.T
        input_number = machine.core_numbers(x, y)
        self.element, self.input_delay = element, input_delay
        self.input_target = np.where(input_number < 0, nowhere, input_number * machine.n_axons + input_axon)
        self.depth = 1 + max(int(self.delay.max(initial=0)) + 1, int(input_delay.max(initial=0)))
        senders = np.bincount(np.concatenate([self.target, self.input_target]), minlength=nowhere + 1)[
            :nowhere
        ]
        self.count = np.min_scalar_type(int(senders.max(initial=1)))
        params = {name: np.concatenate([core.params[name] for core in machine.cores]) for name in PARAMETERS}
        idle = {"positive_threshold": (1 << 30), "negative_threshold": -(1 << 30)}
        self.initial = self._spread(params.pop("initial_potential"), 0).astype(np.int32)
        self.registers = {
            name: self._spread(values, idle.get(name, 0)).astype(np.int32).reshape(*self.shape, 1)
            for name, values in params.items()
        }

    def _spread(self, values: np.ndarray, fill: int) -> np.ndarray:
        """(n_neurons,) to (cores * neurons,)."""
        found = np.full(self.shape[0] * self.shape[1], fill, dtype=np.int64)
        found[self.used] = values
        return found

    def arrays(self) -> dict[str, Any]:
        places = {
            "target": self.target, "delay": self.delay, "element": self.element,
            "input_target": self.input_target, "input_delay": self.input_delay,
        }  # fmt: skip
        return {
            "registers": self.registers,
            "crossbars": crossbars(self.machine, self.shape[1]),
            **{name: values.astype(np.int32) for name, values in places.items()},
        }

    def kept(self, name: str, values: np.ndarray) -> np.ndarray:
        return values if name == MERGED else values[self.used]


@cache
def _compiled(module: Any, depth: int, shape: tuple[int, int], axons: int, states: bool) -> Any:
    """The jitted scan: (carry, arrays, events (T, elements, B)) -> (carry, counters, outputs). module: the arithmetic;
    shape: cores, neurons of each; axons: of each; depth: of the mailbox."""
    import jax
    import jax.numpy as jnp

    cores, size = shape[0], shape[0] * shape[1]

    def tick(arrays: Any, carry: Any, events: jax.Array) -> tuple[Any, dict[str, jax.Array]]:
        v, mailbox, now, counted = carry
        at = (now + arrays["input_delay"]) % depth
        mailbox = mailbox.at[at, arrays["input_target"]].add(events[arrays["element"]].astype(mailbox.dtype))
        slot = now % depth
        bits, merged = read(mailbox[slot, :-1])
        arrived = arrays["crossbars"].arriving(bits.reshape(cores, -1, bits.shape[-1]))
        parameters = module.parameters(arrays["registers"])
        state, fired, counts = module.step(jnp, parameters, module.state(v), arrived)
        spikes = fired.astype(jnp.uint8).reshape(size, -1)
        mailbox = mailbox.at[slot].set(jnp.zeros((), mailbox.dtype))
        at = (now + 1 + arrays["delay"]) % depth
        mailbox = mailbox.at[at, arrays["target"]].add(spikes.astype(mailbox.dtype))
        more = {n: x.reshape(size, -1).sum(axis=1, dtype=jnp.int32) for n, x in counts._asdict().items()}
        more[MERGED] = merged
        counted = {name: counted[name] + more[name] for name in counted}
        out = {"spikes": spikes} | ({"v": state.v.reshape(size, -1)} if states else {})
        return (state.v, mailbox, now + jnp.int32(1), counted), out

    def run(carry: Any, arrays: Any, events: jax.Array) -> Any:
        zero = {name: jnp.zeros((size,), jnp.int32) for name in module.Counters._fields}
        zero[MERGED] = jnp.zeros((axons * cores,), jnp.int32)
        (v, mailbox, now, counted), out = jax.lax.scan(
            lambda c, e: tick(arrays, c, e), (*carry, zero), events
        )
        return (v, mailbox, now), counted, out

    return jax.jit(run)
