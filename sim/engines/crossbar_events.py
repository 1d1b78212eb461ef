"""Runs machines that work event by event: queues, lost spikes and the order of events included. All integers.

The chip enters only through its arithmetic module; the loop knows no chip.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...targets.machines.crossbar_events import (
    SETTLE,
    SETTLE_ALL,
    SINGLE,
    SPIKE,
    VIRTUAL,
    EventCore,
    EventMachine,
    Operations,
)
from ...targets.native.threads import each
from .choice import Span, whole
from .delivery.event import (
    COUNTS,
    CUT,
    CUT_EVENTS,
    CUT_WAITS,
    DROPS,
    LEAK_EVENTS,
    MAX_QUEUE,
    ROW_EVENTS,
    SATURATIONS,
    SINGLE_EVENTS,
    STATS,
    CoreState,
    Crossbar,
    core_state,
    crossbar,
    learns,
    step_operations,
    with_answers,
)
from .provenance import one_by_one
from .synapse_list import Run

if TYPE_CHECKING:
    from .event_queue import Queue

STATE_SATURATIONS, DROPPED_SPIKES = "state_saturations", "dropped_spikes"
CUT_SPIKES = "spikes_of_a_loop_without_rest"
MOST_TAKEN = 1 << 14
MOST_PASSED_ON = 1 << 10
"""Spikes of one neuron in one step that the host passes on: neurons that excite one another through it would send ever
more."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """What cores did. max_queue: most events in a queue. cut_waits: waits in which a core took `most_taken` events more
    than the host sent and was still not idle; cut_events: those left in its queue then, which were thrown away, and
    those that the host does not pass on: no longer what a chip does.
    input_events, row_events, leak_events, single_events: (T, B, C) int64 events in each step on each core: spikes and
    events of one neuron that the host sent, spikes that were scanned, leaks of all scanned neurons, events of one
    neuron."""

    max_queue: int
    cut_waits: int
    cut_events: int
    input_events: np.ndarray
    row_events: np.ndarray
    leak_events: np.ndarray
    single_events: np.ndarray


@dataclass(frozen=True, kw_only=True)
class EventRun(Run):
    """As `Run`; spikes are counts, those of hidden (disabled) neurons 0."""

    work: Work


@dataclass(frozen=True, kw_only=True)
class Replay:
    """One core, told operations one by one. address, operation: (M,) int64, the output in order, each with the
    number of the waited-for operation that closes its group. states: name -> (T, N) int32. counters: overflow name ->
    (N,) int64. final: states at the end. weights: (R, N) int8, as the words then hold them."""

    address: np.ndarray
    operation: np.ndarray
    states: Mapping[str, np.ndarray]
    counters: Mapping[str, np.ndarray]
    final: Mapping[str, np.ndarray]
    weights: np.ndarray
    work: Work


def replay(
    core: EventCore,
    module: ModuleType,
    operations: Operations,
    ends: np.ndarray,
    *,
    eager: bool = False,
    states: bool = True,
    most_taken: int = MOST_TAKEN,
) -> Replay:
    """Tell one core `operations`; steps end after so many of them: `ends` (T,) int64, ascending.

    `module`: the chip's arithmetic. `eager`: between waits the core takes an input and an event of its queue in turn;
    else it takes inputs as long as its queue has room. Inputs are never lost."""
    settles = bool(np.isin(operations.kind, (SETTLE, SETTLE_ALL)).any())
    runner = _runner(core, module, learning=settles or learns(core))
    steps = _advance(runner, operations, ends, eager=eager, states=states, most=most_taken)
    h, names = runner.core_state, module.STATES
    return Replay(
        address=steps.address,
        operation=steps.operation,
        states={name: steps.states[:, k] for k, name in enumerate(names)} if states else {},
        counters=_counters(runner.counts),
        final=dict(zip(names, (h.v, h.calcium, h.counter), strict=False)),
        weights=np.where(core.weights < 0, core.weights, h.strength).astype(np.int8),
        work=_work(steps.work[None, :, None], runner.stats[None], _inputs(operations, ends)[:, None, None]),
    )


def simulate_events(
    machine: EventMachine,
    module: ModuleType,
    events: np.ndarray,
    *,
    states: bool = False,
    most_taken: int = MOST_TAKEN,
) -> EventRun:
    """Run `machine` from its initial state on (T, B, n_inputs) uint8 event counts, B independent samples.

    Raises ValueError for events of another shape or type, for cores that report rows, for a loop that is closed where
    inputs come in bursts, and for routes without delay to a core that has had its turn."""
    _check(machine, events)
    return start_events(machine, module, whole(events), states=states, most_taken=most_taken)(events)


def start_events(
    machine: EventMachine,
    module: ModuleType,
    span: Span,
    *,
    states: bool = False,
    most_taken: int = MOST_TAKEN,
) -> Callable[[np.ndarray], EventRun]:
    """Begin a run of `simulate_events` that is handed its events some steps at a time. In each step a core is left to
    finish: what goes on to the next are its states, and spikes that travel with a delay."""
    _check_machine(machine)
    batch, n, names, c = span.batch, machine.n_neurons, module.STATES, len(machine.cores)
    loaded = _runners(machine, module)
    begun = [_Begun([_another(runner) for runner in loaded], _nothing_late(machine)) for _ in range(batch)]

    def advance(events: np.ndarray) -> EventRun:
        _check(machine, events)
        steps = len(events)
        spikes = np.zeros((batch, steps, n), dtype=np.int64)
        recorded = np.zeros((batch, steps if states else 0, len(names), n), dtype=np.int32)
        work = np.zeros((batch, steps, c, STATS), dtype=np.int64)
        total = np.zeros((batch, c, STATS), dtype=np.int64)
        counts = np.zeros((batch, COUNTS, n), dtype=np.int64)
        inputs = np.zeros((batch, steps, c), dtype=np.int64)

        def sample(b: int) -> None:
            runners = begun[b].runners
            for runner in runners:
                runner.stats[:], runner.counts[:] = 0, 0
            done = _Recorded(spikes[b], recorded[b], work[b])
            sent = _sample(machine, begun[b], events[:, b], done, most_taken)
            inputs[b] = np.stack([rows.sum(axis=1) for rows in sent], axis=1) + _answers(machine, spikes[b])
            total[b] = [runner.stats for runner in runners]
            counts[b] = np.concatenate([runner.counts for runner in runners], axis=1)

        each(sample, batch)
        largest = int(spikes.max(initial=0))
        kind = np.uint8 if largest < 1 << 8 else np.uint16 if largest < 1 << 16 else np.uint32
        return EventRun(
            spikes=spikes.transpose(1, 0, 2).astype(kind),
            states={name: recorded[:, :, k].transpose(1, 0, 2) for k, name in enumerate(names)}
            if states
            else {},
            counters=_counters(counts.sum(axis=0)),
            provenance=one_by_one(events, spikes.transpose(1, 0, 2)),
            work=_work(work, total.reshape(-1, STATS), inputs.swapaxes(0, 1)),
        )

    return advance


@dataclass(frozen=True, kw_only=True)
class Transcript:
    """What one core was told in a run, and what it said. ends: (T,) how many operations that is at the end of each
    step. address, operation: as in `Replay`. input_events, row_events, leak_events, single_events, outputs: (W,) int64
    in each of the W waits."""

    operations: Operations
    ends: np.ndarray
    address: np.ndarray
    operation: np.ndarray
    input_events: np.ndarray
    row_events: np.ndarray
    leak_events: np.ndarray
    single_events: np.ndarray
    outputs: np.ndarray


def transcripts(
    machine: EventMachine, module: ModuleType, events: np.ndarray, *, most_taken: int = MOST_TAKEN
) -> tuple[Transcript, ...]:
    """Of each core, for one sample of (T, n_inputs) uint8 event counts. Raises ValueError as `simulate_events`."""
    _check(machine, events[:, None])
    _check_machine(machine)
    steps, n = events.shape[0], machine.n_neurons
    runners = _runners(machine, module)
    work = np.zeros((steps, len(machine.cores), STATS), dtype=np.int64)
    done = _Recorded(
        np.zeros((steps, n), dtype=np.int64), np.zeros((0, len(module.STATES), n), np.int32), work
    )
    counts = _sample(machine, _Begun(runners, _nothing_late(machine)), events, done, most_taken)
    recorded: list[Transcript] = []
    for c, (core, order, sent) in enumerate(zip(machine.cores, machine.row_order, counts, strict=True)):
        behind = machine.behind_leaks[c]
        told, step_ends = step_operations(sent, order, machine.leaks, machine.protocol, behind)
        if machine.answers:
            said = _advance(
                _runners(machine, module)[c], told, step_ends, eager=False, states=False, most=most_taken
            )
            told, step_ends = with_answers(told, step_ends, said.address, said.operation, machine.answers[c])
        ends = np.flatnonzero(told.waits) + 1
        run = replay(
            core, module, told, ends, eager=machine.protocol == "eager", states=False, most_taken=most_taken
        )
        work_of = run.work
        recorded.append(
            Transcript(
                operations=told,
                ends=step_ends,
                address=run.address,
                operation=run.operation,
                input_events=work_of.input_events[:, 0, 0],
                row_events=work_of.row_events[:, 0, 0],
                leak_events=work_of.leak_events[:, 0, 0],
                single_events=work_of.single_events[:, 0, 0],
                outputs=np.bincount(np.searchsorted(ends, run.operation, side="right"), minlength=ends.size),
            )
        )
    return tuple(recorded)


def _check(machine: EventMachine, events: np.ndarray) -> None:
    if events.ndim != 3 or events.shape[2] != machine.n_inputs or events.dtype != np.uint8:
        raise ValueError(f"events must be (T, B, {machine.n_inputs}) uint8")


def _check_machine(machine: EventMachine) -> None:
    if any(core.report_rows for core in machine.cores):
        raise ValueError("a core that reports rows does not tell which neurons fire")
    if machine.protocol == "burst" and any(core.closed_loop for core in machine.cores):
        raise ValueError("bursts into a closed loop depend on the speed of the host")
    if machine.answers and (machine.protocol != "wait" or any(core.closed_loop for core in machine.cores)):
        raise ValueError("a host that answers spikes waits after each event, and no loop is closed")
    if bool((_backward(machine) & (machine.routes.delay == 0)).any()):
        raise ValueError("a route without delay to a core that has had its turn")


def _backward(machine: EventMachine) -> np.ndarray:
    """(M,) bool: routes from a neuron to its own core or to one before."""
    own = np.searchsorted(machine.first_neuron, machine.routes.source, side="right") - 1
    return (machine.routes.source < machine.n_neurons) & (machine.routes.core <= own)


class _Runner(NamedTuple):
    """One core on its way through the steps; core_state, queue, counts and stats change. learning: weights do too."""

    learning: bool
    loop: Callable[..., tuple[np.ndarray, np.ndarray]]
    bar: Crossbar
    core_state: CoreState
    queue: Queue
    counts: np.ndarray
    stats: np.ndarray
    n_states: int


def _runners(machine: EventMachine, module: ModuleType) -> list[_Runner]:
    answers = machine.answers or (None,) * len(machine.cores)
    return [
        _runner(core, module, learning=learns(core), answer=answer)
        for core, answer in zip(machine.cores, answers, strict=True)
    ]


def _runner(
    core: EventCore, module: ModuleType, *, learning: bool, answer: np.ndarray | None = None
) -> _Runner:
    from .event_kernel import kernel
    from .event_queue import new_queue

    learning = learning and hasattr(module, "learning")
    return _Runner(
        learning=learning,
        loop=kernel(module, learning),
        bar=crossbar(core, module, answer),
        core_state=core_state(core, module),
        queue=new_queue(core.queue),
        counts=np.zeros((COUNTS, core.n_neurons), dtype=np.int64),
        stats=np.zeros(STATS, dtype=np.int64),
        n_states=len(module.STATES),
    )


def _another(runner: _Runner) -> _Runner:
    """The same core before its first step. Weights that do not learn are never written, and are shared."""
    from .event_queue import new_queue

    state = runner.core_state
    own = {name: getattr(state, name).copy() for name in ("v", "calcium", "counter", "direction")}
    if runner.learning:
        own |= {name: getattr(state, name).copy() for name in ("delivered", "strength")}
    return runner._replace(
        core_state=state._replace(**own),
        queue=new_queue(runner.queue.place.size),
        counts=np.zeros_like(runner.counts),
        stats=np.zeros_like(runner.stats),
    )


class _Begun(NamedTuple):
    """A sample on its way. late: of each core (delays, R), the spikes that arrive in its next steps."""

    runners: list[_Runner]
    late: list[np.ndarray]


def _nothing_late(machine: EventMachine) -> list[np.ndarray]:
    longest = int(machine.routes.delay.max(initial=0))
    return [np.zeros((longest, core.n_rows), dtype=np.int64) for core in machine.cores]


class _Steps(NamedTuple):
    """Of T steps of one core: outputs as in `Replay`; states (T or 0, S, N), work (T, STATS) since the start."""

    address: np.ndarray
    operation: np.ndarray
    states: np.ndarray
    work: np.ndarray


def _advance(
    runner: _Runner, operations: Operations, ends: np.ndarray, *, eager: bool, states: bool, most: int
) -> _Steps:
    from .event_queue import Tasks

    steps, o = ends.size, operations
    recorded = np.zeros((steps if states else 0, runner.n_states, runner.bar.leak.size), dtype=np.int32)
    work = np.zeros((steps, STATS), dtype=np.int64)
    address, operation = runner.loop(
        Tasks(o.kind, o.first, o.second, o.waits, ends), eager, most, runner.bar, runner.core_state, runner.queue,
        recorded, work, runner.counts, runner.stats,
    )  # fmt: skip
    return _Steps(address, operation, recorded, work)


class _Recorded(NamedTuple):
    """Of one sample: spikes (T, N), states (T or 0, S, N), work (T, C, STATS) since the start."""

    spikes: np.ndarray
    states: np.ndarray
    work: np.ndarray


def _sample(
    machine: EventMachine, begun: _Begun, events: np.ndarray, done: _Recorded, most: int
) -> list[np.ndarray]:
    """Core after core through all steps, or through one step at a time where a spike goes back. For each core (T, R),
    how many spikes it was sent on each row."""
    runners, steps = begun.runners, events.shape[0]
    waiting = [np.pad(late, ((0, steps), (0, 0))) for late in begun.late]
    _route(machine, machine.n_neurons, machine.n_neurons + machine.n_inputs, events, 0, waiting)
    length = max(1, 1 if _backward(machine).any() else steps)
    for first in range(0, steps, length):
        part = slice(first, min(first + length, steps))
        for c, (runner, low) in enumerate(zip(runners, machine.first_neuron, strict=False)):
            high = low + machine.cores[c].n_neurons
            counts = waiting[c][part]
            operations, ends = step_operations(
                counts, machine.row_order[c], machine.leaks, machine.protocol, machine.behind_leaks[c]
            )
            eager, states = machine.protocol == "eager", done.states.shape[0] > 0
            result = _advance(runner, operations, ends, eager=eager, states=states, most=most)
            step = np.searchsorted(ends, result.operation, side="right")
            np.add.at(done.spikes[part], (step, low + result.address), 1)
            done.work[part, c] = result.work
            if states:
                done.states[part, :, low:high] = result.states
            sent = _passed_on(machine, runner, low, done.spikes[part, low:high])
            _route(machine, low, high, sent, first, waiting)
    for late, rows in zip(begun.late, waiting, strict=True):
        late[:] = rows[steps:]
    return [rows[:steps] for rows in waiting]


def _passed_on(machine: EventMachine, runner: _Runner, low: int, spikes: np.ndarray) -> np.ndarray:
    """(t, n) spikes of the neurons from `low` on that the host passes on. What it does not is counted, as what a core
    throws away is: it is the same wherever the neurons are placed."""
    heard = np.isin(low + np.arange(spikes.shape[1]), machine.routes.source)
    cut = np.where(heard, np.maximum(spikes - MOST_PASSED_ON, 0), 0)
    runner.counts[CUT] += cut.sum(axis=0)
    runner.stats[CUT_EVENTS] += cut.sum()
    return spikes - cut


def _answers(machine: EventMachine, spikes: np.ndarray) -> np.ndarray:
    """(T, C) spikes that the host answers in each step on each core, of (T, N)."""
    heard = spikes * (machine.answered != 0)
    return np.stack([heard[:, low:high].sum(axis=1) for low, high in pairwise(machine.first_neuron)], axis=1)


def _route(
    machine: EventMachine, low: int, high: int, spikes: np.ndarray, first: int, waiting: list[np.ndarray]
) -> None:
    """Hand spikes (t, high - low) of sources low .. high - 1 in steps `first` and later to the rows they go to."""
    routes = machine.routes
    mine = np.flatnonzero((routes.source >= low) & (routes.source < high))
    for core, delay in sorted(set(zip(routes.core[mine].tolist(), routes.delay[mine].tolist(), strict=True))):
        chosen = mine[(routes.core[mine] == core) & (routes.delay[mine] == delay)]
        rows, arriving = waiting[core], spikes[:, routes.source[chosen] - low].astype(np.int64)
        start = first + delay
        kept = max(0, min(arriving.shape[0], rows.shape[0] - start))
        np.add.at(rows[start : start + kept].T, routes.row[chosen], arriving[:kept].T)


def _counters(counts: np.ndarray) -> dict[str, np.ndarray]:
    return {STATE_SATURATIONS: counts[SATURATIONS], DROPPED_SPIKES: counts[DROPS], CUT_SPIKES: counts[CUT]}


def _inputs(operations: Operations, ends: np.ndarray) -> np.ndarray:
    """(T,) how many spikes and events of one neuron the host sends in each step. ends: (T,) operations until then."""
    step = np.searchsorted(ends, np.arange(operations.kind.size), side="right")
    sent = np.isin(operations.kind, (SPIKE, VIRTUAL, SINGLE)) & (step < ends.size)
    return np.bincount(step[sent], minlength=ends.size)


def _work(since_start: np.ndarray, total: np.ndarray, inputs: np.ndarray) -> Work:
    """since_start: (B, T, C, STATS); total: (any, STATS) at the end; inputs: (T, B, C)."""
    each_step = np.diff(since_start, axis=1, prepend=0).swapaxes(0, 1)
    return Work(
        max_queue=int(total[:, MAX_QUEUE].max(initial=0)),
        cut_waits=int(total[:, CUT_WAITS].sum()),
        cut_events=int(total[:, CUT_EVENTS].sum()),
        input_events=inputs,
        row_events=each_step[..., ROW_EVENTS],
        leak_events=each_step[..., LEAK_EVENTS],
        single_events=each_step[..., SINGLE_EVENTS],
    )
