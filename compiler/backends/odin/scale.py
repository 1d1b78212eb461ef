"""Chooses how many steps of the chip each threshold is, so that the weights onto the neuron are rounded best."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np

from ....targets.odin.model import Ranges
from ...ir.timed_network import TimedPopulation

FRACTIONS = np.geomspace(0.35, 3.0, 72)
"""Thresholds that are tried, in parts of the largest that clips no weight."""
CONSTANT = 4.0
"""A constant acts in every step, a spike now and then: its error counts so much more."""
ON_GRID = 1e-9


@dataclass(frozen=True, kw_only=True)
class Scales:
    """The scale of each neuron of a population, (n,) each. threshold: int64; units: steps of the chip in 1.0 of the
    float membrane."""

    threshold: np.ndarray
    units: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Thresholds that may be chosen. most: (n,) int64 the largest. events: where what is beyond `above` has to be a sum
    of equal events, the largest of these; else 0."""

    most: np.ndarray
    events: int = 0
    above: int = 0

    def nearest(self, wanted: np.ndarray, low: int) -> np.ndarray:
        """(n,) int64: the nearest thresholds, at least `low`."""
        near = np.clip(np.rint(wanted), low, self.most).astype(np.int64)
        if not self.events:
            return near
        beyond, room = np.maximum(near - self.above, 1), self.most - self.above
        times = -(-beyond // self.events)
        equal = np.maximum(np.minimum(np.rint(beyond / times), room // times), 1).astype(np.int64)
        return self.above + equal * times


def choose(
    neurons: TimedPopulation,
    ranges: Ranges,
    gain: float = 1.0,
    factor: float = 1.0,
    grid: Grid | None = None,
) -> Scales:
    """Choose the thresholds of a population.

    gain: thresholds are tried around gain times those that clip nothing. factor: on the threshold that is then
    chosen. Both are what a calibration may ask for. grid: which thresholds may
    be chosen, None for all that the chip has."""
    rows = np.concatenate([np.zeros(0, dtype=np.int64), *(link.by_source[1] for link in neurons.links)])
    weights = np.concatenate([np.zeros(0), *(link.by_source[2] for link in neurons.links)])
    low, high = weight_limits(ranges)
    room = np.full(neurons.size, np.inf)
    np.minimum.at(room, rows, np.where(weights > 0, high, low) / np.where(weights == 0, 1, weights))
    grid = grid or Grid(most=np.full(neurons.size, ranges.firing[1]))
    top = np.minimum(neurons.thresholds * room, grid.most)
    best = np.full(neurons.size, np.inf)
    threshold = np.full(neurons.size, ranges.at_rest, dtype=np.int64)
    units = threshold / neurons.thresholds
    for fraction in FRACTIONS:
        codes = grid.nearest(gain * fraction * top, ranges.at_rest)
        for exactly in (True, False):
            scale = _units(codes, neurons, exactly=exactly)
            error = _error(neurons, rows, weights, scale, (low, high))
            # Off the grid a state is as often above its float value as below; half a step then belongs to neither.
            half = 0.25 / np.maximum(scale, 1e-12) ** 2 if exactly else 0.0
            error = np.where(error <= ON_GRID, error, error + half)
            better = (error < best * (1 - 1e-9)) & (scale > 0)
            best, units = np.where(better, error, best), np.where(better, scale, units)
            threshold = np.where(better, codes, threshold)
    threshold = grid.nearest(factor * threshold, ranges.at_rest)
    return Scales(threshold=threshold, units=units)


def weight_limits(ranges: Ranges) -> tuple[int, int]:
    """Smallest and largest weight with its sign, which a row may carry."""
    low, high = ranges.weight
    return (low if low < 0 else -high), high


def above(ranges: Ranges, rest: int) -> Ranges:
    """The ranges of a neuron whose rest is so many steps above the floor, with thresholds above rest."""
    low, high = ranges.firing
    return msgspec.structs.replace(ranges, firing=(low, high - rest))


def _units(codes: np.ndarray, neurons: TimedPopulation, *, exactly: bool) -> np.ndarray:
    """The scale at which an integer threshold is the float one: between two steps, or for weights that are whole
    numbers of steps on one, where `>` is `>=` of the next."""
    offset = 0.5 if not exactly else 0.0 if neurons.neuron.at_threshold else 1.0
    return np.maximum(codes - offset, 0.0) / neurons.thresholds


def _error(
    neurons: TimedPopulation,
    rows: np.ndarray,
    weights: np.ndarray,
    scale: np.ndarray,
    limits: tuple[int, int],
) -> np.ndarray:
    """(n,) sum of the squares of what rounding and clipping changes, in units of the float membrane."""
    safe = np.where(scale > 0, scale, 1.0)
    at = safe[rows]
    wrong = weights - np.clip(np.rint(weights * at), *limits) / at
    total = np.bincount(rows, wrong**2, neurons.size)
    for vector in neurons.constants.values():
        total = total + CONSTANT * (vector - np.rint(vector * safe) / safe) ** 2
    return np.where(scale > 0, total, np.inf)
