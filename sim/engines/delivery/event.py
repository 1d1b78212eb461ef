"""Prepares delivery event by event: what a host tells a core in each step, and the core as arrays of the compiled
loop.
"""

from __future__ import annotations

from types import ModuleType
from typing import NamedTuple

import numpy as np

from ....targets.machines.crossbar_events import LEAK_ALL, SPIKE, VIRTUAL, EventCore, Operations, Protocol


class Crossbar(NamedTuple):
    """A core for the compiled loop; nothing here changes. last: the last neuron that is scanned.

    threshold, leak: (N,) int32. hidden: (N,) uint8, neurons whose spikes go nowhere. closed, report_rows: bool.
    sign: (R,) int8. unmapped_deliver, unmapped_learn, single_learn: bool. mapped: (R, N) uint8.
    rule: (7, N) int32, of the neurons' calcium (see `RULE`). answer: (N,) int64, the weight of the virtual event with
    which the host answers a spike, 0 for none; (0,) where it answers none."""

    last: int
    threshold: np.ndarray
    leak: np.ndarray
    hidden: np.ndarray
    closed: bool
    report_rows: bool
    capacity: int
    sign: np.ndarray
    mapped: np.ndarray
    unmapped_deliver: bool
    unmapped_learn: bool
    single_learn: bool
    rule: np.ndarray
    answer: np.ndarray


class CoreState(NamedTuple):
    """What a run changes. v: (N,) int32. delivered: (R, N) int8, what a spike on a row adds. strength: (R, N) uint8,
    weights that learn. calcium, counter: (N,) int32. direction: (N,) int32, whether synapses that spike next get
    stronger (1), weaker (-1) or neither (0)."""

    v: np.ndarray
    delivered: np.ndarray
    strength: np.ndarray
    calcium: np.ndarray
    counter: np.ndarray
    direction: np.ndarray


# what a run counts: of the core
MAX_QUEUE, CUT_WAITS, CUT_EVENTS, ROW_EVENTS, LEAK_EVENTS, SINGLE_EVENTS = range(6)
STATS = 6
# and of each neuron
SATURATIONS, DROPS, CUT = range(3)
COUNTS = 3
RULE = ("calcium_enable", "theta_membrane", "theta1", "theta2", "theta3", "calcium_leak")


def learns(core: EventCore) -> bool:
    """Whether a spike can change a weight or what a neuron remembers of its spikes."""
    return bool(np.any(core.params.get("calcium_enable", 0)))


def crossbar(core: EventCore, module: ModuleType, answer: np.ndarray | None = None) -> Crossbar:
    """Convert a core for the compiled loop. answer: (N,) int64, None for none."""
    none = np.zeros(core.n_neurons, dtype=np.int64)
    return Crossbar(
        last=core.last_neuron,
        threshold=core.params["threshold"].astype(np.int32),
        leak=np.asarray(module.leak_amount(core.params)).astype(np.int32),
        hidden=core.params["disable"].astype(np.uint8),
        closed=core.closed_loop,
        report_rows=core.report_rows,
        capacity=core.queue,
        sign=np.where(core.inhibitory, -1, 1).astype(np.int8),
        mapped=core.mapped.astype(np.uint8),
        unmapped_deliver=core.learning.unmapped_deliver,
        unmapped_learn=core.learning.unmapped_learn,
        single_learn=core.learning.single_learn,
        rule=np.stack([core.params.get(name, none) for name in RULE]).astype(np.int32),
        answer=np.zeros(0, dtype=np.int64) if answer is None else answer.astype(np.int64),
    )


def core_state(core: EventCore, module: ModuleType) -> CoreState:
    """Make the state of a core as it is after loading."""
    none = np.zeros(core.n_neurons, dtype=np.int64)
    return CoreState(
        v=core.initial["v"].astype(np.int32),
        delivered=core.delivered.astype(np.int8),
        strength=np.abs(core.weights).astype(np.uint8),
        calcium=core.initial.get("calcium", none).astype(np.int32),
        counter=core.initial.get("calcium_count", none).astype(np.int32),
        direction=_loaded_direction(core, module) if learns(core) else none.astype(np.int32),
    )


def _loaded_direction(core: EventCore, module: ModuleType) -> np.ndarray:
    """(N,) int32: what synapses do at the first spike. Writing a neuron's word has the chip note that as after any
    event, so of what the word's neuron would be after its threshold is tested, though the word stays as written."""
    rule, p = module.learning(np), core.params
    v, fires = module.arithmetic(np).finish(core.initial["v"], p["threshold"])
    level, _ = rule.calcium(
        core.initial["calcium"],
        core.initial["calcium_count"],
        fires,
        0,
        p["calcium_enable"],
        p["calcium_leak"],
    )
    direction = rule.direction(
        v, level, p["calcium_enable"], p["theta_membrane"], p["theta1"], p["theta2"], p["theta3"]
    )
    return direction.astype(np.int32)


def step_operations(
    counts: np.ndarray, order: np.ndarray, leaks: int, protocol: Protocol, behind: int = 0
) -> tuple[Operations, np.ndarray]:
    """List the host's operations. What the host tells a core, step by step, and (T,) how many operations that is at
    the end of each.

    counts: (T, R) spikes on each row. A step is its spikes, rows in `order`, each row's one after the other, then
    `leaks` events that make all neurons leak; but for the last `behind` rows, which come behind these. Before the first
    leak and at the end of the step the core is always left to finish."""
    steps, first = counts.shape[0], order.size - behind
    sequence = np.concatenate([order[:first], np.full(leaks, -1, dtype=np.int64), order[first:]])
    leaking = np.ones((steps, leaks), dtype=np.int64)
    repeats = np.concatenate([counts[:, order[:first]], leaking, counts[:, order[first:]]], axis=1)
    row = np.repeat(np.tile(sequence, steps), repeats.ravel())
    ends = np.cumsum(repeats.sum(axis=1, dtype=np.int64))
    is_leak = row < 0
    waits = is_leak.copy() if protocol != "wait" else np.ones(row.size, dtype=np.bool_)
    last_before = ends - repeats[:, first:].sum(axis=1, dtype=np.int64) - 1
    for last in (last_before, ends - 1):
        waits[last[last >= 0]] = True
    operations = Operations(
        kind=np.where(is_leak, LEAK_ALL, SPIKE).astype(np.int64),
        first=np.where(is_leak, 0, row),
        second=np.zeros(row.size, dtype=np.int64),
        waits=waits,
    )
    return operations, ends


def with_answers(
    told: Operations, ends: np.ndarray, address: np.ndarray, operation: np.ndarray, answer: np.ndarray
) -> tuple[Operations, np.ndarray]:
    """List the operations of a host that answers spikes: behind each operation the answers to the spikes in it.

    told, ends: without them, as of `step_operations`. address, operation: (M,) the spikes, each with its operation.
    answer: (N,) int64, the weight of the answer to a spike of each neuron, 0 for none."""
    heard = answer[address] != 0
    neuron, after = address[heard], operation[heard]
    place = np.concatenate([np.arange(told.kind.size), after])
    order = np.argsort(place, kind="stable")
    added = np.full(neuron.size, VIRTUAL)

    def joined(of_host: np.ndarray, of_answers: np.ndarray) -> np.ndarray:
        return np.concatenate([of_host, of_answers])[order]

    operations = Operations(
        kind=joined(told.kind, added),
        first=joined(told.first, neuron),
        second=joined(told.second, answer[neuron]),
        waits=joined(told.waits, np.ones(neuron.size, dtype=np.bool_)),
    )
    return operations, ends + np.searchsorted(np.sort(after), ends, side="left")
