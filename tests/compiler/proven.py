"""What holds of every placed network, whatever its family: the words are the network, and run as the machine without
limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

import numpy as np
from spikec.compiler.ir.stages import StaticVerdict
from spikec.targets.configuration import Symbols

STEPS, BATCH, RATE = 25, 2, 0.3
Pair = tuple[np.ndarray, np.ndarray]
"""Indices of the same neurons on the chip and in the machine without limits."""


class Ran(Protocol):
    """A run of either machine: (T, B, neurons) arrays."""

    @property
    def spikes(self) -> np.ndarray: ...

    @property
    def states(self) -> Mapping[str, np.ndarray]: ...


def drawn(seed: int, n_inputs: int) -> np.ndarray:
    """Random spikes for both machines, (T, B, inputs) uint8."""
    return (np.random.default_rng(seed).random((STEPS, BATCH, n_inputs)) < RATE).astype(np.uint8)


def pairs(placed: Symbols, free: Symbols) -> list[Pair]:
    """The neurons of the network, population by population, and their copies."""
    places = {p.name: p.machine_index for p in free.populations}
    assert [p.name for p in placed.populations] == [p.name for p in free.populations]
    found = [(p.machine_index, places[p.name]) for p in placed.populations]
    copies = [c for c in placed.copies if c.role == "copy"]
    return [*found, *((c.machine_index, places[c.population][c.neuron]) for c in copies)]


def assert_proven(
    broken: Iterable[object], verdict: StaticVerdict, placed: Ran, free: Ran, same: Iterable[Pair]
) -> int:
    """No limit is broken, no word is wrong, and spikes and states of the `same` neurons are equal, step by step.

    The number of spikes of the machine without limits."""
    assert list(broken) == []
    assert verdict.identical, verdict.findings
    for ours, wanted in same:
        np.testing.assert_array_equal(placed.spikes[:, :, ours], free.spikes[:, :, wanted])
        for state in free.states:
            np.testing.assert_array_equal(
                placed.states[state][:, :, ours], free.states[state][:, :, wanted], state
            )
    return int(free.spikes.sum())
