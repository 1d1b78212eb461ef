"""Chooses the numbers of one neuron: a threshold, a gain of its weights, their codes and its leak, all integers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....targets.chip import Range
from ..shared.assumed_activity import SAME_SIGN_STEPS, SPIKE_RATE
from ..shared.common_step import count_of_steps, whole
from .axon_type_weights import Basis

FINEST = 0.6
COARSEST = {4: 1.5, 3: 2.0, 2: 3.5}
"""Thresholds that are tried, by the one at which the largest weight has the largest code; by bits of the weights."""
TRIED = 24
"""Thresholds for each gain, at most."""
ROOM = 8
"""Thresholds that a potential may hold beyond its own before it wraps, where a spike takes one away."""
LEAST_ROOM = 1
"""As ROOM, up and down, for numbers that need no rounding: less would lose more than rounding does."""
AS_GOOD = 1.02
DEVIATIONS = 4
MOST_WITHOUT_WEIGHTS = 4096


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Ranges of the chip's registers, inclusive; `potential` is what wraps."""

    potential: Range
    threshold: Range
    weight: Range
    leak: Range


@dataclass(frozen=True, kw_only=True)
class Fit:
    """The integers of one neuron.

    codes: (k,) int64, weights are gain * codes. beyond: by how much a likely step may take the potential out of its
    range, in its units. down: what a likely step takes from it at most. exact: nothing was rounded."""

    threshold: int
    gain: int
    codes: np.ndarray
    leak: int
    beyond: int
    down: int
    exact: bool = False


def fit(
    weights: np.ndarray,
    bias: float,
    basis: Basis,
    limits: Limits,
    *,
    subtracts: bool,
    others: tuple[float, ...] = (),
) -> Fit:
    """Choose the integers of one neuron. weights (k,) and bias in thresholds; others: what else its potential starts
    with or is held against. The smallest threshold at which all of these are whole, where a likely step stays in the
    potential's range; else, of what is tried, the numbers that lead to the least expected drift of the membrane (see
    `speck.scale.drift`) and how far a likely step goes past the potential's range, both squared and in thresholds; of
    those nearly as good the smallest threshold."""
    exact = _exact(weights, bias, others, basis, limits)
    if exact is not None and not _past_least_room(exact, limits, subtracts=subtracts):
        return exact
    gains, thresholds = _candidates(weights, basis, limits, subtracts=subtracts)
    ratio = thresholds / gains
    codes = np.clip(np.rint(weights * ratio[:, None]), basis.low, basis.high)
    leak = np.clip(np.rint(bias * thresholds), *limits.leak)
    gap = codes / ratio[:, None] - weights
    mean = SPIKE_RATE * gap.sum(axis=1) + leak / thresholds - bias
    drift = SAME_SIGN_STEPS * mean**2 + SPIKE_RATE * (gap**2).sum(axis=1)
    beyond = _beyond(codes, gains, thresholds, leak, limits, subtracts=subtracts)
    cost = drift + (beyond / thresholds) ** 2
    good = cost <= cost.min() * AS_GOOD + 1e-15
    at = int(np.flatnonzero(good)[np.argmin(thresholds[good])])
    return Fit(
        threshold=int(thresholds[at]),
        gain=int(gains[at]),
        codes=codes[at].astype(np.int64),
        leak=int(leak[at]),
        beyond=int(np.ceil(beyond[at])),
        down=_down(codes[at], int(gains[at]), int(leak[at])),
    )


def _exact(
    weights: np.ndarray, bias: float, others: tuple[float, ...], basis: Basis, limits: Limits
) -> Fit | None:
    """The integers with the smallest threshold at which nothing is rounded; None where there are none."""
    if weights.any():
        count = count_of_steps(weights, -basis.low)
        largest_gain = min(limits.weight[1] // max(basis.values), limits.weight[0] // min(basis.values))
        gains = np.arange(1, largest_gain + 1)
        thresholds = gains * count / float(np.abs(weights).max())
    else:
        thresholds = np.arange(1.0, min(limits.threshold[1], MOST_WITHOUT_WEIGHTS) + 1)
        gains = np.ones(thresholds.size, dtype=np.int64)
    multiples = np.outer(np.maximum(np.rint(thresholds), 1), (bias, *others))
    leak = np.rint(multiples[:, 0])
    fitting = whole(thresholds) & whole(multiples).all(axis=1)
    fitting &= (np.rint(thresholds) >= 1) & (np.rint(thresholds) <= limits.threshold[1])
    fitting &= (leak >= limits.leak[0]) & (leak <= limits.leak[1])
    if not fitting.any():
        return None
    at = int(np.argmax(fitting))
    codes = np.rint(weights * (thresholds[at] / gains[at])).astype(np.int64)
    if codes.size and (codes.max() > basis.high or codes.min() < basis.low):
        return None
    return Fit(
        threshold=round(float(thresholds[at])),
        gain=int(gains[at]),
        codes=codes,
        leak=int(leak[at]),
        beyond=0,
        down=_down(codes, int(gains[at]), int(leak[at])),
        exact=True,
    )


def _past_least_room(numbers: Fit, limits: Limits, *, subtracts: bool) -> bool:
    gains, leak = np.array([float(numbers.gain)]), np.array([float(numbers.leak)])
    (up,) = _likely(numbers.codes[None], gains, leak)
    low, high = limits.potential
    above = (1 + LEAST_ROOM * subtracts) * numbers.threshold - 1 + up
    return bool(above > high or LEAST_ROOM * numbers.threshold + numbers.down > -low)


def _down(codes: np.ndarray, gain: int, leak: int) -> int:
    """What a likely step takes from a potential at most."""
    return int(np.ceil(_likely(-codes[None], np.array([float(gain)]), np.array([-float(leak)]))[0]))


def _candidates(
    weights: np.ndarray, basis: Basis, limits: Limits, *, subtracts: bool
) -> tuple[np.ndarray, np.ndarray]:
    """(c,) float64 gains and thresholds."""
    room = limits.potential[1] // (1 + (ROOM if subtracts else 1))
    most = max(1, min(limits.threshold[1], room))
    up, down = float(weights.max(initial=0.0)), -float(weights.min(initial=0.0))
    steepest = max(up / basis.high, down / -basis.low)
    if steepest == 0:
        tried = np.unique(np.linspace(1, most, 10 * TRIED).astype(np.int64)).astype(np.float64)
        return np.ones_like(tried), tried
    largest_gain = min(limits.weight[1] // max(basis.values), limits.weight[0] // min(basis.values))
    gains: list[np.ndarray] = []
    thresholds: list[np.ndarray] = []
    for gain in range(1, largest_gain + 1):
        low, high = (max(1.0, part * gain / steepest) for part in (FINEST, COARSEST[basis.bits]))
        if low > most and gain > 1:
            break
        spread = np.linspace(np.floor(min(low, most)), np.ceil(min(high, most)), TRIED)
        tried = np.unique(np.rint(spread))
        gains.append(np.full(tried.size, float(gain)))
        thresholds.append(tried)
    return np.concatenate(gains), np.concatenate(thresholds)


def _beyond(
    codes: np.ndarray,
    gains: np.ndarray,
    thresholds: np.ndarray,
    leak: np.ndarray,
    limits: Limits,
    *,
    subtracts: bool,
) -> np.ndarray:
    """(c,): by how much the sums of a likely step leave the potential's range: from just below the threshold upwards,
    with ROOM above it where a spike takes one away; from ROOM below 0 downwards."""
    low, high = limits.potential
    above = (1 + (ROOM if subtracts else 0)) * thresholds - 1 + _likely(codes, gains, leak) - high
    below = ROOM * thresholds + _likely(-codes, gains, -leak) + low
    return np.maximum(above, 0) + np.maximum(below, 0)


def _likely(codes: np.ndarray, gains: np.ndarray, leak: np.ndarray) -> np.ndarray:
    """(c,): what a step brings at most, as good as never more, if sources spike independently at SPIKE_RATE."""
    up = np.maximum(codes, 0)
    spread = np.sqrt(SPIKE_RATE * (1 - SPIKE_RATE) * (up**2).sum(axis=1))
    return gains * np.minimum(SPIKE_RATE * up.sum(axis=1) + DEVIATIONS * spread, up.sum(axis=1)) + np.maximum(
        leak, 0
    )
