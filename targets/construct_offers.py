"""Records of a chip's `[constructs]` table: what its neurons have of which neurons that it lacks can be made."""

from __future__ import annotations

from typing import Literal

import msgspec

SparedState = Literal["none", "current"]


class ConstructOffers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What neurons of a chip offer to constructs.

    spared: the state that a spike leaves as it is and that a threshold can be held against: the synaptic current, or
    none. self_synapse: whether a neuron may have a synapse onto itself, which brings its spike to the next step's sum.
    counts: whether a neuron sends a spike for each threshold that it holds, and can be kept to one a step as well; so
    a second neuron can tell the first how far it is past its threshold. copies: whether neurons that hear the same may
    stand for one, at several thresholds. delays: whether a synapse can hold a spike back, at no cost in neurons.
    raised_rest: whether rest may be above the floor of the state, as a spike that leaves a neuron at the floor is
    followed by an event that lifts it, before any other. start_pulses: whether membranes that cannot be loaded may
    start from what an event of the host brings in their first step.
    lowered: whether all membranes may be lowered far below zero before the spikes of a step come, and raised behind
    them by one event that stops at zero and tests the threshold there, so that it is tested once.
    """

    spared: SparedState = "none"
    self_synapse: bool = False
    counts: bool = False
    copies: bool = False
    delays: bool = False
    raised_rest: bool = False
    start_pulses: bool = False
    lowered: bool = False
