"""Keeps a membrane in a neuron's currents: with which decays, and how what arrives is shared among them.

A current decays by a power of two, in the step in which a spike arrives as in all others: a weight w is worth kept * w
in that step. Two currents of neighbouring decays p1 <= a < p2 that get shares c1 + c2 = 1 of what arrives keep

    c1 p1 + c2 p2 = a

of it in the next step, and c1 p1**k + c2 p2**k, near a**k, after k steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....targets.xylo.model import XyloChip

STEPS = 32
MEMORY_STEPS = 32
"""Constants of a membrane with a longer memory do not settle while it matters: they count as far as they then got."""
ALIKE = 1e-3
"""Of a decay; closer to a power of two, both currents have that."""


@dataclass(frozen=True, kw_only=True)
class Currents:
    """The k accumulators of n neurons whose sum is the membrane. dash: (k, n) int64 codes. share: (k, n) float64 parts
    of what arrives, with the sum 1; equal ones where both decay alike."""

    dash: np.ndarray
    share: np.ndarray

    @property
    def kept(self) -> np.ndarray:
        """(k, n) what a step keeps of each."""
        return 1.0 - np.exp2(-self.dash.astype(np.float64))

    @property
    def beta(self) -> np.ndarray:
        """(n,) what the next step keeps of what has just arrived."""
        return (self.share * self.kept).sum(axis=0)

    @property
    def content(self) -> np.ndarray:
        """(k, n) the parts of a membrane, with the sum 1, that are in each current when a drive has lasted for half the
        membrane's time constant: a spike that takes from the membrane takes them from each."""
        kept = self.kept
        steps = -0.5 / np.log(np.clip(self.beta, 2.0**-30, 1.0 - 2.0**-30))
        parts = self.share * (1.0 - kept**steps) / (1.0 - kept)
        return parts / parts.sum(axis=0)

    @property
    def settling(self) -> np.ndarray:
        """(k, n) what a current comes to if 1 arrives in it in every step, after 32 steps at most."""
        return np.minimum(1.0 / np.maximum(1.0 - self.kept, 2.0**-15), MEMORY_STEPS)

    @property
    def even(self) -> bool:
        """Whether the currents of each neuron decay alike."""
        return bool((self.dash == self.dash[0]).all())

    @property
    def per_weight(self) -> np.ndarray:
        """(n,) the largest weight that a current needs for 1 that arrives in the membrane; where all decay alike, of
        all of them together."""
        parts = np.abs(self.share / self.kept)
        return parts.sum(axis=0) if self.even else parts.max(axis=0)

    def answer(self, steps: int = STEPS) -> np.ndarray:
        """(steps, n) what is left of 1 that arrived in step 0."""
        later = np.arange(steps)[:, None, None]
        return (self.share * self.kept**later).sum(axis=1)


def currents_for(beta: np.ndarray, chip: XyloChip) -> Currents:
    """Choose the currents of neurons whose membranes keep beta (n,) a step: one decay or two neighbouring ones,
    whichever is nearer to beta**k in all steps."""
    low, high = max(1, chip.ranges.dash[0]), chip.ranges.dash[1]
    with np.errstate(divide="ignore"):
        exact = np.minimum(-np.log2(np.clip(1.0 - beta, 0.0, 1.0)), high)
    one = np.clip(np.rint(exact), low, high).astype(np.int64)
    count = chip.capacity.synapses
    single = Currents(dash=np.tile(one, (count, 1)), share=np.full((count, beta.size), 1.0 / count))
    if count == 1 or high == low:
        return single
    first = np.clip(np.floor(exact), low, high - 1).astype(np.int64)
    dash = np.stack([first, first + 1])
    p1, p2 = 1.0 - np.exp2(-dash.astype(np.float64))
    second = (beta - p1) / (p2 - p1)
    double = Currents(dash=dash, share=np.stack([1.0 - second, second]))
    wanted = beta ** np.arange(STEPS)[:, None]
    gaps = [np.abs(found.answer() - wanted).max(axis=0) for found in (single, double)]
    apart = (gaps[1] < gaps[0]) & (np.abs(single.kept[0] - beta) > ALIKE)
    return Currents(
        dash=np.where(apart, double.dash, single.dash), share=np.where(apart, double.share, single.share)
    )


def shared(weights: np.ndarray, worth: np.ndarray, grid: int) -> np.ndarray:
    """Round weights (k, n) onto the currents of each neuron to multiples of `grid`: those of slower currents are the
    nearest, that of the first makes up for them, so that the sum of worth * weight is kept. worth: (k, n). int64."""
    rounded = np.zeros(weights.shape, dtype=np.int64)
    left = (worth * weights).sum(axis=0)
    for j in reversed(range(1, len(weights))):
        rounded[j] = grid * np.rint(weights[j] / grid).astype(np.int64)
        left = left - worth[j] * rounded[j]
    rounded[0] = grid * np.rint(left / worth[0] / grid).astype(np.int64)
    return rounded
