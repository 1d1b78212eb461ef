"""What a stimulus decided about a network's numbers, so that a later reading of the file comes to the same."""

from __future__ import annotations

from typing import Literal

import msgspec

Order = Literal["negative first", "positive first", "as numbered"]


class Reach(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far the neurons of a population go on a stimulus, in the float network's unit, 0 or more each: up, down: the
    largest sums that arrive in a step. high, low: the membrane furthest above and below 0. current: the largest
    current, of either sign, if the slower of two states comes first. excites, inhibits: the largest sums of positive
    and of negative weights that arrive in a step; measured for chips that add these up apart."""

    up: float
    down: float
    high: float
    low: float
    current: float = 0.0
    excites: float = 0.0
    inhibits: float = 0.0


class Tuning(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By population. leak: what a step takes off a membrane, of each neuron, in parts of its threshold. gain: on the
    scale of its weights and threshold together; threshold: on the threshold alone. order: of the rows of a step, None
    for the chip's usual one. clip: by NIR path of a node, the size at which its weights are cut off. reach: what scales
    leave room for. levels: by NIR path of a neuron node, the most spikes that one of its neurons sent in a step.
    floors: NIR paths of neuron nodes whose floor the outputs feel. shifts: by kind of source, by how many bits
    weights are shifted."""

    order: Order | None = None
    gain: dict[str, float] = {}
    threshold: dict[str, float] = {}
    leak: dict[str, list[float]] = {}
    clip: dict[str, float] = {}
    reach: dict[str, Reach] = {}
    levels: dict[str, int] = {}
    floors: list[str] = []
    shifts: dict[str, int] = {}

    def to_dict(self) -> dict[str, object]:
        """Convert to JSON for the report."""
        return msgspec.to_builtins(self)


def given_up_of(record: object) -> dict[str, dict[str, str]]:
    """Raises TypeError for a record that is no `Options.given_up`."""
    try:
        return msgspec.convert(record, dict[str, dict[str, str]])
    except msgspec.ValidationError as problem:
        raise TypeError(str(problem)) from problem


def tuning_of(record: object) -> Tuning | None:
    """Raises TypeError for a record that `Tuning.to_dict` does not make."""
    try:
        return None if record is None else msgspec.convert(record, Tuning)
    except msgspec.ValidationError as problem:
        raise TypeError(str(problem)) from problem
