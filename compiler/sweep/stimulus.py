"""Where the spikes of a sweep come from, as a record."""

from __future__ import annotations

import hashlib
import io

from ...sim.npzguard import members
from ..ir.sweep import SweepStimulus
from ..pipeline import STAND_IN_BATCH, STAND_IN_RATE, STAND_IN_STEPS


def file_stimulus(data: bytes) -> SweepStimulus:
    """The bytes of an `.npz`. Raises DiagnosticError: SPK0402 where they are none."""
    members(io.BytesIO(data))
    return SweepStimulus(kind="file", sha256=hashlib.sha256(data).hexdigest())


def labelled(data: bytes) -> bool:
    """Whether the bytes of an `.npz` hold labels. Raises DiagnosticError: SPK0402 where they are none."""
    return "labels" in members(io.BytesIO(data))


def drawn(rate: float, steps: int, batch: int) -> SweepStimulus:
    """Spikes that each seed draws, so many a step and element."""
    return SweepStimulus(kind="poisson", rate=rate, steps=steps, batch=batch)


def stand_in() -> SweepStimulus:
    """What a compile draws where no stimulus is given."""
    return SweepStimulus(kind="stand-in", rate=STAND_IN_RATE, steps=STAND_IN_STEPS, batch=STAND_IN_BATCH)
