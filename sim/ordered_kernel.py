"""The compiled loop of a machine whose sums depend on order: deliver, update, step after step, one sample."""

from __future__ import annotations

from functools import cache
from types import ModuleType
from typing import Any

from .delivery.ordered import Table
from .jit import SCALARS, compiled


@compiled
def deliver(turn: int, count: int, free: Table, clipped: Table, bounds: Any, held: Any, counts: Any) -> None:
    """Add `count` spikes of one source to the accumulators in held (N, S)."""
    flat, width = held.reshape(-1), held.shape[1]
    for k in range(free.first[turn], free.first[turn + 1]):
        flat[free.accumulator[k]] += count * free.weight[k]
    for k in range(clipped.first[turn], clipped.first[turn + 1]):
        place = clipped.accumulator[k]
        exact = flat[place] + count * clipped.weight[k]
        flat[place] = min(max(exact, bounds[0]), bounds[1])
        if flat[place] != exact:
            counts[place // width, 0] += 1


@compiled
def deliver_step(
    events: Any, before: Any, free: Table, clipped: Table, bounds: Any, held: Any, counts: Any
) -> None:
    """All inputs of this step, ascending, then all neurons that spiked in the step before, ascending."""
    inputs = events.shape[0]
    for source in range(inputs):
        if events[source]:
            deliver(source, events[source], free, clipped, bounds, held, counts)
    for source in range(before.shape[0]):
        if before[source]:
            deliver(inputs + source, before[source], free, clipped, bounds, held, counts)


@compiled
def keep(held: Any, recorded: Any) -> None:
    """recorded[:] = held, which compiles ten times faster as a loop."""
    for j in range(held.shape[0]):
        for k in range(held.shape[1]):
            recorded[j, k] = held[j, k]


@cache
def kernel(module: ModuleType, variant: tuple[tuple[str, bool], ...]) -> Any:
    """The loop with the step of `module.arithmetic(..., **variant)`:
    (events (T, E) uint8, free, clipped, (low, high), alias (N,), limits (N,), p (N, P), held (N, S),
    spikes (1 + T, N) uint8, recorded (T or 0, N, S), counts (N, 1 + counters)) -> None.
    spikes[0] are those of the step before the first; held, the other spikes, recorded and counts are written."""
    update = _update(module.arithmetic(SCALARS, compiled, **dict(variant)).step, len(module.COUNTERS))

    @compiled
    def run(
        events: Any, free: Table, clipped: Table, bounds: Any, alias: Any, limits: Any, p: Any, held: Any,
        spikes: Any, recorded: Any, counts: Any,
    ) -> None:  # fmt: skip
        for t in range(events.shape[0]):
            deliver_step(events[t], spikes[t], free, clipped, bounds, held, counts)
            update(alias, limits, p, held, spikes[t + 1], counts)
            if recorded.shape[0]:
                keep(held, recorded[t])

    return run


def _update(step: Any, n_counters: int) -> Any:
    """All neurons, ascending. `fired` (N,) starts at 0 and collects own spikes and copies; an alias to a neuron
    that has already had its turn still arrives there, but is not copied on."""

    @compiled
    def update(alias: Any, limits: Any, p: Any, held: Any, fired: Any, counts: Any) -> None:
        for j in range(held.shape[0]):
            after, fired[j], noted = step(p[j], held[j], fired[j])
            for k in range(held.shape[1]):
                held[j, k] = after[k]
            for k in range(n_counters):
                counts[j, 1 + k] += noted[k]
            target = alias[j]
            if target >= 0:
                fired[target] = min(int(fired[target]) + int(fired[j]), limits[target])

    return update
