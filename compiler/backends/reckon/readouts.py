"""Quantises read-outs: populations that never spike, whose membranes leave the chip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ....sim.diagnostic import Diagnostic, error
from ....sim.nir.path import shown, stored_at
from ....targets.reckon.model import ReckonChip
from ....targets.reckon.neuron import HIGH, READOUT_BITS
from ...ir.timed_network import TimedNetwork, TimedPopulation
from .lower import Lowered, is_silent

ONE = 1 << READOUT_BITS


@dataclass(frozen=True, kw_only=True)
class Readouts:
    """names: of populations that become read-outs. kappa: what all keep a step, over 128. shift: of their weights.
    units: of each population, integers in one unit of its membrane."""

    names: tuple[str, ...]
    kappa: int
    shift: int
    units: dict[str, float]


def choose_readouts(timed: TimedNetwork, lowered: Lowered, chip: ReckonChip) -> Readouts:
    """One kappa nearest to all decays, the largest shift at which no read-out can saturate, weights as fine as they
    go."""
    silent = [p for _, p in sorted(timed.populations.items()) if is_silent(p)]
    if not silent:
        return Readouts(names=(), kappa=ONE, shift=0, units={})
    betas = np.concatenate([p.neuron.beta for p in silent])
    low, high = chip.ranges.kappa
    kappa = int(np.clip(np.rint(float(betas.mean()) * ONE), max(1, low), high))
    most = min(chip.ranges.weight[1], -chip.ranges.weight[0])
    codes: dict[str, float] = {}
    reached = 0.0
    for p in silent:
        largest, sums = _arriving(lowered, p)
        codes[p.name] = most / largest if largest > 0 else 1.0
        reached = max(reached, float(sums.max(initial=0.0)) * codes[p.name])
    lost = 1.0 - kappa / ONE
    shift = chip.ranges.weight_shift[0]
    while lost > 0 and shift < chip.ranges.weight_shift[1]:
        if (reached * (1 << shift + 1) + 1.0) / lost > HIGH:
            break
        shift += 1
    return Readouts(
        names=tuple(p.name for p in silent),
        kappa=kappa,
        shift=shift,
        units={name: code * (1 << shift) for name, code in codes.items()},
    )


def _arriving(lowered: Lowered, population: TimedPopulation) -> tuple[float, np.ndarray]:
    """The largest weight onto a population, and the largest sum of a sign onto each of its neurons."""
    up, down, largest = np.zeros(population.size), np.zeros(population.size), 0.0
    for link in lowered.into(population.name):
        np.add.at(up, link.rows, np.maximum(link.weights, 0.0))
        np.add.at(down, link.rows, np.maximum(-link.weights, 0.0))
        largest = max(largest, float(np.abs(link.weights).max(initial=0.0)))
    return largest, np.maximum(up, down)


def mixed(timed: TimedNetwork, readouts: Readouts, title: str) -> list[Diagnostic]:
    """Report Outputs that ask for spikes beside those that ask for membranes (SPK1036)."""
    spiking = _read(timed, [name for name in timed.populations if name not in readouts.names])
    if not readouts.names or not spiking:
        return []
    message = (
        f"{shown(spiking[0])} is read by its spikes, and {shown(readouts.names[0])} by its membranes; the read-outs of "
        f"{title} keep one share of themselves a step, and carry either"
    )
    return [
        error(
            "SPK1036", message, where=stored_at(spiking[0]), hint="let every Output read spikes, or membranes"
        )
    ]


def _read(timed: TimedNetwork, names: Sequence[str]) -> list[str]:
    read = {name for of in timed.outputs.values() for name in of}
    return sorted(read & set(names))
