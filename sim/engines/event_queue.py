"""Compiled loops of a crossbar's queue and of who is served next, for one number at a time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...targets.machines.crossbar_events import SETTLE, SETTLE_ALL
from ...targets.native.jit import ZERO, compiled
from .delivery.event import CUT, DROPS, MAX_QUEUE, CoreState, Crossbar


class Queue(NamedTuple):
    """Rows, or neurons where weight is not 0, in a ring; at: (2,) int64, the oldest entry and their number."""

    place: np.ndarray
    weight: np.ndarray
    at: np.ndarray


def new_queue(capacity: int) -> Queue:
    """Make an empty queue of a number of places."""
    return Queue(np.zeros(capacity, np.int64), np.zeros(capacity, np.int64), np.zeros(2, np.int64))


class Tasks(NamedTuple):
    """What the core is told, as in `Operations`; ends: (T,) operations that are done at the end of each step."""

    kind: np.ndarray
    first: np.ndarray
    second: np.ndarray
    waits: np.ndarray
    ends: np.ndarray


@compiled
def takes_input(kind: int, queue: Queue, capacity: int, turn: bool) -> bool:
    """Whether the waiting input is served before the queue."""
    if queue.at[1] == 0:
        return True
    return turn and queue.at[1] < capacity and kind != SETTLE and kind != SETTLE_ALL


@compiled
def record(
    step: int,
    done: int,
    ends: np.ndarray,
    state: CoreState,
    recorded: np.ndarray,
    work: np.ndarray,
    stats: np.ndarray,
) -> int:
    """Every step from `step` on that `done` operations complete; the first that they do not."""
    while step < ends.shape[0] and ends[step] <= done:
        for k in range(
            stats.shape[0]
        ):  # in loops: to compile what numba says of shapes that differ takes seconds
            work[step, k] = stats[k]
        for n in range(recorded.shape[2] if recorded.shape[0] else 0):
            recorded[step, 0, n] = state.v[n]
            if recorded.shape[1] > 1:
                recorded[step, 1, n] = state.calcium[n]
                recorded[step, 2, n] = state.counter[n]
        step += 1
    return step


@compiled
def push(queue: Queue, place: int, weight: int, stats: np.ndarray) -> None:
    """Queue an event; one that finds no place is counted and lost."""
    end = (queue.at[0] + queue.at[1]) % queue.place.shape[0]
    queue.place[end] = place
    queue.weight[end] = weight
    queue.at[1] += 1
    stats[MAX_QUEUE] = max(stats[MAX_QUEUE], queue.at[1])


@compiled
def pop(queue: Queue) -> None:
    """Take the oldest event off the queue."""
    queue.at[0] = (queue.at[0] + 1) % queue.place.shape[0]
    queue.at[1] -= 1


@compiled
def throw_away(bar: Crossbar, queue: Queue, counts: np.ndarray) -> None:
    """All of it; of each neuron its spikes are counted."""
    while queue.at[1] > 0:
        if bar.closed and queue.place[queue.at[0]] < counts.shape[1]:
            counts[CUT, queue.place[queue.at[0]]] += 1
        pop(queue)


@compiled
def announce(
    bar: Crossbar, queue: Queue, first: int, last: int, room: bool, fired: np.ndarray, counts: np.ndarray,
    stats: np.ndarray, out: np.ndarray, n: int,
) -> int:  # fmt: skip
    """Spikes of neurons first .. last, ascending, to the output and into the queue. `room`: whether a spike of this
    event may enter the queue, asked once for an event of one neuron, again and again for a scan."""
    for neuron in range(first, last + 1):
        if fired[neuron] == 0 or bar.hidden[neuron] != 0:
            continue
        if not bar.report_rows:
            out[n] = neuron
            n += 1
        if bar.closed:
            if room and queue.at[1] < bar.capacity:
                push(queue, neuron, ZERO, stats)
            else:
                counts[DROPS, neuron] += 1
    return n


@compiled
def larger(out: np.ndarray, size: int) -> np.ndarray:
    """Grow an array, doubled, until it has `size` elements; the same array where it has them."""
    if size <= out.shape[0]:
        return out
    grown = np.empty(2 * size, dtype=out.dtype)
    for k in range(out.shape[0]):
        grown[k] = out[k]
    return grown
