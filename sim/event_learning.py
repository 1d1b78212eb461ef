"""What events do to synapses that learn, and to what neurons remember of their spikes. Compiled."""

from __future__ import annotations

from types import ModuleType
from typing import Any, NamedTuple

from .delivery.event import RULE, Crossbar, Held
from .jit import SCALARS, compiled

ENABLE, MEMBRANE, THETA1, THETA2, THETA3, PERIOD = range(len(RULE))


class Hooks(NamedTuple):
    """refresh(bar, held, fired, first, last, leaks): after an event of neurons first .. last. learn(bar, held, row,
    first, last): after a spike on a row, before `refresh`. settle(bar, held, row)."""

    refresh: Any
    learn: Any
    settle: Any


def rule_of(module: ModuleType) -> Hooks:
    """Of a chip whose synapses learn."""
    rule = module.learning(SCALARS, compiled)
    refresh = _refresh(rule.calcium, rule.direction)
    learn, settle = _changes(rule.learn, rule.settle)
    return Hooks(refresh, learn, settle)


def _refresh(calcium: Any, direction: Any) -> Any:
    @compiled
    def refresh(bar: Crossbar, held: Held, fired: Any, first: int, last: int, leaks: bool) -> None:
        r = bar.rule
        for n in range(first, last + 1):
            level, counter = calcium(
                held.calcium[n], held.counter[n], int(fired[n]), int(leaks), r[ENABLE, n], r[PERIOD, n]
            )
            held.calcium[n], held.counter[n] = level, counter
            held.direction[n] = direction(
                held.v[n], level, r[ENABLE, n], r[MEMBRANE, n], r[THETA1, n], r[THETA2, n], r[THETA3, n]
            )

    return refresh


def _changes(learned: Any, settled: Any) -> tuple[Any, Any]:
    @compiled
    def change(bar: Crossbar, held: Held, row: int, n: int, weight: int) -> None:
        held.strength[row, n] = weight
        if bar.mapped[row, n] != 0 or bar.unmapped_deliver:
            held.delivered[row, n] = bar.sign[row] * weight

    @compiled
    def learn(bar: Crossbar, held: Held, row: int, first: int, last: int) -> None:
        for n in range(first, last + 1):
            if held.direction[n] != 0 and (bar.mapped[row, n] != 0 or bar.unmapped_learn):
                change(bar, held, row, n, learned(int(held.strength[row, n]), held.direction[n]))

    @compiled
    def settle(bar: Crossbar, held: Held, row: int) -> None:
        for n in range(held.v.shape[0]):
            if bar.mapped[row, n] != 0 or bar.unmapped_learn:
                change(bar, held, row, n, settled(int(held.strength[row, n])))

    return learn, settle


def no_rule() -> Hooks:
    """Of chips, and of cores, that learn nothing."""

    @compiled
    def refresh(bar: Crossbar, held: Held, fired: Any, first: int, last: int, leaks: bool) -> None:
        return

    @compiled
    def learn(bar: Crossbar, held: Held, row: int, first: int, last: int) -> None:
        return

    @compiled
    def settle(bar: Crossbar, held: Held, row: int) -> None:
        return

    return Hooks(refresh, learn, settle)
