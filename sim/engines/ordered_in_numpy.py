"""Runs a machine whose sums depend on order in plain numpy, turn after turn: all samples and neurons at once."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np

from ...targets.arrays import NUMPY
from ...targets.machines.ordered import OrderedMachine
from .choice import Span
from .ordered_run import ACCUMULATOR_SATURATIONS, OrderedRun, check_events
from .provenance import one_by_one


def start_in_numpy(
    machine: OrderedMachine, module: ModuleType, span: Span, *, states: bool, **variant: bool
) -> Callable[[np.ndarray], OrderedRun]:
    """Begin a run as `ordered.start_ordered` does, of a machine without aliases."""
    n, batch, names = machine.n_neurons, span.batch, module.STATES
    weights = _weights(machine, module.RECEPTORS)
    turns, (low, high) = machine.turns, machine.accumulator_range
    p = np.stack([machine.params[name] for name in module.PARAMETERS]).astype(np.int64)
    step = module.arithmetic(NUMPY, **variant).step
    state = np.zeros((len(names), batch, n), dtype=np.int64)
    if machine.start is not None:
        state[0] = machine.start
    last = np.zeros((batch, n), dtype=np.int64)

    def advance(events: np.ndarray) -> OrderedRun:
        nonlocal state, last
        check_events(machine, events)
        steps, taken = (
            len(events),
            np.minimum(events, machine.max_events)[:, :, machine.rows].astype(np.int64),
        )
        spikes = np.zeros((steps, batch, n), dtype=np.uint8)
        recorded = np.zeros((steps if states else 0, len(names), batch, n), dtype=np.int32)
        counts = np.zeros((1 + len(module.COUNTERS), n), dtype=np.int64)
        for t in range(steps):
            sent = np.concatenate([last, taken[t]], axis=1)
            for row, neuron in turns.tolist():
                pair = ((neuron, neuron), (n + row, row))
                sources = [source for source, of in pair if of >= 0 and bool(sent[:, source].any())]
                if not sources:
                    continue
                exact = state[: module.RECEPTORS] + np.einsum(
                    "bs,srn->rbn", sent[:, sources], weights[sources]
                )
                kept = np.clip(exact, low, high)
                counts[0] += (kept != exact).sum(axis=(0, 1))
                state[: module.RECEPTORS] = kept
            after, fired, noted = step(p, state, np.zeros((batch, n), dtype=np.int64))
            state, last = np.stack(after), np.asarray(fired).astype(np.int64)
            spikes[t] = last
            for k, which in enumerate(noted):
                counts[1 + k] += np.broadcast_to(which, (batch, n)).sum(axis=0)
            if states:
                recorded[t] = state
        return OrderedRun(
            spikes=spikes,
            states={name: recorded[:, k] for k, name in enumerate(names)} if states else {},
            counters={name: counts[k] for k, name in enumerate((ACCUMULATOR_SATURATIONS, *module.COUNTERS))},
            provenance=one_by_one(events, spikes, engine="numpy"),
            event_clips=(events > machine.max_events).sum(axis=(0, 1), dtype=np.int64),
        )

    return advance


def _weights(machine: OrderedMachine, receptors: int) -> np.ndarray:
    """(sources, receptors, N) int64: what a spike of each source brings."""
    synapses = machine.synapses.flat()
    n = machine.n_neurons
    found = np.zeros((n + machine.rows.size, receptors, n), dtype=np.int64)
    np.add.at(found, (synapses.source, machine.syn_receptor, synapses.post), synapses.weight)
    return found
