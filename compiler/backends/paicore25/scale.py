"""Chooses integers in one unit of the float membrane, of each neuron by itself, as large as its weights can be stored.

Every neuron has a threshold, a constant and a reset of its own, so each may count in a unit of its own; only
potentials that leave the chip, or pass from stage to stage, keep to one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .exact_units import UNHEARD, exact_units
from .stages import Stage, part_names

ROOM = float(1 << 30)
"""Of 32 bits: what a membrane starts from, and what arrives in a step, must not pass the end together."""
MOST_BIAS = (1 << 19) - 1
MOST_RESET = (1 << 15) - 1


@dataclass(frozen=True, kw_only=True)
class WeightForm:
    """How weights are stored. bits: of one. wide: as two, the high one worth 2**bits of the low one."""

    bits: int
    wide: bool

    @property
    def most(self) -> int:
        """The largest stored weight whose negative can be stored as well."""
        return (1 << (self.bits - 1)) - 1

    @property
    def largest(self) -> int:
        """The largest weight whose negative can be stored as well."""
        return (self.most << self.bits) + self.most if self.wide else self.most


def parts_of(stage: Stage, form: WeightForm) -> dict[str, np.ndarray]:
    """The stages that take what a stage hears and send it on as potentials: name -> (n,) bits by which they shift it
    up. None where it hears by itself: neurons that add potentials do not."""
    shift = np.broadcast_to(stage.shift, stage.size)
    high, low = part_names(stage.name)
    if not stage.hears or not (form.wide or stage.adds):
        return {}
    return {high: shift + form.bits, low: shift} if form.wide else {low: shift}


def taken_off(stage: Stage) -> np.ndarray:
    """(n,) float64 what a spike takes off the membrane before it decays; 0 where it does nothing of the kind."""
    neuron, kept = stage.neuron, stage.decays.kept
    if neuron.theta is None or neuron.reset != "subtract":
        return np.zeros(stage.size)
    return neuron.theta * stage.gain * stage.takes / (kept if neuron.reset_after_decay else 1.0)


def own_level(stage: Stage) -> np.ndarray:
    """(n,) float64 at which the membrane rests, so that what a reset takes off may differ from the threshold."""
    taken, theta = taken_off(stage), stage.neuron.theta
    return taken - theta if theta is not None and taken.any() else taken


def late_constants(stage: Stage) -> dict[int, np.ndarray]:
    """What the host has to send in every step from one on, step -> (n,): all constants where a step takes several chip
    steps, as the chip's own would act in each of them; else those that do not start at once."""
    at_once = stage.decays.chip_steps == 1
    return {
        step: vector
        for step, vector in sorted(stage.constants.items())
        if vector.any() and not (step == 0 and at_once)
    }


def own_constant(stage: Stage) -> np.ndarray:
    """(n,) float64 what the chip's neurons add by themselves in every chip step: where these are several, only what the
    host's spikes do not reach."""
    none = np.zeros(stage.size)
    return stage.constants.get(0, none) if stage.decays.chip_steps == 1 or not stage.hears else none


def units_of(
    stages: tuple[Stage, ...], form: WeightForm, gain: float, *, is_map: bool, copies: int = 1
) -> np.ndarray:
    """(n,) float64 integers in one unit, the same in all stages of a population.

    gain: by which they are larger than weights have room for, which are then cut off. is_map: neurons of a channel have
    one, as they share a kernel. copies: events that the host sends for each of an input."""
    first, last = stages[0], stages[-1]
    peak = np.zeros(first.size)
    for stage in (stage for stage in stages if stage.hears):
        worth = 2.0 ** -np.broadcast_to(stage.shift, stage.size)
        for link in stage.links:
            largest = abs(link.weights).max(axis=1).toarray().reshape(-1)
            peak = np.maximum(peak, largest * worth / (copies if link.from_input else 1))
        for vector in late_constants(stage).values():
            peak = np.maximum(peak, np.abs(vector) * worth / copies)
    theta = np.ones(last.size) if last.neuron.theta is None else np.abs(last.neuron.theta)
    highest = theta + np.abs(own_level(last))
    with np.errstate(divide="ignore"):
        units = np.where(peak > 0, gain * form.largest / peak, UNHEARD / np.maximum(theta, 1e-9))
        units = np.minimum(units, ROOM / np.maximum(highest, 1e-30))
        for stage in stages:
            units = np.minimum(units, MOST_BIAS / np.maximum(np.abs(own_constant(stage)), 1e-30))
            units = np.minimum(units, MOST_RESET / 2 / np.maximum(np.abs(own_level(stage)), 1e-30))
    if is_map and units.size:
        channels = units.reshape(first.shape[0], -1)
        units = np.broadcast_to(channels.min(axis=1, keepdims=True), channels.shape).reshape(-1).copy()
    exact = exact_units(stages, form.largest, first.shape[0] if is_map else first.size)
    if gain == 1.0:
        units = np.where((exact > 0) & (exact <= units * (1 + 1e-9)), exact, units)
    if last.neuron.theta is None and units.size:
        return np.broadcast_to((units * last.worth).min() / last.worth, first.size).copy()
    return units
