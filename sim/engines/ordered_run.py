"""What a run of a machine whose sums depend on order is given, and what it makes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...targets.machines.ordered import OrderedMachine
from .synapse_list import Run

ACCUMULATOR_SATURATIONS = "accumulator_saturations"


@dataclass(frozen=True, kw_only=True)
class OrderedRun(Run):
    """As `Run`; spikes are counts. event_clips: (n_inputs,) int64 events above what the chip takes in a step."""

    event_clips: np.ndarray


def check_events(machine: OrderedMachine, events: np.ndarray) -> None:
    """Raise ValueError for events of another shape or type than an ordered machine takes."""
    if events.ndim != 3 or events.shape[2] != machine.n_inputs or events.dtype != np.uint8:
        raise ValueError(f"events must be (T, B, {machine.n_inputs}) uint8")
