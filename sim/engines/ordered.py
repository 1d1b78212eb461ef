"""Runs a machine whose sums depend on order, event by event and neuron by neuron. All integers.

The chip enters only through its arithmetic module; the loop knows no chip.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import ModuleType

import numpy as np

from ...targets.machines.ordered import OrderedMachine
from ...targets.native.threads import each
from .choice import Span, SumEngine, is_small, whole
from .ordered_run import ACCUMULATOR_SATURATIONS, OrderedRun, check_events
from .provenance import one_by_one


def simulate_ordered(
    machine: OrderedMachine,
    module: ModuleType,
    events: np.ndarray,
    *,
    states: bool = False,
    fast: bool = True,
    engine: SumEngine = "events",
    **variant: bool,
) -> OrderedRun:
    """Run `machine` from its initial state on (T, B, n_inputs) uint8 event counts, B independent samples.

    A spike acts on neurons in the next step, an input in its own. `module`: the chip's arithmetic, `variant` what
    its `arithmetic` function takes besides. `fast` leaves out clips that are proven to do nothing. engine: see
    `start_ordered`.
    Raises ValueError for events of another shape or type, and as `start_ordered`."""
    check_events(machine, events)
    peak = np.minimum(events.max(axis=(0, 1), initial=0), machine.max_events)
    run = start_ordered(
        machine, module, whole(events), states=states, fast=fast, peak=peak, engine=engine, **variant
    )
    return run(events)


def start_ordered(
    machine: OrderedMachine,
    module: ModuleType,
    span: Span,
    *,
    states: bool = False,
    fast: bool = True,
    peak: np.ndarray | None = None,
    engine: SumEngine = "events",
    **variant: bool,
) -> Callable[[np.ndarray], OrderedRun]:
    """Begin a run of `simulate_ordered` that is handed its events some steps at a time.

    peak: (n_inputs,) the most events of each input in a step, where they are known. engine: "events", compiled loops;
    "numpy", for machines without aliases; "auto" is the one that is quicker.
    Raises ValueError for a machine with delays, one whose turns cannot be, and another engine."""
    if machine.synapses.delay.any():
        raise ValueError("an ordered machine has no delays")
    if machine.ticks > 1:
        return _start_in_ticks(machine, module, span, states=states, fast=fast, engine=engine, **variant)
    n, names, batch = machine.n_neurons, module.STATES, span.batch
    aliases, turns = bool((machine.alias_target >= 0).any()), machine.turns
    small = is_small(span.steps * max(1, len(turns) // 8), batch * n)
    chosen = ("numpy" if small and not aliases else "events") if engine == "auto" else engine
    if chosen == "numpy" and not aliases:
        from .ordered_in_numpy import start_in_numpy

        return start_in_numpy(machine, module, span, states=states, **variant)
    if chosen != "events":
        raise ValueError(f"an ordered machine{' with aliases' * aliases} has no engine {engine}")
    from .ordered_kernel import by_synapses
    from .ordered_matrix import by_rows

    sample = by_rows(machine, module, batch, turns, states=states, **variant)
    if sample is None:
        sample = by_synapses(machine, module, batch, turns, states=states, fast=fast, peak=peak, **variant)
    run, last = sample, np.zeros((batch, n), dtype=np.uint8)

    def advance(events: np.ndarray) -> OrderedRun:
        check_events(machine, events)
        taken = np.minimum(events, machine.max_events).transpose(1, 0, 2)
        taken = np.ascontiguousarray(taken if machine.element is None else taken[:, :, machine.rows])
        spikes = np.zeros((batch, 1 + len(events), n), dtype=np.uint8)
        spikes[:, 0] = last
        made = each(lambda b: run(b, taken[b], spikes[b]), batch)
        last[:] = spikes[:, -1]
        counts = np.zeros((1 + len(module.COUNTERS), n), dtype=np.int64)
        for _, counted in made:
            counts += counted
        found = spikes[:, 1:].transpose(1, 0, 2)
        return OrderedRun(
            spikes=found,
            states=_recorded(names, [recorded for recorded, _ in made], found.shape) if states else {},
            counters=dict(zip((ACCUMULATOR_SATURATIONS, *module.COUNTERS), counts, strict=True)),
            provenance=one_by_one(events, found),
            event_clips=(events > machine.max_events).sum(axis=(0, 1), dtype=np.int64),
        )

    return advance


def _recorded(
    names: Sequence[str], of_samples: Sequence[np.ndarray], shape: tuple[int, ...]
) -> dict[str, np.ndarray]:
    """State -> (T, B, N), of (states, T, N) of each sample."""
    recorded = np.zeros((len(names), *shape), dtype=np.int32)
    for b, values in enumerate(of_samples):
        recorded[:, :, b] = values
    return dict(zip(names, recorded, strict=True))


def _start_in_ticks(
    machine: OrderedMachine,
    module: ModuleType,
    span: Span,
    *,
    states: bool,
    fast: bool,
    engine: SumEngine,
    **variant: bool,
) -> Callable[[np.ndarray], OrderedRun]:
    """Run every tick as a step; spikes of a step are those of its ticks, its states those of the last one."""
    ticks = machine.ticks
    longer = Span(steps=ticks * span.steps, batch=span.batch, at_once=ticks * span.at_once)
    run = start_ordered(
        machine.by_tick, module, longer, states=states, fast=fast, peak=None, engine=engine, **variant
    )

    def advance(events: np.ndarray) -> OrderedRun:
        check_events(machine, events)
        made = run(machine.in_ticks(events))
        steps, batch = events.shape[:2]
        return replace(
            made,
            spikes=made.spikes.reshape(steps, ticks, batch, -1).sum(axis=1, dtype=np.uint8),
            states={name: values[ticks - 1 :: ticks] for name, values in made.states.items()},
            provenance=replace(made.provenance, steps=steps),
            event_clips=(events > machine.max_events).sum(axis=(0, 1), dtype=np.int64),
        )

    return advance
