"""Compiled loops of what events do to synapses that learn, and to what neurons remember of their spikes."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import NamedTuple

import numpy as np

from ...targets.native.jit import SCALARS, compiled
from .delivery.event import RULE, CoreState, Crossbar

ENABLE, MEMBRANE, THETA1, THETA2, THETA3, PERIOD = range(len(RULE))


class Hooks(NamedTuple):
    """refresh(bar, state, fired, first, last, leaks): after an event of neurons first .. last. learn(bar, state, row,
    first, last): after a spike on a row, before `refresh`. settle(bar, state, row)."""

    refresh: Callable[[Crossbar, CoreState, np.ndarray, int, int, bool], None]
    learn: Callable[[Crossbar, CoreState, int, int, int], None]
    settle: Callable[[Crossbar, CoreState, int], None]


def rule_of(module: ModuleType) -> Hooks:
    """Of a chip whose synapses learn."""
    rule = module.learning(SCALARS, compiled)
    refresh = _refresh(rule.calcium, rule.direction)
    learn, settle = _changes(rule.learn, rule.settle)
    return Hooks(refresh, learn, settle)


def _refresh(
    calcium: Callable[..., tuple[int, int]], direction: Callable[..., int]
) -> Callable[[Crossbar, CoreState, np.ndarray, int, int, bool], None]:
    @compiled
    def refresh(
        bar: Crossbar, state: CoreState, fired: np.ndarray, first: int, last: int, leaks: bool
    ) -> None:
        r = bar.rule
        for n in range(first, last + 1):
            level, counter = calcium(
                state.calcium[n],
                state.counter[n],
                int(fired[n]),
                int(leaks),
                r[ENABLE, n],
                r[PERIOD, n],
            )
            state.calcium[n], state.counter[n] = level, counter
            state.direction[n] = direction(
                state.v[n], level, r[ENABLE, n], r[MEMBRANE, n], r[THETA1, n], r[THETA2, n], r[THETA3, n]
            )

    return refresh


def _changes(
    learned: Callable[[int, int], int], settled: Callable[[int], int]
) -> tuple[Callable[[Crossbar, CoreState, int, int, int], None], Callable[[Crossbar, CoreState, int], None]]:
    @compiled
    def change(bar: Crossbar, state: CoreState, row: int, n: int, weight: int) -> None:
        state.strength[row, n] = weight
        if bar.mapped[row, n] != 0 or bar.unmapped_deliver:
            state.delivered[row, n] = bar.sign[row] * weight

    @compiled
    def learn(bar: Crossbar, state: CoreState, row: int, first: int, last: int) -> None:
        for n in range(first, last + 1):
            if state.direction[n] != 0 and (bar.mapped[row, n] != 0 or bar.unmapped_learn):
                change(
                    bar,
                    state,
                    row,
                    n,
                    learned(int(state.strength[row, n]), state.direction[n]),
                )

    @compiled
    def settle(bar: Crossbar, state: CoreState, row: int) -> None:
        for n in range(state.v.shape[0]):
            if bar.mapped[row, n] != 0 or bar.unmapped_learn:
                change(bar, state, row, n, settled(int(state.strength[row, n])))

    return learn, settle


def no_rule() -> Hooks:
    """Of chips, and of cores, that learn nothing."""

    @compiled
    def refresh(
        bar: Crossbar, state: CoreState, fired: np.ndarray, first: int, last: int, leaks: bool
    ) -> None:
        return

    @compiled
    def learn(bar: Crossbar, state: CoreState, row: int, first: int, last: int) -> None:
        return

    @compiled
    def settle(bar: Crossbar, state: CoreState, row: int) -> None:
        return

    return Hooks(refresh, learn, settle)
