"""The compiled loop of a crossbar with a queue: take an event, scan the neurons, queue what fires."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import NamedTuple

import numpy as np

from ...targets.machines.crossbar_events import (
    ADDS_NOTHING,
    LEAK,
    LEAK_ALL,
    LEAKS,
    SETTLE,
    SETTLE_ALL,
    SINGLE,
    SPIKE,
    VIRTUAL,
)
from ...targets.native.jit import NO, SCALARS, YES, ZERO, compiled
from .delivery.event import (
    CUT_EVENTS,
    CUT_WAITS,
    LEAK_EVENTS,
    ROW_EVENTS,
    SATURATIONS,
    SINGLE_EVENTS,
    CoreState,
    Crossbar,
)
from .event_learning import Hooks, no_rule, rule_of
from .event_queue import Queue, Tasks, announce, larger, pop, push, record, takes_input, throw_away


class Scans(NamedTuple):
    """deliver(bar, weights, v, fired, counts): all scanned neurons get their weight. leak(bar, first, last, v, fired).
    one(bar, v, neuron, weight, counts): one neuron does; a weight may be ADDS_NOTHING or LEAKS. Each tells whether
    a neuron fires."""

    deliver: Callable[[Crossbar, np.ndarray, np.ndarray, np.ndarray, np.ndarray], bool]
    leak: Callable[[Crossbar, int, int, np.ndarray, np.ndarray], bool]
    one: Callable[[Crossbar, np.ndarray, int, int, np.ndarray], bool]


@cache
def kernel(module: ModuleType, learning: bool) -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    """The loop with `module.arithmetic` and, if `learning`, its `learning` rule: see `_loop`."""
    hooks = rule_of(module) if learning else no_rule()
    scans = _scans(module)
    return _loop(_serve(_take(scans, hooks), _at_once(scans, hooks)))


def _scans(module: ModuleType) -> Scans:
    add, leak, finish = module.arithmetic(SCALARS, compiled)

    @compiled
    def deliver(
        bar: Crossbar, weights: np.ndarray, v: np.ndarray, fired: np.ndarray, counts: np.ndarray
    ) -> bool:
        any_fires = False
        for n in range(bar.last + 1):
            exact = v[n] + weights[n]
            after = add(v[n], weights[n])
            counts[SATURATIONS, n] += after != exact
            v[n], fires = finish(after, bar.threshold[n])
            fired[n] = fires
            any_fires |= fires
        return any_fires

    @compiled
    def leak_range(bar: Crossbar, first: int, last: int, v: np.ndarray, fired: np.ndarray) -> bool:
        any_fires = False
        for n in range(first, last + 1):
            v[n], fires = finish(leak(v[n], bar.leak[n]), bar.threshold[n])
            fired[n] = fires
            any_fires |= fires
        return any_fires

    @compiled
    def one(bar: Crossbar, v: np.ndarray, n: int, weight: int, counts: np.ndarray) -> bool:
        if weight == LEAKS:
            after = leak(v[n], bar.leak[n])
        else:
            added = ZERO if weight == ADDS_NOTHING else weight
            after = add(v[n], added)
            counts[SATURATIONS, n] += after != v[n] + added
        v[n], fires = finish(after, bar.threshold[n])
        return fires

    return Scans(deliver, leak_range, one)


def _take(scans: Scans, hooks: Hooks) -> Callable[..., int]:
    deliver, one = scans.deliver, scans.one
    refresh, learn = hooks.refresh, hooks.learn

    @compiled
    def take(
        bar: Crossbar,
        state: CoreState,
        queue: Queue,
        fired: np.ndarray,
        counts: np.ndarray,
        stats: np.ndarray,
        out: np.ndarray,
        n: int,
    ) -> int:
        """The oldest event of the queue. A spike keeps its place there until its scan is over, a virtual one gives
        it up before, having looked whether there was room."""
        place, weight = int(queue.place[queue.at[0]]), int(queue.weight[queue.at[0]])
        if weight != 0:
            stats[SINGLE_EVENTS] += 1
            room = queue.at[1] < bar.capacity
            pop(queue)
            fired[place] = one(bar, state.v, place, weight, counts)
            refresh(bar, state, fired, place, place, weight == LEAKS)
            return announce(bar, queue, place, place, room, fired, counts, stats, out, n)
        stats[ROW_EVENTS] += 1
        fires = deliver(bar, state.delivered[place], state.v, fired, counts)
        learn(bar, state, place, ZERO, bar.last)
        refresh(bar, state, fired, ZERO, bar.last, NO)
        if fires:
            n = announce(bar, queue, ZERO, bar.last, YES, fired, counts, stats, out, n)
        if bar.report_rows:
            out[n] = place
            n += 1
        pop(queue)
        return n

    return take


def _at_once(scans: Scans, hooks: Hooks) -> Callable[..., int]:
    leak, one = scans.leak, scans.one
    refresh, learn, settle = hooks.refresh, hooks.learn, hooks.settle

    @compiled
    def at_once(
        kind: int, first: int, second: int, bar: Crossbar, state: CoreState, queue: Queue, fired: np.ndarray,
        counts: np.ndarray, stats: np.ndarray, out: np.ndarray, n: int,
    ) -> int:  # fmt: skip
        """Operations that do not enter the queue."""
        if kind in (SETTLE, SETTLE_ALL):
            low, high = (ZERO, bar.sign.shape[0]) if kind == SETTLE_ALL else (first, first + 1)
            for row in range(low, high):
                settle(bar, state, row)
            return n
        stats[LEAK_EVENTS if kind == LEAK_ALL else SINGLE_EVENTS] += 1
        if kind == SINGLE:
            fired[second] = one(bar, state.v, second, int(state.delivered[first, second]), counts)
            if bar.single_learn:
                learn(bar, state, first, second, second)
            low, high = second, second
        else:
            low, high = (ZERO, bar.last) if kind == LEAK_ALL else (first, first)
            leak(bar, low, high, state.v, fired)
        refresh(bar, state, fired, low, high, kind in (LEAK, LEAK_ALL))
        return announce(bar, queue, low, high, YES, fired, counts, stats, out, n)

    return at_once


def _serve(take: Callable[..., int], at_once: Callable[..., int]) -> Callable[..., tuple[np.ndarray, int]]:
    """What the core does in one wait: outputs so far, and their number."""

    @compiled
    def serve(
        tasks: Tasks, done: int, last: int, eager: bool, most: int, bar: Crossbar, state: CoreState, queue: Queue,
        fired: np.ndarray, counts: np.ndarray, stats: np.ndarray, out: np.ndarray, n: int,
    ) -> tuple[np.ndarray, int]:  # fmt: skip
        """Operations done .. last, and the queue until it is empty."""
        taken, turn = ZERO, YES
        while done <= last or queue.at[1] > 0:
            out = larger(out, n + state.v.shape[0] + 1)
            if done <= last and takes_input(tasks.kind[done], queue, bar.capacity, turn or not eager):
                kind, first, second = tasks.kind[done], tasks.first[done], tasks.second[done]
                if kind in (SPIKE, VIRTUAL):
                    push(queue, first, second, stats)
                    taken -= 1  # what the host sends comes to an end by itself
                else:
                    n = at_once(kind, first, second, bar, state, queue, fired, counts, stats, out, n)
                turn = False
                done += 1
            elif taken < most:
                n = take(bar, state, queue, fired, counts, stats, out, n)
                taken += 1
                turn = True
            else:
                stats[CUT_WAITS] += 1
                stats[CUT_EVENTS] += queue.at[1]
                throw_away(bar, queue, counts)
                taken = 0
        return out, n

    return serve


def _loop(
    serve: Callable[..., tuple[np.ndarray, int]],
) -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    """(tasks, eager, most, bar, state, queue, recorded, work, counts, stats) -> (address (M,), operation (M,)):
    outputs in order, each with the number of the waited-for operation that closes its group.

    recorded: (T or 0, S, N) int32, the states at the end of each step; work: (T, STATS), `stats` then. eager: the
    core takes an input and an event of its queue in turn, else inputs as long as there is room. most: events
    taken from the queue in one wait, beyond those that the host sent; what is left then is thrown away. Behind each
    wait the host answers the spikes in it, and lets the core finish; what answers set off is not answered."""

    @compiled
    def run(
        tasks: Tasks, eager: bool, most: int, bar: Crossbar, state: CoreState, queue: Queue, recorded: np.ndarray,
        work: np.ndarray, counts: np.ndarray, stats: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
        fired = np.zeros(state.v.shape[0], dtype=np.uint8)
        out = np.empty(4096, dtype=np.int64)
        closing = np.empty(4096, dtype=np.int64)
        n, done, total = ZERO, ZERO, tasks.kind.shape[0]
        step = record(ZERO, ZERO, tasks.ends, state, recorded, work, stats)
        while done < total:
            last, start = done, n
            while not tasks.waits[last] and last + 1 < total:
                last += 1
            out, n = serve(tasks, done, last, eager, most, bar, state, queue, fired, counts, stats, out, n)
            for k in range(start, n if bar.answer.shape[0] else start):
                weight = int(bar.answer[out[k]])
                if weight != 0:
                    push(queue, int(out[k]), weight, stats)
                    out, n = serve(
                        tasks, last + 1, last, eager, most, bar, state, queue, fired, counts, stats, out, n
                    )
            closing = larger(closing, n)
            closing[start:n] = last
            done = last + 1
            step = record(step, done, tasks.ends, state, recorded, work, stats)
        return out[:n], closing[:n]

    return run
