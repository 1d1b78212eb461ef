"""Says in a sentence or two what the figures of a fidelity verdict mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

if TYPE_CHECKING:
    from ..ir.verdicts import FidelityVerdict, Verdicts

ONE_WAY = 3.0
"""How many times more spikes have to be late than early, or the other way round, to be called so."""
NEARLY_ALL = 0.95
"""F1 from which there is nothing to explain."""


def judged(verdicts: Verdicts) -> str:
    """As `judgement`; nothing where nothing ran."""
    return "" if verdicts.fidelity is None else judgement(verdicts.fidelity)


def judgement(fidelity: FidelityVerdict) -> str:
    """What a modeller wants to know first: whether answers are lost, and what became of the spikes that differ."""
    return " ".join(words for words in (_answers(fidelity), _spikes(fidelity)) if words)


def _answers(fidelity: FidelityVerdict) -> str:
    accuracy, share = fidelity.accuracy, fidelity.accuracy_fraction
    if accuracy is None or share is UNSET:
        if fidelity.same_decisions is None:
            return ""
        same, samples = fidelity.same_decisions.split("/")
        return f"{same} of {samples} samples get the decision that they get in float."
    right, samples = accuracy.chip.split("/")
    in_float = accuracy.in_float.split("/")[0]
    told = f"{right} of {samples} right, float {in_float}"
    if share.chip >= share.in_float:
        return f"{told}: no answer is lost on balance."
    if share.in_float <= share.chip_95[1]:
        return f"{told}: no more than chance makes of {samples} samples."
    return f"{told}: a loss, beyond what chance makes of {samples} samples."


def _spikes(fidelity: FidelityVerdict) -> str:
    f1, one, two = (
        fidelity.output_f1,
        fidelity.output_f1_within_1_step,
        fidelity.output_f1_within_2_steps,
    )
    if f1 is None or one is None or two is None:
        return ""
    if f1 >= NEARLY_ALL:
        return "Nearly all spikes at the outputs come in their step."
    for near, words in ((one, "one step"), (two, "one or two steps")):
        if near - f1 >= (1.0 - f1) / 2:
            return f"Most spikes that differ come {words} {_direction(fidelity)}."
    return "Most spikes that differ are missing or too many, not early or late."


def _direction(fidelity: FidelityVerdict) -> str:
    late, early = fidelity.output_one_step_late or 0.0, fidelity.output_one_step_early or 0.0
    if late > ONE_WAY * early:
        return "late"
    return "early" if early > ONE_WAY * late else "early or late"
