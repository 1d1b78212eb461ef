"""Runs samples on a configured core and writes the bench that plays them on the public sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ....sim.engines.ordered import simulate_ordered
from ....sim.engines.synapse_list import Run
from ....targets.reckon.configuration import ReckonConfiguration, machine
from ....targets.reckon.model import ReckonChip
from ....targets.reckon.vectors import vectors


def bench_files(
    c: ReckonConfiguration, chip: ReckonChip, events: np.ndarray, samples: Sequence[int]
) -> Mapping[str, bytes]:
    """The files of a bench. events: (T, B, inputs). One tick follows, without events, in which the last spikes come
    out."""
    made = machine(c)
    told = made.in_ticks(events)
    told, made = np.concatenate([told, np.zeros_like(told[:1])]), made.by_tick
    run = simulate_ordered(made, chip.neuron, told, states=True, engine="auto")
    n = c.neurons
    return vectors(
        c,
        chip,
        told,
        run.spikes[:, :, :n],
        run.states["u"][:, :, :n],
        run.states["v"][:, :, n:],
        samples,
    )


def ticks_of_run(
    c: ReckonConfiguration, chip: ReckonChip, run: Run, events: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The events (ticks, B, rows) and spikes (ticks, B, neurons ..) of a run, tick by tick; where a step has several,
    the run does not tell, and the core is run again."""
    made = machine(c)
    told = made.in_ticks(events)
    if c.ticks == 1:
        return told, run.spikes
    return told, simulate_ordered(made.by_tick, chip.neuron, told, engine="auto").spikes
