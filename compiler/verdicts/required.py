"""Holds a report against the figures that its user requires."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET

from ...sim.diagnostic import Diagnostic, error
from ..ir.report import Report
from ..ir.verdicts import FidelityVerdict

F1, ACCURACY_LOSS = "f1", "accuracy-loss"
FIGURES = (F1, ACCURACY_LOSS)
Requirements = tuple[tuple[str, float], ...]
"""(figure, its bound): the least output F1, the most of the accuracy that may be lost, as a fraction."""


_SILENT = (
    "the outputs are silent, in float and on the chip",
    "give a stimulus that makes the outputs fire",
)
_VALUES = (
    "the outputs show values, not spikes",
    "require accuracy-loss instead, with labels in the stimulus",
)


def missed(report: Report, wanted: Sequence[tuple[str, float]]) -> list[Diagnostic]:
    """List the requirements that a compile does not meet: SPK4201 below the bound, SPK4202 where there is no such
    figure."""
    fidelity = report.verdicts.fidelity
    if fidelity is None:
        return [error("SPK4202", f"{figure} is required, and nothing ran", hint="see the placement verdict")
                for figure, _ in wanted]  # fmt: skip
    checks = {F1: _f1, ACCURACY_LOSS: _accuracy_loss}
    return [found for figure, bound in wanted for found in checks[figure](fidelity, bound)]


def _f1(fidelity: FidelityVerdict, least: float) -> list[Diagnostic]:
    if fidelity.output_f1 is None:
        reason, hint = _SILENT if fidelity.output_rms is None else _VALUES
        return [
            error("SPK4202", f"an output F1 of {least:g} is required, and there is none: {reason}", hint=hint)
        ]
    if fidelity.output_f1 < least:
        return [
            error("SPK4201", f"the output F1 is {fidelity.output_f1:.4f}; at least {least:g} is required")
        ]
    return []


def _accuracy_loss(fidelity: FidelityVerdict, most: float) -> list[Diagnostic]:
    fraction = fidelity.accuracy_fraction
    if fraction is UNSET:
        message = "an accuracy is required, and the stimulus has no labels"
        return [
            error(
                "SPK4202", message, hint="put an array `labels`, one whole number a sample, into the stimulus"
            )
        ]
    if fraction.in_float - fraction.chip > most:
        message = (
            f"the accuracy falls from {fraction.in_float:.2%} to {fraction.chip:.2%}, by more than the {most:.2%} "
            "allowed"
        )
        return [error("SPK4201", message)]
    return []
