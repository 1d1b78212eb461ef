"""Advice on neurons that are silent on a stimulus, or fire in nearly every step."""

from __future__ import annotations

from ...sim.diagnostic import Diagnostic, warning
from ...sim.nir.path import shown, stored_at
from .subject import Subject

SILENT = 0.25
"""Share of a population's neurons that may be silent without a word."""
BUSY = 0.9
"""Share of the steps."""
FEW = 20
"""Samples of which a neuron may be silent in all without being of no use."""


def activity(subject: Subject) -> list[Diagnostic]:
    """SPK0710 for each population of which many neurons never fire on the stimulus, or some nearly always do."""
    found: list[Diagnostic] = []
    for name, spikes in sorted(subject.activity.items()):
        if subject.network.populations[name].neuron.theta is None:
            continue
        fired = spikes > 0
        size, busy = spikes.shape[-1], int((fired.mean(axis=(0, 1)) > BUSY).sum())
        silent = int((~fired.any(axis=(0, 1))).sum())
        steps, samples = spikes.shape[:2]
        where = f"in {steps:,} steps of {samples:,} samples"
        if silent > SILENT * size:
            message = f"{silent:,} of {size:,} neurons of {shown(name)} never fire {where}"
            few = "" if samples >= FEW else "so few samples say little; with more of them, "
            hint = f"{few}remove them, or check --dialect and --dt: gains and decays follow from them"
            found.append(warning("SPK0710", message, where=stored_at(name), hint=hint))
        if busy:
            message = (
                f"{busy:,} of {size:,} neurons of {shown(name)} fire in over {BUSY:.0%} of the steps, {where}"
            )
            hint = "they say little and cost packets: lower their weights or biases, or train with a cost on rates"
            found.append(warning("SPK0710", message, where=stored_at(name), hint=hint))
    return found
