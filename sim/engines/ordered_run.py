"""What a run of a machine whose sums depend on order is given, and what it makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ...targets.machines.ordered import OrderedMachine
from .synapse_list import Run

ACCUMULATOR_SATURATIONS = "accumulator_saturations"

Sample: TypeAlias = Callable[[int, np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Runs some steps of a sample: its number, (T, rows) uint8 what each input row brings, (1 + T, N) uint8 spikes, of
which the first are those of the step before and the others are written. Returns (states, T or 0, N) int32 what is
recorded, and (1 + counters, N) int64 what is counted."""


@dataclass(frozen=True, kw_only=True)
class OrderedRun(Run):
    """As `Run`; spikes are counts. event_clips: (n_inputs,) int64 events above what the chip takes in a step."""

    event_clips: np.ndarray


def check_events(machine: OrderedMachine, events: np.ndarray) -> None:
    """Raise ValueError for events of another shape or type than an ordered machine takes."""
    if events.ndim != 3 or events.shape[2] != machine.n_inputs or events.dtype != np.uint8:
        raise ValueError(f"events must be (T, B, {machine.n_inputs}) uint8")
