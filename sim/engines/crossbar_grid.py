"""Runs a machine of crossbar cores on a grid, tick by tick. All integers.

An axon holds one bit a tick: arrivals are counted until they are read, and every one past the first is counted as
merged. The chip enters only through its arithmetic; the engine knows no chip.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...targets.arrays import SummedArithmetic
from ...targets.machines.crossbar_grid import GridMachine
from .choice import SumEngine, demand_jax, in_numpy, is_small
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
    engine: SumEngine = "auto",
    devices: int = 1,
) -> GridRun:
    """Run `machine` from its initial potentials on (T, B, n_inputs) uint8 events of 0 and 1, B independent samples.

    arithmetic: the chip's, with its width; it can be hashed. engine: the code that computes it; the result is the
    same bit for bit; there is none of events. devices: of JAX, for the engine jax. Raises ValueError for other events,
    and for devices of another engine."""
    events = binary_events(events, machine.n_inputs)
    steps, batch, _ = events.shape
    plain = in_numpy(engine, small=is_small(steps, 2 * batch * machine.n_neurons))
    demand_jax("numpy" if plain else "jax", devices)
    table = grid_table(machine)
    if plain:
        from . import grid_in_numpy

        found = grid_in_numpy.run(arithmetic, machine, table, events, states=states)
    else:
        from . import grid_in_jax
        from .kept_code import kept_code

        with kept_code():
            found = grid_in_jax.run(arithmetic, machine, table, events, states=states, devices=devices)
    spikes, recorded, counters = found
    return GridRun(
        spikes=spikes,
        states={"v": recorded} if states else {},
        counters={name: counters[name] for name in sorted(counters)},
    )
