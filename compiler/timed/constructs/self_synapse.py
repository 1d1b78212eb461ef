"""Reset by subtraction by a synapse of each neuron onto itself.

A spike at step t takes an amount c off the membrane of step t + 1: theta where the source framework subtracts after the
decay, beta * theta where it does so before. What is subtracted is a linear input, so it may arrive over a synapse. The
membrane is kept in the state that firing spares, with the membrane's decay; only the comparison is the chip's:

    u[t] = beta * u[t-1] + x[t] - c * z[t-1]        z[t] = u[t] > theta

A spike reaches its own neuron one step later, as the sum of the next step asks for: there is no further latency.

Several spikes a step: K neurons hear the same and are told of each other's spikes, so that their membranes are equal;
the k-th fires where the membrane passes k thresholds. The number that fires is min(K, floor(u / theta)).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec
import numpy as np

from ....targets.chip import Chip
from ....targets.construct_offers import ConstructOffers
from ....targets.dialect_rules import DialectRules, Phase
from ...ir.fidelity_row import Status
from ...ir.timed_network import Level, Tie, TimedPopulation
from . import mirrors
from .construct import Realised, Wish

TAKEN_OFF = "a synapse of each neuron onto itself takes the threshold off, in the step after the spike"
PHASES: tuple[Phase, ...] = ("same", "next_before_decay", "next_after_decay")


@dataclass(frozen=True)
class SelfSynapse:
    """Reset by subtraction for neurons whose only state is the membrane."""

    name: str = "self-synapse"

    def realise(self, wish: Wish, rules: DialectRules, offers: ConstructOffers) -> Realised | None:
        """IF and LIF that take a threshold off and have no refractory steps, where spikes spare the current."""
        extended = taken_off(wish, rules, offers)
        if extended is None or wish.node.kind not in {"IF", "LIF"}:
            return None
        near = how_near(wish)
        return subtracting(
            wish, extended, TAKEN_OFF + counted(wish), "approximated" if near else "exact", near
        )

    def build(self, population: TimedPopulation, chip: Chip) -> tuple[TimedPopulation, ...]:
        return on_one_state(population, chip.constructs)


def taken_off(wish: Wish, rules: DialectRules, offers: ConstructOffers) -> DialectRules | None:
    """Extend the rules of a chip by resets that a synapse onto itself makes; None where it cannot, or where the chip's
    neurons subtract by themselves, in that moment and as often."""
    reading = wish.reading
    if offers.spared != "current" or not offers.self_synapse:
        return None
    if reading.reset != "subtract" or reading.refractory or reading.reset_phase not in PHASES:
        return None
    phase = retold(wish).get("reset_phase", reading.reset_phase)
    native = (*rules.reset_phase.exact, *rules.reset_phase.exact_if_subtract)
    as_often = not offers.counts or reading.multi != 1 or 1 in rules.multi.exact
    if "subtract" in rules.reset.exact and phase in native and as_often:
        return None
    multi, floor = rules.multi, rules.v_min
    if offers.counts and 1 not in multi.exact:
        multi = msgspec.structs.replace(multi, exact=(*multi.exact, 1))
    if offers.copies and wish.levels > 1 and wish.levels not in multi.exact:
        multi = msgspec.structs.replace(multi, exact=(*multi.exact, wish.levels), replaced_by=wish.levels)
    if offers.copies and wish.mirrors and reading.v_min is not None:
        floor = msgspec.structs.replace(floor, exact=(*floor.exact, reading.v_min))
    resets = tuple(dict.fromkeys((*rules.reset.exact, "subtract")))
    return msgspec.structs.replace(
        rules,
        multi=multi,
        v_min=floor,
        reset=msgspec.structs.replace(rules.reset, exact=resets),
        reset_phase=msgspec.structs.replace(rules.reset_phase, exact_if_subtract=PHASES),
    )


def subtracting(wish: Wish, rules: DialectRules, done: str, status: Status, effect: str) -> Realised:
    """The neurons of a node that takes thresholds off. rules: of `taken_off`. done, status, effect: of its row."""
    return Realised(
        rules=rules,
        retold=retold(wish),
        feature="reset",
        wanted="reset = subtract",
        done=done,
        status=status,
        effect=effect,
    )


def retold(wish: Wish) -> dict[str, object]:
    """Tell of the new membrane what compares its old one: it subtracts after the decay."""
    late = wish.reading.fire_on == "old" and wish.reading.reset_phase == "same"
    return {"reset_phase": "next_after_decay"} if late else {}


def counted(wish: Wish) -> str:
    """Say how several spikes a step are counted and how a floor is held; empty for one spike and no floor."""
    k = wish.levels
    levels = f"; {k} neurons that hear the same, at 1 to {k} thresholds, count the spikes" if k > 1 else ""
    return levels + mirrors.words(wish.mirrors)


def how_near(wish: Wish) -> str:
    """Say how exact a floor is; empty where none is made."""
    return f"a floor within {mirrors.GRADE / 2:g} thresholds" if wish.mirrors else ""


def on_one_state(population: TimedPopulation, offers: ConstructOffers) -> tuple[TimedPopulation, ...]:
    """One population for each spike that a neuron may send in a step, where the chip's send one: level k fires at k
    thresholds, and a spike of any of them takes one threshold off all. population: without a synaptic current."""
    neuron, name = population.neuron, population.name
    share = -np.ones(population.size) if neuron.reset_after_decay else -neuron.beta
    levels = (neuron.multi or 1) if offers.copies else 1
    names = [name, *(f"level@{k}:{name}" for k in range(2, levels + 1))]
    free = replace(neuron, reset="none", reset_after_decay=False, multi=1 if offers.copies else neuron.multi)
    ties = tuple(Tie(source=source, share=share) for source in names)
    counting = tuple(
        replace(
            population,
            name=own,
            neuron=free,
            ties=(*population.ties, *ties),
            level=Level(first=name, times=k, most=levels, counts=True) if levels > 1 else None,
        )
        for k, own in enumerate(names, 1)
    )
    return mirrors.with_floor(counting) if offers.copies else counting
