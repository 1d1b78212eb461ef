"""Runs a machine of crossbar cores on a grid, tick by tick. All integers.

An axon holds one bit a tick: arrivals are counted until they are read, and every one past the first is counted as
merged. The chip enters only through its arithmetic; the engine knows no chip.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...targets.arrays import SummedArithmetic
from ...targets.machines.crossbar_grid import GridMachine
from .choice import Engine, in_numpy, is_small
from .grid_table import grid_table
from .synapse_list import Run, binary_events


@dataclass(frozen=True, kw_only=True)
class GridRun(Run):
    """As `Run`, with a counter more, `merged_arrivals`: (cores * axons,), core after core: spikes that met another one
    on their axon in their tick, and were lost."""


def simulate_grid(
    machine: GridMachine,
    arithmetic: SummedArithmetic,
    events: np.ndarray,
    *,
    states: bool = False,
    engine: Engine = "auto",
) -> GridRun:
    """Run `machine` from its initial potentials on (T, B, n_inputs) uint8 events of 0 and 1, B independent samples.

    arithmetic: the chip's, with its width; it can be hashed. engine: the code that computes it; the result is the
    same bit for bit. Raises ValueError for other events."""
    events = binary_events(events, machine.n_inputs)
    steps, batch, _ = events.shape
    if in_numpy(engine, small=is_small(steps, 2 * batch * machine.n_neurons)):
        from .grid_in_numpy import run
    else:
        from .grid_in_jax import run
    spikes, recorded, counters = run(arithmetic, machine, grid_table(machine), events, states=states)
    return GridRun(
        spikes=spikes,
        states={"v": recorded} if states else {},
        counters={name: counters[name] for name in sorted(counters)},
    )
