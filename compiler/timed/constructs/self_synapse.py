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

from ....targets.construct_offers import ConstructOffers
from ....targets.dialect_rules import DialectRules, Phase
from ...ir.timed_network import Level, Tie, TimedPopulation
from .construct import Realised, Wish

PHASES: tuple[Phase, ...] = ("same", "next_before_decay", "next_after_decay")


@dataclass(frozen=True)
class SelfSynapse:
    """Reset by subtraction for neurons whose only state is the membrane."""

    name: str = "self-synapse"

    def realise(self, wish: Wish, rules: DialectRules, offers: ConstructOffers) -> Realised | None:
        """IF and LIF that take a threshold off and have no refractory steps, where spikes spare the current."""
        reading = wish.reading
        if offers.spared != "current" or not offers.self_synapse or "subtract" in rules.reset.exact:
            return None
        if wish.node.kind not in {"IF", "LIF"} or reading.reset != "subtract" or reading.refractory:
            return None
        if reading.reset_phase not in PHASES:
            return None
        # Told of the new membrane, a neuron that compares its old one subtracts after the decay.
        late = reading.fire_on == "old" and reading.reset_phase == "same"
        levels = min(wish.most_spikes, reading.multi or wish.most_spikes)
        multi = rules.multi
        if levels > 1 and levels not in multi.exact:
            multi = msgspec.structs.replace(multi, exact=(*multi.exact, levels), replaced_by=levels)
        counted = f"; {levels} neurons that hear the same, at 1 to {levels} thresholds, count the spikes"
        return Realised(
            rules=msgspec.structs.replace(
                rules,
                multi=multi,
                reset=msgspec.structs.replace(rules.reset, exact=(*rules.reset.exact, "subtract")),
                reset_phase=msgspec.structs.replace(rules.reset_phase, exact_if_subtract=PHASES),
            ),
            retold={"reset_phase": "next_after_decay"} if late else {},
            feature="reset",
            wanted="reset = subtract",
            done="a synapse of each neuron onto itself takes the threshold off, in the step after the spike"
            + (counted if levels > 1 else ""),
        )

    def build(self, population: TimedPopulation) -> tuple[TimedPopulation, ...]:
        """One population for each spike that a neuron may send in a step: level k fires at k thresholds, and a spike of
        any of them takes one threshold off all."""
        neuron, name = population.neuron, population.name
        share = -np.ones(population.size) if neuron.reset_after_decay else -neuron.beta
        levels = neuron.multi or 1
        names = [name, *(f"level@{k}:{name}" for k in range(2, levels + 1))]
        free = replace(neuron, reset="none", reset_after_decay=False, multi=1)
        ties = tuple(Tie(source=source, share=share) for source in names)
        return tuple(
            replace(
                population,
                name=own,
                neuron=free,
                ties=(*population.ties, *ties),
                level=Level(first=name, times=k, of=levels) if levels > 1 else None,
            )
            for k, own in enumerate(names, 1)
        )
