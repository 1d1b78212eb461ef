"""Finds scales at which nothing is rounded, for neurons whose numbers lie on the chip's grid already."""

from __future__ import annotations

import numpy as np

from ..shared.common_step import count_of_steps
from .stages import Stage

UNHEARD = 1 << 12
"""Integers in the largest number of a neuron that no weight limits."""


def exact_units(stages: tuple[Stage, ...], most: int, channels: int) -> np.ndarray:
    """(n,) integers in one unit of the float membrane at which weights, constants, threshold, floor and first membrane
    are whole; 0 where there are none. most: of a weight. channels: into so many parts neurons are split that have one
    unit each; as many as neurons where they have one of their own."""
    first, last = stages[0], stages[-1]
    if len(stages) > 1 or last.neuron.theta is None or last.decays.chip_steps > 1:
        return np.zeros(last.size)
    size = last.size // max(1, channels)
    leaky = np.bincount(np.arange(last.size) // max(1, size), last.decays.kept != 1.0, channels)
    if leaky.all():
        return np.zeros(last.size)
    weights = _by_part(first, size)
    zero = np.zeros(last.size)
    others = np.stack(
        [
            last.neuron.theta,
            *(zero if some is None else some for some in (last.neuron.v_min, last.neuron.v_start)),
            *last.constants.values(),
        ]
    )
    found = np.zeros(channels)
    for part in np.flatnonzero(leaky == 0).tolist():
        mine = slice(part * size, (part + 1) * size)
        values, limit = weights.get(part), most
        if values is None:
            values, limit = others[:, mine][others[:, mine] != 0], UNHEARD
        steps = count_of_steps(values, limit, np.unique(others[:, mine]))
        found[part] = steps / float(np.abs(values).max()) if steps else 0.0
    return np.repeat(found, size)


def _by_part(stage: Stage, size: int) -> dict[int, np.ndarray]:
    """Part -> the different weights onto its neurons, none 0."""
    if not stage.links:
        return {}
    part = np.concatenate([link.by_source[1] for link in stage.links]) // size
    weight = np.abs(np.concatenate([link.by_source[2] for link in stage.links]))
    order = np.lexsort((weight, part))
    part, weight = part[order], weight[order]
    new = np.ones(part.size, dtype=np.bool_)
    new[1:] = (part[1:] != part[:-1]) | (weight[1:] != weight[:-1])
    part, weight = part[new], weight[new]
    edges = np.flatnonzero(np.diff(part, prepend=-1))
    return dict(zip(part[edges].tolist(), np.split(weight, edges[1:]), strict=True)) if part.size else {}
