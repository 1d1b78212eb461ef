"""Runs a machine of summed synapses step by step in numpy, without compiling anything. All integers.

The arithmetic is the one that compiled code uses, over numpy: int32 arrays wrap in both. Sums of weights do not
wrap, which `delivery.sum.check_sums` has proven.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ....targets.arrays import NUMPY, SummedArithmetic
from ....targets.chip import Latency
from ....targets.machines.shifted_sums import ShiftedSums
from ....targets.machines.synapse_list import Machine
from ....targets.machines.synapse_rows import PART, SynapseRows, runs
from ..delivery.fired import fired_sum
from ..delivery.sum import Group, added_to, groups
from ..provenance import Delivered, Manner, undivided

Found = tuple[np.ndarray, dict[str, np.ndarray], dict[str, np.ndarray], tuple[Delivered, ...]]
"""Spikes (T, B, n) uint8, states (T, B, n) int32 by name if asked for, counters (n,) int64 by name, and how spikes were
delivered: of some steps."""


Bring = Callable[[np.ndarray, int, np.ndarray, bool], None]
"""Adds to a ring of sums, (slots, sums, B, places) int32, in step t what the sources bring that fired in it, (B,
sources) uint8: inputs or neurons."""

Manners = dict[bool, tuple[Manner, ...]]
"""In which spikes are brought, of inputs and of neurons."""

GROUPED = 1 << 22
"""Synapses of a machine that are put into matrices; of more, those of what fired are listed in every step."""


def start(
    arithmetic: SummedArithmetic,
    registers: Mapping[str, np.ndarray],
    machine: Machine,
    latency: Latency,
    batch: int,
    *,
    states: bool,
) -> Callable[[np.ndarray], Found]:
    """Begin a run; what is given takes the events of its next steps, (T, B, inputs) uint8 of 0 and 1.

    registers: (n,) int32 by name. batch: samples."""
    n = machine.n_neurons
    depth = (
        1
        + max(latency.neuron_to_neuron, latency.input_to_neuron)
        + int(machine.synapses.delay.max(initial=0))
    )
    bring, manners = (_grouped if machine.synapses.count <= GROUPED else _listed)(machine, latency)
    begun = _Begun(
        arithmetic=arithmetic,
        parameters=arithmetic.parameters(registers),
        bring=bring,
        manners=manners,
        names=arithmetic.STATES if states else (),
        state=arithmetic.initial(np, registers, (batch, n)),
        ring=np.zeros((depth, machine.sums, batch, machine.n_places), dtype=np.int32),
        shifted=machine.shifted,
    )
    return partial(_advance, begun)


@dataclass(kw_only=True)
class _Begun:
    """A run on its way. names: of the states that are recorded. ring: (slots, sums, B, places) int32 what is about to
    arrive. shifted: which of the places are shifted before neurons take them. now: the next step."""

    arithmetic: SummedArithmetic
    parameters: Any
    bring: Bring
    manners: Manners
    names: tuple[str, ...]
    state: Any
    ring: np.ndarray
    shifted: ShiftedSums
    now: int = 0


def _advance(begun: _Begun, events: np.ndarray) -> Found:
    ring, (depth, sums, batch, places) = begun.ring, begun.ring.shape
    n, steps, first = places - begun.shifted.count, len(events), begun.now
    spikes = np.zeros((steps, batch, n), dtype=np.uint8)
    recorded = {name: np.zeros((steps, batch, n), np.int32) for name in begun.names}
    counters = {name: np.zeros(n, dtype=np.int64) for name in sorted(begun.arithmetic.Counters._fields)}
    for t in range(steps):
        begun.bring(ring, first + t, events[t], True)
        slot = ring[(first + t) % depth]
        arrived = tuple(slot) if sums > 1 else _taken(slot[0], begun.shifted)
        begun.state, spikes[t], overflow = begun.arithmetic.step(
            NUMPY, begun.parameters, begun.state, arrived
        )
        slot[:] = 0
        begun.bring(ring, first + t, spikes[t], False)
        for name, total in counters.items():
            total += np.count_nonzero(getattr(overflow, name), axis=0)
        for name, rows in recorded.items():
            rows[t] = getattr(begun.state, name)
    begun.now += steps
    delivered = undivided(events, spikes, begun.manners[True], begun.manners[False])
    return spikes, recorded, counters, delivered


def _taken(sums: np.ndarray, shifted: ShiftedSums) -> np.ndarray:
    """(B, n) int32 what neurons take of the sums of a step, (B, places)."""
    if not shifted.count:
        return sums
    n = sums.shape[1] - shifted.count
    taken = sums[:, :n].copy()
    np.add.at(taken.T, shifted.neuron, (sums[:, n:] >> shifted.shift.astype(np.int32)).T)
    return taken


def _grouped(machine: Machine, latency: Latency) -> tuple[Bring, Manners]:
    """By matrices: dense ones cost what fires, sparse ones all their synapses."""
    n, found = machine.n_neurons, groups(machine, latency)
    arrive = [
        (
            g.latency,
            g.from_inputs,
            g.onto,
            _product(g, machine.n_inputs if g.from_inputs else n, machine.n_places),
        )
        for g in found
    ]
    manners: Manners = {True: (), False: ()}
    for g in found:
        manners[g.from_inputs] += ("sparse product" if g.dense is None else "rows",)

    def bring(ring: np.ndarray, now: int, fired: np.ndarray, from_inputs: bool) -> None:
        for steps, of_inputs, onto, product in arrive:
            if of_inputs == from_inputs:
                ring[(now + steps) % len(ring), onto] += product(fired)

    return bring, manners


def _product(group: Group, sources: int, n: int) -> Callable[[np.ndarray], np.ndarray]:
    """(B, sources) uint8 spikes of one step -> (B, n) int32: what they bring."""
    if group.dense is not None:
        dense = group.dense.astype(np.int32)

        def product(spikes: np.ndarray) -> np.ndarray:
            sample, source = spikes.nonzero()
            return fired_sum(sample, source, len(spikes), dense)

        return product
    from scipy.sparse import csr_array

    matrix = csr_array((group.weight, (group.post, group.source)), shape=(n, sources))
    return lambda spikes: (matrix @ spikes.T.astype(np.int32)).T


def _listed(machine: Machine, latency: Latency) -> tuple[Bring, Manners]:
    """By lists of the synapses of what fired."""
    n, synapses = machine.n_neurons, machine.synapses.by_source()
    axons = np.searchsorted(synapses.source, np.arange(n + machine.n_inputs + 1))

    def bring(ring: np.ndarray, now: int, fired: np.ndarray, from_inputs: bool) -> None:
        if from_inputs:
            _add(ring, now + latency.input_to_neuron, machine, synapses, axons[n:], fired)
        else:
            _add(ring, now + latency.neuron_to_neuron, machine, synapses, axons[: n + 1], fired)

    return bring, {True: ("rows",), False: ("rows",)}


def _add(
    ring: np.ndarray, now: int, machine: Machine, synapses: SynapseRows, axons: np.ndarray, fired: np.ndarray
) -> None:
    """Add to the ring, (depth, sums, B, n), what sources bring that fired, (B, sources). synapses: by source. axons:
    (sources + 1,), where those of each source begin. now: the step in which a synapse without delay acts."""
    sample, source = fired.nonzero()
    first, end = axons[source], axons[source + 1]
    chosen, sample = runs(first, end), np.repeat(sample, end - first)
    share = np.cumsum(synapses.lengths[chosen]) // PART
    for part in np.split(np.arange(chosen.size), np.flatnonzero(np.diff(share)) + 1):
        own = chosen[part]
        _, post, weight, delay, _ = synapses.flat(own)
        onto, weight = added_to(machine, weight)
        row = onto.astype(np.int64) * ring.shape[2] + np.repeat(sample[part], synapses.lengths[own])
        to = row * ring.shape[3] + post
        late = int(delay.max(initial=0))
        for steps in range(late + 1):
            mine = delay == steps if late else slice(None)
            slot = ring[(now + steps) % len(ring)].reshape(-1)
            slot += np.bincount(to[mine], weight[mine], slot.size).astype(
                np.int32
            )  # exact: all are below 2**53
