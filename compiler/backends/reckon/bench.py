"""Runs samples on a configured core and writes the bench that plays them on the public sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ....sim.engines.ordered import simulate_ordered
from ....targets.reckon.configuration import ReckonConfiguration, machine
from ....targets.reckon.model import ReckonChip
from ....targets.reckon.vectors import vectors


def bench_files(
    c: ReckonConfiguration, chip: ReckonChip, events: np.ndarray, samples: Sequence[int]
) -> Mapping[str, bytes]:
    """The files of a bench. events: (T, B, inputs). One step follows, without events, in which the last spikes come
    out."""
    made = machine(c)
    told = np.concatenate([events, np.zeros_like(events[:1])])
    run = simulate_ordered(made, chip.neuron, told, states=True, engine="auto")
    n = c.neurons
    return vectors(
        c,
        chip,
        told[:, :, c.element],
        run.spikes[:, :, :n],
        run.states["u"][:, :, :n],
        run.states["v"][:, :, n:],
        samples,
    )
