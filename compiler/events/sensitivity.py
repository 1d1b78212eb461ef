"""What the order of the rows decides: the chip's run beside one whose rows are shuffled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ...sim.compare import spikes_alike
from ...targets.configuration import Symbols
from ...targets.events import EventMachine
from ..passes.legalize import FidelityRow
from ..runs import ChipRun, run_chip
from .rules import ORDER

if TYPE_CHECKING:
    from ..prepare import Prepared

SEED = 0


def measured(
    prepared: Prepared,
    rows: Sequence[FidelityRow],
    machine: EventMachine,
    symbols: Symbols,
    inputs: Mapping[str, np.ndarray],
    chip: ChipRun,
) -> list[FidelityRow]:
    """`rows` with the F1 between both runs at the outputs, in that of the order. (No row, no run.)"""
    if all(row.feature != ORDER for row in rows):
        return list(rows)
    lag = prepared.quantized.network.max_lag_steps
    mixed: Any = shuffled(machine)
    other = run_chip(mixed, symbols, prepared.target, prepared.network, inputs, max_lag=lag)
    names = sorted(chip.outputs)
    a, b = (
        np.concatenate([run.outputs[n].reshape(*run.outputs[n].shape[:2], -1) for n in names], axis=2)
        for run in (chip, other)
    )
    text = f"rows shuffled: output F1 {spikes_alike(a, b).f1:.4f} against this order"
    return [replace(row, effect=text) if row.feature == ORDER else row for row in rows]


def shuffled(machine: EventMachine) -> EventMachine:
    """The rows of each chip in another order, the same for the same machine."""
    random = np.random.default_rng(SEED)
    return replace(machine, row_order=tuple(random.permutation(order) for order in machine.row_order))
