"""Measures what events in the place of sums did: spikes after a spike in one step, and a run with its rows shuffled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ....sim.compare import spikes_alike
from ....targets.machines.crossbar_events import EventMachine
from ...ir.fidelity_row import FidelityRow
from ...ir.stages import ChipRun
from .family_rules import ORDER, SEVERAL

SEED = 0


def measured(
    rows: Sequence[FidelityRow],
    machine: EventMachine,
    chip: ChipRun,
    rerun: Callable[[EventMachine], ChipRun],
) -> list[FidelityRow]:
    """Complete the rows of the fidelity table by what two runs of the chip show.

    The row on the order of events gets the F1 between the spikes of a run and of one with shuffled rows; the row on
    several spikes in a step gets the share of spikes that are not a neuron's first in their step."""
    f1 = spikes_alike(chip.run.spikes, rerun(shuffled(machine)).run.spikes).f1
    against = "no spikes" if f1 is None else f"F1 {f1:.4f} of all spikes"
    effects = {
        ORDER: f"rows shuffled: {against} against this order",
        SEVERAL: f"{_after_the_first(chip.run.spikes):.1%} of all spikes are not their neuron's first in a step",
    }
    return [replace(row, effect=effects[row.feature]) if row.feature in effects else row for row in rows]


def _after_the_first(spikes: np.ndarray) -> float:
    total = int(spikes.sum())
    return 1.0 - np.count_nonzero(spikes) / total if total else 0.0


def shuffled(machine: EventMachine) -> EventMachine:
    """Shuffle the rows of each chip, in the same way for the same machine; where rows come behind the leaks, these and
    the first row, which lowers what they raise, stay where they are."""
    random = np.random.default_rng(SEED)
    orders = zip(machine.row_order, machine.behind_leaks, strict=True)
    return replace(machine, row_order=tuple(_order(order, behind, random) for order, behind in orders))


def _order(order: np.ndarray, behind: int, random: np.random.Generator) -> np.ndarray:
    if not behind:
        return random.permutation(order)
    return np.concatenate([order[:1], random.permutation(order[1:-behind]), order[-behind:]])
