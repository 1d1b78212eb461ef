"""Reset by subtraction by a synapse of each neuron onto itself.

A spike at step t takes an amount c off the membrane of step t + 1: theta where the source framework subtracts after the
decay, beta * theta where it does so before. What is subtracted is a linear input, so it may arrive over a synapse. The
membrane is kept in the state that firing spares, with the membrane's decay; only the comparison is the chip's:

    u[t] = beta * u[t-1] + x[t] - c * z[t-1]        z[t] = u[t] > theta

A spike reaches its own neuron one step later, as the sum of the next step asks for: there is no further latency.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec
import numpy as np

from ....sim.dialect.dialect import NodeDialect
from ....targets.construct_offers import ConstructOffers
from ....targets.dialect_rules import DialectRules, Phase
from ...ir.network import FlatNode
from ...ir.timed_network import Tie, TimedPopulation
from .construct import Realised

PHASES: tuple[Phase, ...] = ("same", "next_before_decay", "next_after_decay")


@dataclass(frozen=True)
class SelfSynapse:
    """Reset by subtraction for neurons whose only state is the membrane."""

    name: str = "self-synapse"

    def realise(
        self, node: FlatNode, reading: NodeDialect, rules: DialectRules, offers: ConstructOffers
    ) -> Realised | None:
        """IF and LIF that take a threshold off, and have no refractory steps, otherwise than the chip's neurons do: in
        another moment, or once a step where these spike several times. The chip's spikes spare the current."""
        if offers.spared != "current" or not offers.self_synapse:
            return None
        if node.kind not in {"IF", "LIF"} or reading.reset != "subtract" or reading.refractory:
            return None
        if reading.reset_phase not in PHASES:
            return None
        # Told of the new membrane, a neuron that compares its old one subtracts after the decay.
        late = reading.fire_on == "old" and reading.reset_phase == "same"
        phase: Phase = "next_after_decay" if late else reading.reset_phase
        native = (*rules.reset_phase.exact, *rules.reset_phase.exact_if_subtract)
        as_often = not offers.counts or reading.multi != 1 or 1 in rules.multi.exact
        if "subtract" in rules.reset.exact and phase in native and as_often:
            return None
        resets = tuple(dict.fromkeys((*rules.reset.exact, "subtract")))
        spikes = tuple(dict.fromkeys((*rules.multi.exact, *((1,) if offers.counts else ()))))
        return Realised(
            rules=msgspec.structs.replace(
                rules,
                reset=msgspec.structs.replace(rules.reset, exact=resets),
                multi=msgspec.structs.replace(rules.multi, exact=spikes),
                reset_phase=msgspec.structs.replace(rules.reset_phase, exact_if_subtract=PHASES),
            ),
            retold={"reset_phase": "next_after_decay"} if late else {},
            feature="reset",
            wanted="reset = subtract",
            done="a synapse of each neuron onto itself takes the threshold off, in the step after the spike",
        )

    def build(self, population: TimedPopulation) -> TimedPopulation:
        neuron = population.neuron
        share = -np.ones(population.size) if neuron.reset_after_decay else -neuron.beta
        return replace(
            population,
            neuron=replace(neuron, reset="none", reset_after_decay=False),
            ties=(*population.ties, Tie(source=population.name, share=share)),
        )
