"""Checks that labels are classes of a network: elements of the Output whose largest sum is the decision."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from ...sim.diagnostic import DiagnosticError, error
from ...sim.nir.path import shown
from ...sim.stimulus import Stimulus
from ...sim.stimulus_stream import StimulusStream


def demand_classes(
    stimulus: Stimulus | StimulusStream | None, outputs: Mapping[str, tuple[int, ...]]
) -> None:
    """Refuse labels that no decision can equal. outputs: Output -> shape; the first by name decides.

    Raises DiagnosticError: SPK0409."""
    labels = None if stimulus is None else stimulus.labels
    if labels is None or not outputs or not labels.size:
        return
    name = min(outputs)
    classes = math.prod(outputs[name])
    past = labels[labels >= classes]
    if not past.size:
        return
    low, high = int(np.min(labels)), int(np.max(labels))
    message = (
        f"{past.size} of {labels.size} labels are no class: they go from {low} to {high}, and `{shown(name)}` has "
        f"{classes} elements, the classes 0 to {classes - 1}"
    )
    from_one = "labels that begin with 1 are meant as labels - 1" if (low, high) == (1, classes) else ""
    raise DiagnosticError((error("SPK0409", message, hint=from_one),))
