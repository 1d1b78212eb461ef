"""Makes decays that lie between two shifts of two neurons: a membrane, and a twin that sends it its potential.

With b, what the membrane keeps of a step, a, what the twin keeps, and C, the twin's share of what arrives, one spike
leaves in the membrane, n steps later,

    (1 - C) b**n + C (b**n + b**(n-1) a + ... + a**n),

which comes as near to beta**n as the second order of what a and b are off. Both hear the same. The twin is reset by a
threshold of its own, as it does not hear of the membrane's spikes. With inputs without any order it comes to another
root of the mean square than a membrane that keeps beta; its threshold is nearer to that, by a power of the ratio.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .decays import Decays, shifts_that_keep

STEPS = 64
"""In which a twin is held against what is wanted."""
NEIGHBOURS = 3
"""Shifts on each side of the one wanted that are tried."""
NEARER = 0.5
"""That power. Of 0, 0.25, ... 1.5 it came closest to float networks of two layers with decays drawn between 0.7 and
0.98, before weights are rounded: F1 0.89 (0.90 where the threshold is taken off), 0.88 with 0, and 0.65 (0.77) without
twins."""
MOST_SHIFT = 8
"""Bits by which a membrane with a twin is finer than its weights: of the twin's are as many."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """membrane, twin: how both decay. share: (n,) the twin's, below 0 where it takes off. off: (n,) the most by which
    what is left of a spike is off, in any step, in parts of the spike."""

    membrane: Decays
    twin: Decays
    share: np.ndarray
    off: np.ndarray


def pair_of(wanted: np.ndarray, *, resting: bool, keeping: bool) -> Pair:
    """The membranes and twins that are nearest in the mean square. wanted: (n,) what a step keeps. resting, keeping:
    what `shifts_that_keep` says, of both."""
    table = shifts_that_keep(1, resting=resting, keeping=keeping)
    values, which = np.unique(wanted, return_inverse=True)
    found = [_nearest(value, table.kept) for value in values.tolist()]
    index = np.array([one[:2] for one in found], dtype=np.int64).reshape(-1, 2)[which.reshape(-1)]
    share, off = np.array([one[2:] for one in found]).reshape(-1, 2)[which.reshape(-1)].T
    membrane, twin = (
        Decays(wanted=wanted, tau=table.tau[k], multi=table.multi[k], kept=table.kept[k], chip_steps=1)
        for k in index.T
    )
    return Pair(membrane=membrane, twin=twin, share=share, off=off)


def _nearest(value: float, kept: np.ndarray) -> tuple[int, int, float, float]:
    """Of one decay: the numbers of what membrane and twin keep, the share, and by how much it is off."""
    steps = np.arange(STEPS)
    wanted = value**steps
    near = np.argsort(np.abs(kept - value), kind="stable")[: 2 * NEIGHBOURS].tolist()
    if kept[near[0]] == value:
        return near[0], near[0], 0.0, 0.0
    best, least = (near[0], near[0], 0.0, 0.0), np.inf
    for one in near:
        alone = kept[one] ** steps
        for other in near:
            both = np.convolve(alone, kept[other] ** steps)[:STEPS] - alone
            share = float((wanted - alone) @ both / max(float(both @ both), 1e-30))
            gap = wanted - alone - share * both
            if gap @ gap < least:
                best, least = (one, other, share, float(np.abs(gap).max())), float(gap @ gap)
    return best
