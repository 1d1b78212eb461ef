"""The warning for sums that may wrap around: leave one end of what a register holds and go on at the other."""

from __future__ import annotations

import numpy as np

from ....sim.diagnostic import Diagnostic, warning
from ....sim.nirpath import shown, stored_at
from ....targets.chip import Chip

HINT = (
    "wraps are counted when they happen, see overflows in the report; fewer or smaller weights onto a neuron leave "
    "more room"
)


def may_wrap(name: str, target: Chip, beyond: np.ndarray, limits: tuple[int, int]) -> list[Diagnostic]:
    """One warning for the neurons of a population that may leave `limits`, inclusive. beyond: (n,) by how much each
    of them may, at most 0 where it may not."""
    past = int((beyond > 0).sum())
    if not past:
        return []
    low, high = limits
    worst = int(beyond.argmax())
    message = (
        f"{past:,} of {beyond.size:,} neurons of {shown(name)} may leave {low:,} .. {high:,}, which {target.title} "
        f"holds, in a busy step; neuron {worst} by {int(beyond[worst]):,}: such a sum wraps around"
    )
    return [warning("SPK1006", message, where=stored_at(name), hint=HINT)]
