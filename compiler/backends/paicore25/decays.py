"""Finds the shifts with which membranes decay, and how many chip steps make a step of the network.

A chip step keeps 1 - 2**-k of a membrane, or 2**-k of it, or all or nothing. So a step of the network that is m chip
steps keeps (1 - 2**-k)**m: the more chip steps, the closer is some k to what the network wants.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ...ir.network import Neuron

MOST_SHIFT = 31
MOST_STEPS = 32
"""Chip steps of a network step; nothing is gained by more: 27 come to 0.9 within 0.0003."""
NEAR = 0.005
"""By how much a decay may be off without asking, in parts of what a step keeps."""
NEAR_WIDE = 0.0005
"""The same where weights are stored twice as wide, so that rounding them loses no more than this does."""


AS_CLOSE = 1.2
"""How much further off decays may be than in the best number of chip steps."""


@dataclass(frozen=True, kw_only=True)
class Decays:
    """Of n neurons: wanted, what a step of the network keeps; tau, multi: leak_tau and leak_multi_mode; kept: what a
    step, `chip_steps` chip steps long, keeps on the chip."""

    wanted: np.ndarray
    tau: np.ndarray
    multi: np.ndarray
    kept: np.ndarray
    chip_steps: int

    @property
    def gap(self) -> float:
        """By how much the worst is off."""
        return float(np.abs(self.kept - self.wanted).max(initial=0.0))


class Shifts(NamedTuple):
    """What the chip has: leak_tau, leak_multi_mode, and what a step keeps; (k,) each."""

    tau: np.ndarray
    multi: np.ndarray
    kept: np.ndarray


def level_needed(neuron: Neuron) -> dict[str, bool]:
    """What its resets want of a decay: see `shifts_that_keep`."""
    subtracts = neuron.theta is not None and neuron.reset == "subtract"
    return {"resting": subtracts, "keeping": subtracts and neuron.reset_after_decay}


def shifts_that_keep(chip_steps: int, *, resting: bool = False, keeping: bool = False) -> Shifts:
    """List what the chip has, where a step is so many chip steps. resting: a membrane must have a level at which it
    rests, which 2**-k has not. keeping: it must keep something."""
    shift = np.arange(1, MOST_SHIFT + 1)
    tau = np.concatenate([[0, 0], -shift, -shift])
    multi = np.concatenate([[0, 1], np.ones(shift.size, np.int64), np.zeros(shift.size, np.int64)])
    kept = np.concatenate([[1.0, 0.0], 1.0 - 2.0**-shift, 2.0**-shift]) ** chip_steps
    allowed = ((multi == 1) | (tau == 0) | (not resting)) & ((kept > 0) | (not keeping))
    return Shifts(tau[allowed], multi[allowed], kept[allowed])


def nearest_decays(
    wanted: np.ndarray, chip_steps: int, *, resting: bool = False, keeping: bool = False
) -> Decays:
    """Choose the nearest of what the chip has. wanted: (n,) float64, 0..1. resting, keeping: see
    `shifts_that_keep`."""
    tau, multi, kept = shifts_that_keep(chip_steps, resting=resting, keeping=keeping)
    values, which = np.unique(wanted, return_inverse=True)
    best = np.abs(kept[None, :] - values[:, None]).argmin(axis=1)[which.reshape(-1)]
    return Decays(wanted=wanted, tau=tau[best], multi=multi[best], kept=kept[best], chip_steps=chip_steps)


def fewest_chip_steps(wanted: Iterable[np.ndarray], near: float, most: int) -> int:
    """Find the fewest chip steps, at most `most`, in which all decays come within `near`; else in which they
    come about as close as in any."""
    values = np.unique(np.concatenate([np.zeros(0), *wanted]))
    gaps = [nearest_decays(values, m).gap for m in range(1, max(1, most) + 1)]
    least = min(gaps)
    return next(m for m, gap in enumerate(gaps, 1) if gap <= (near if least <= near else AS_CLOSE * least))
