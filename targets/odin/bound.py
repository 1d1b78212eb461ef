"""Bounds how often neurons of an event-driven chip can fire in one step, and what that costs in clocks."""

from __future__ import annotations

import numpy as np

from ..machines.crossbar_events import EventCore, EventMachine
from .model import OdinChip
from .timing import clocks, scanned


def most_step_clocks(machine: EventMachine, chip: OdinChip, most_inputs: int = 1) -> int | None:
    """Bound the clocks of a step. No step takes more, if no input element has more than `most_inputs` events in a
    step.

    None where no bound is known: neurons that excite one another in a ring, through a closed loop or the host, those
    of a closed loop that fire at every event (threshold 0), and synapses that learn."""
    routes, first = machine.routes, machine.first_neuron
    own = np.searchsorted(first, routes.source, side="right") - 1
    back = (routes.source < machine.n_neurons) & (routes.core <= own)
    if bool(back.any()) or any(_learns(core) for core in machine.cores):
        return None
    peak = np.zeros(machine.n_neurons + machine.n_inputs, dtype=np.int64)
    peak[machine.n_neurons :] = most_inputs
    total = 0
    for k, core in enumerate(machine.cores):
        sent = np.zeros(core.n_rows, dtype=np.int64)
        here = routes.core == k
        np.add.at(sent, routes.row[here], peak[routes.source[here]])
        answer = machine.answered[first[k] : first[k + 1]]
        firing = _most_firing(core, chip, sent, machine.leaks, answer)
        if firing is None:
            return None
        queued = int(firing.sum()) if core.closed_loop else 0
        peak[first[k] : first[k + 1]] = firing
        host, answers = int(sent.sum()), int(firing[answer > 0].sum())
        args = (
            np.array(v) for v in (host + answers, host + queued, machine.leaks, answers, int(firing.sum()))
        )
        total += int(clocks(chip, core, *args))
    return total


def _learns(core: EventCore) -> bool:
    return bool(core.params.get("calcium_enable", np.zeros(1)).any())


def _most_firing(
    core: EventCore, chip: OdinChip, sent: np.ndarray, leaks: int, answer: np.ndarray
) -> np.ndarray | None:
    """(N,) spikes of each neuron that reach the output in a step with `sent` events on each row; None for a ring.

    A spike takes the threshold off, less what its own row or the host's `answer` (N,) gives back at once."""
    n = core.n_neurons
    adds = np.maximum(core.delivered.astype(np.int64), 0)
    threshold = core.params["threshold"].astype(np.int64)
    rest = np.maximum(threshold - 1, 0)
    highest = np.maximum(rest, core.initial["v"])
    rises = leaks * core.params["leak"] * (chip.ranges.state[0] < 0)
    heard = (np.arange(n) < scanned(core)) & (threshold <= chip.ranges.firing[1])
    heard &= core.params["disable"] == 0
    inner = np.zeros((n, n), dtype=np.int64)
    if core.closed_loop:
        if bool((threshold[heard] == 0).any()):
            return None
        inner = adds[:n] * heard[:, None]
    own = np.diagonal(inner).copy()
    np.fill_diagonal(inner, 0)
    taken = np.maximum(threshold, 1) - own - answer
    if bool((taken[heard] <= 0).any()):
        return None
    taken = np.maximum(taken, 1)
    gain, at_every_event = sent @ adds, int(sent.sum()) + leaks
    firing, waiting = np.zeros(n, dtype=np.int64), np.ones(n, dtype=bool)
    while waiting.any():
        ready = waiting & ~(inner[waiting] > 0).any(axis=0)
        if not ready.any():
            return None
        charge = (highest + gain + rises) // taken
        most = np.where(threshold > 0, charge, at_every_event)
        firing[ready & heard] = most[ready & heard]
        gain = gain + (firing * ready) @ inner
        waiting &= ~ready
    return firing
