"""Records of a chip's `[dialect]` table: what it makes of each field of a reading."""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeVar

import msgspec

Comparison = Literal[">", ">="]
Compared = Literal["new", "old"]
Floor = float | Literal["none", "-theta", "v_reset", "any"]
Leak = Literal["none", "decay", "constant"]
Phase = Literal["same", "same_raised", "next_before_decay", "next_after_decay", "next_overwrite"]
RefractorySteps = Annotated[int, msgspec.Meta(ge=0)] | Literal["any"]
Reset = Literal["v_reset", "subtract", "none"]
Start = Literal["zero", "v_leak", "v_reset", "rest", "any"]
SpikesAStep = Annotated[int, msgspec.Meta(ge=1)] | Literal["unlimited", "any"]

V = TypeVar("V", covariant=True)


class Rule(msgspec.Struct, Generic[V], frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a chip makes of one field.

    exact: values that its neurons have; "any" stands for all. replaced_by: what they do where a reading wants another
    value; without it, neurons that want one are refused. refused: values that are never replaced. needs_consent:
    whether the user has to allow a replacement (--allow-approximation)."""

    exact: tuple[V, ...]
    replaced_by: V | None = None
    refused: tuple[V, ...] = ()
    needs_consent: bool = False

    def __post_init__(self) -> None:
        if self.replaced_by is not None and self.replaced_by not in self.exact:
            exact = ", ".join(map(str, self.exact)) or "nothing"
            raise ValueError(f"`replaced_by` is {self.replaced_by!r}; it has to be one of `exact`: {exact}")
        if set(self.refused) & set(self.exact):
            raise ValueError("`refused` and `exact` have a value in common")
        if self.needs_consent and self.replaced_by is None:
            raise ValueError("`needs_consent` without `replaced_by`: there is nothing to consent to")


class FireRule(Rule[Comparison], frozen=True, forbid_unknown_fields=True):
    """What a chip makes of the comparison of membrane and threshold."""


class ComparedRule(Rule[Compared], frozen=True, forbid_unknown_fields=True):
    """What a chip makes of neurons that compare their membrane before the step's input comes.

    layer_delay: 1 if all that they send is held back by a step in exchange, which loses nothing."""

    layer_delay: Literal[0, 1] = 0


class LeakRule(Rule[Leak], frozen=True, forbid_unknown_fields=True):
    """What a chip makes of a membrane that forgets."""


class SpikesRule(Rule[SpikesAStep], frozen=True, forbid_unknown_fields=True):
    """What a chip makes of the most spikes that a neuron sends in a step."""


class RefractoryRule(Rule[RefractorySteps], frozen=True, forbid_unknown_fields=True):
    """What a chip makes of the steps in which a neuron is silent after a spike."""


class ResetRule(Rule[Reset], frozen=True, forbid_unknown_fields=True):
    """What a chip makes of what a spike does to the membrane."""


class PhaseRule(Rule[Phase], frozen=True, forbid_unknown_fields=True):
    """What a chip makes of the moment of a reset.

    exact_if_subtract: phases that, besides `exact`, give the same spikes where a reset takes a threshold off."""

    exact_if_subtract: tuple[Phase, ...] = ()


class FloorRule(Rule[Floor], frozen=True, forbid_unknown_fields=True):
    """What a chip makes of the value below which a membrane does not fall."""


class StartRule(Rule[Start], frozen=True, forbid_unknown_fields=True):
    """What a chip makes of the membrane before the first step. "rest": where a spike leaves it, v_reset or, where it
    takes a threshold off, 0."""


class DialectRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule for each field of a reading in which chips differ.

    fire: the comparison with the threshold. fire_on: which membrane is compared. leak: how a membrane forgets: not
    ("none"), by a share of itself ("decay"), or by the same amount in every step ("constant"). multi: the most spikes
    of a neuron in a step. refractory: silent steps after a spike. reset: what a spike does to the membrane.
    reset_phase: when it does so. v0: the membrane before the first step. v_min: where it ends below; "v_reset" is the
    value of the reset."""

    fire: FireRule
    fire_on: ComparedRule
    leak: LeakRule
    multi: SpikesRule
    refractory: RefractoryRule
    reset: ResetRule
    reset_phase: PhaseRule
    v0: StartRule
    v_min: FloorRule
