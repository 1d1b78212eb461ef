"""Tells of sums that may wrap around in two's complement: past the largest value of a register they go on at the
smallest."""

from __future__ import annotations

import numpy as np

from ....sim.diagnostic import Diagnostic, note
from ....sim.nir.path import shown
from ....targets.chip import Chip
from ...ir.made_names import place_of

HINT = (
    "a wrap that happens in the run is counted, in overflows of the report, and is a warning; fewer or smaller weights "
    "onto a neuron leave more room"
)


def may_wrap(name: str, target: Chip, beyond: np.ndarray, limits: tuple[int, int]) -> list[Diagnostic]:
    """Note, once for a population, neurons whose sum of a step may leave `limits`, both inclusive (SPK1006).

    beyond: (n,) by how much each neuron's sum may leave them; at most 0 where it cannot."""
    past = int((beyond > 0).sum())
    if not past:
        return []
    low, high = limits
    worst = int(beyond.argmax())
    message = (
        f"{past:,} of {beyond.size:,} neurons of {shown(name)} may leave {low:,} .. {high:,}, which {target.title} "
        f"holds, in a busy step; neuron {worst} by {int(beyond[worst]):,}: such a sum wraps around"
    )
    return [note("SPK1006", message, where=place_of(name), hint=HINT)]
