"""Lets neurons fire in the last tick of a step alone, where a step is several.

With the events of a step, in its first tick, the host takes more off all membranes than can bring one to its threshold;
in the last tick it brings back what decays have left of that. In between membranes only decay. So a spike comes from
what is left of what arrived, and its threshold is as much lower; what it takes off is a synapse onto itself (`resets`).
Each tick rounds membranes down, by half an integer on average, which the gate brings back as well.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ....targets.machines.synapse_rows import as_rows
from ....targets.reckon.neuron import ONE
from ...ir.quantized import QuantizedInput, ShiftedProjection
from ...ir.timed_network import TimedPopulation
from .lower import Lowered
from .synapses import shared_out
from .ticks import Ticks

CLOSES, OPENS = "gate@first", "gate@last"
"""Names of inputs: for the first tick of a step and for the last."""
DEVIATIONS = 3.0
LEAST_LOST = 1.0 / 64
"""In a step, as far as a gate takes it into account."""
TRIED = 128
"""Amounts that are looked at, for one whose rest is nearest to whole."""


def held_back(lowered: Lowered, population: TimedPopulation, taken: np.ndarray) -> np.ndarray:
    """(n,) what a gate takes off membranes, where there is room, in their own unit: the most that they come to where
    half of the sources spike and `DEVIATIONS` more, once from below the threshold, or in every step. taken: (n,) what a
    spike takes off."""
    n = population.size
    up, mean, squares, always = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    for link in lowered.into(population.name):
        if link.source in lowered.onset:
            np.add.at(always, link.rows, link.weights)
            continue
        np.add.at(up, link.rows, np.maximum(link.weights, 0.0))
        np.add.at(mean, link.rows, link.weights / 2)
        np.add.at(squares, link.rows, link.weights**2)
    chance = DEVIATIONS / 2 * np.sqrt(squares)
    once = np.minimum(up, up / 2 + chance) + np.maximum(always, 0.0)
    each = mean + always - taken
    lost = np.maximum(1.0 - population.neuron.beta, LEAST_LOST)
    for_long = np.where(each > 0, each / lost + chance / np.sqrt(lost), 0.0)
    return population.thresholds + np.maximum(once, for_long)


def gate_ports(ticks: Ticks) -> list[QuantizedInput]:
    """What the host sends in every step, at its first and its last tick."""
    names = (CLOSES, OPENS) if ticks.gated else ()
    return [QuantizedInput(name=name, shape=(1,), constant=True, onset_step=0) for name in names]


def gates_onto(
    alpha: Mapping[str, np.ndarray], held: Mapping[str, np.ndarray], ticks: Ticks, shift: int, most: int
) -> list[ShiftedProjection]:
    """The synapses of the gate onto all neurons. By population: alpha, (n,) codes, and held, (n,) integers that the
    gate should take off. shift, most: of the weights of inputs."""
    found: list[ShiftedProjection] = []
    for post in held if ticks.gated else ():
        off, back = _codes(alpha[post], held[post], ticks, shift, most)
        neurons = np.arange(off.size)
        for pre, code in ((CLOSES, -off), (OPENS, back)):
            for row, part in enumerate(shared_out(code, ticks.gate_rows)):
                kept = part != 0
                if kept.any():
                    synapses = as_rows(np.zeros_like(neurons[kept]), neurons[kept], part[kept])
                    found.append(
                        ShiftedProjection(pre=pre, post=post, synapses=synapses, shift=shift, row=row)
                    )
    return found


def _codes(
    alpha: np.ndarray, held: np.ndarray, ticks: Ticks, shift: int, most: int
) -> tuple[np.ndarray, np.ndarray]:
    """(n,) int64 codes, all rows of a gate together: what it takes off in the first tick, and brings back in the
    last."""
    largest = np.clip(np.ceil(held / (1 << shift)), 1, most * ticks.gate_rows)
    off = np.maximum(largest[:, None] - np.arange(TRIED), 1.0)
    back = off * ticks.left(alpha)[:, None] + (lost(alpha, ticks) / (1 << shift))[:, None]
    chosen = np.arange(alpha.size), np.abs(back - np.rint(back)).argmin(axis=1)
    return off[chosen].astype(np.int64), np.rint(back[chosen]).astype(np.int64)


def lost(alpha: np.ndarray, ticks: Ticks) -> np.ndarray:
    """(n,) what rounding down takes off a membrane in a step, as its last tick sees it: half an integer a tick. alpha:
    (n,) codes."""
    kept = alpha / ONE
    each = np.arange(ticks.of_step)
    total = (kept[:, None] ** each).sum(axis=1) / 2
    return np.where(alpha == ONE, 0.0, total)
