"""Words for the fidelity table and its hints: fields of a reading, and what a chip does in them."""

from __future__ import annotations

from collections.abc import Mapping

FEATURES: Mapping[str, str] = {
    "fire": "comparison",
    "fire_on": "late comparison",
    "leak": "leak of the membrane",
    "multi": "spikes a step",
    "refractory": "refractory steps",
    "reset": "reset",
    "reset_phase": "reset in a later step",
    "v0": "initial membrane",
    "v_min": "floor of the membrane",
}
"""Field -> the feature of its row."""

_DONE: Mapping[tuple[str, object], str] = {
    ("fire", ">"): "fires above the threshold alone",
    ("fire", ">="): "fires at the threshold as well",
    ("leak", "constant"): "the same amount in every step",
    ("leak", "none"): "none",
    ("multi", 1): "at most one spike a step",
    ("multi", "unlimited"): "as many as thresholds fit",
    ("refractory", 0): "none",
    ("reset", "none"): "the membrane stays as it is",
    ("reset", "subtract"): "the threshold is taken off the membrane for each spike",
    ("reset", "v_reset"): "the membrane is set to v_reset",
    ("reset_phase", "same"): "reset in the step of the spike",
    ("v0", "v_reset"): "starts where a spike leaves it: nothing can be loaded",
    ("v0", "zero"): "starts at 0: nothing can be loaded",
    ("v_min", "-theta"): "minus the threshold",
    ("v_min", "none"): "none above the register's end",
}
_ADVICE: Mapping[tuple[str, object], str] = {
    ("leak", "none"): "no leak (IF)",
    ("refractory", 0): "no refractory steps",
    ("reset", "subtract"): "a reset by subtraction",
    ("reset", "v_reset"): "a reset to a value",
    ("reset_phase", "same"): "a reset in the step of the spike",
}
_WANTED: Mapping[tuple[str, object], str] = {
    ("reset", "none"): "keeps its membrane through a spike",
}


def done_instead(field: str, value: object) -> str:
    """Say what a chip's neurons do whose `field` has this value."""
    if (field, value) in _DONE:
        return _DONE[field, value]
    if field == "multi":
        return f"at most {value} spikes a step"
    if field == "v_min" and isinstance(value, float):
        return f"at {value:.4g}"
    return f"{field} = {value}"


def trained_with(field: str, value: object) -> str:
    """Say what to train a network with so that `field` has this value."""
    return _ADVICE.get((field, value), f"{field} = {value}")


def wanted_in_words(field: str, value: object) -> str:
    """Say what neurons do whose `field` has this value, as a part of a sentence about them."""
    return _WANTED.get((field, value), f"wants {field} = {value}")
