"""Runs a machine of crossbar cores on a grid, tick by tick. All integers.

An axon holds one bit a tick: arrivals are counted until they are read, and every one past the first is counted as
merged. The chip enters only through its arithmetic; the engine knows no chip.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...targets.arrays import SummedArithmetic
from ...targets.machines.crossbar_grid import GridMachine
from .choice import Span, SumEngine, demand_jax, is_small, sum_engine, whole
from .grid_table import grid_table
from .provenance import Manner, Provenance, undivided
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
    same bit for bit. devices: of JAX, for the engine jax. Raises ValueError for other events,
    and for devices of another engine."""
    events = binary_events(events, machine.n_inputs)
    run = start_grid(machine, arithmetic, whole(events), states=states, engine=engine, devices=devices)
    return run(events)


def start_grid(
    machine: GridMachine,
    arithmetic: SummedArithmetic,
    span: Span,
    *,
    states: bool = False,
    engine: SumEngine = "auto",
    devices: int = 1,
) -> Callable[[np.ndarray], GridRun]:
    """Begin a run of `simulate_grid` that is handed its events some steps at a time."""
    chosen = sum_engine(engine, small=is_small(span.steps, 2 * span.batch * machine.n_neurons))
    demand_jax(chosen, devices)
    table = grid_table(machine)
    if chosen == "numpy":
        from . import grid_in_numpy

        some_steps = grid_in_numpy.start(arithmetic, machine, table, span.batch, states=states)
    elif chosen == "events":
        from . import grid_by_event

        some_steps = grid_by_event.start(arithmetic, machine, table, span, states=states)
    else:
        from . import grid_in_jax
        from .kept_code import keeping

        some_steps = keeping(
            grid_in_jax.start(arithmetic, machine, table, span, states=states, devices=devices)
        )

    manner: Manner = "product" if chosen == "jax" else "rows"

    def advance(events: np.ndarray) -> GridRun:
        spikes, recorded, counters = some_steps(binary_events(events, machine.n_inputs))
        return GridRun(
            spikes=spikes,
            states={"v": recorded} if states else {},
            counters={name: counters[name] for name in sorted(counters)},
            provenance=Provenance(
                engine=chosen,
                devices=devices,
                steps=len(events),
                batch=span.batch,
                delivered=undivided(events, spikes, [manner], [manner]),
            ),
        )

    return advance
