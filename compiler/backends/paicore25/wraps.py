"""Tells of membranes that could leave their 32 bits, past whose end they go on at the other one.

Below, every membrane is held at a floor of half of what 32 bits hold; above, a neuron that is reset stays below its
threshold. So only what grows without a reset can leave them, and a step that brings as much at once.
"""

from __future__ import annotations

import numpy as np

from ....sim.diagnostic import Diagnostic, note
from ....sim.nir.path import shown
from ....targets.paicore25.model import PaicoreChip
from ...ir.made_names import place_of
from .scale import ROOM, own_constant
from .stages import Stage

HINT = "fewer sources, or fewer weight bits, leave more room; a leak keeps a read-out from growing"


def may_wrap(stage: Stage, arriving: np.ndarray, units: np.ndarray, chip: PaicoreChip) -> list[Diagnostic]:
    """Note neurons of a stage that may wrap around if all sources spike in every step (SPK1006). arriving: (n,) the
    largest sum of a step, in integers."""
    most = arriving + np.abs(own_constant(stage) * units)
    if stage.neuron.theta is None or stage.neuron.reset == "none":
        lost = 1.0 - stage.decays.kept ** (1.0 / stage.decays.chip_steps)
        most = np.where(lost > 0, most / np.maximum(lost, 1e-12), np.where(most > 0, np.inf, 0.0))
    past = int((most > ROOM).sum())
    if not past:
        return []
    worst = int(most.argmax())
    furthest = "without end" if np.isinf(most[worst]) else f"by {most[worst]:,.0f}"
    message = (
        f"{past:,} of {stage.size:,} neurons of {shown(stage.name)} may grow past {int(ROOM):,}, up to which "
        f"{chip.title} is sure to hold a membrane, if every source spikes in every step; neuron {worst} {furthest}: "
        "past twice that it wraps around"
    )
    return [note("SPK1006", message, where=place_of(stage.name), hint=HINT)]
