"""Tells where a stimulus came from, for the records that name it."""

from __future__ import annotations

import msgspec

from ...sim.stimulus import Stimulus
from ...sim.stimulus_arrays import told_by_arrays
from ..ir.report import StimulusSource, stimulus_report


def stimulus_source(stimulus: Stimulus, *, given: bool) -> StimulusSource:
    """What is told of a stimulus; of one made by hand, which may tell anything, what its arrays say. given: whether the
    user gave it."""
    size = {"steps": stimulus.steps, "batch": stimulus.batch, "given": given}
    try:
        return stimulus_report({**stimulus.source, **size})
    except msgspec.ValidationError:
        return stimulus_report({**told_by_arrays(stimulus.inputs, stimulus.labels), **size})
