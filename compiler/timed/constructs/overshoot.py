"""Reset to a value by a second neuron for each, which tells how far the first is past its threshold.

The membrane is kept in the state that firing spares. A spike takes off all that is there, which no synapse knows; but a
neuron of the same inputs whose comparison is shifted fires once for each grain d that the membrane holds from the
threshold on, n = 1 + floor((v - theta) / d) times. In the next step

    u[t+1] = beta * (u[t] - (theta - d/2) z[t] - d n[t]) + x[t+1]        z[t] = u[t] > theta

so that u is 0 within d/2 after a spike, in both neurons: their membranes stay the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from ....targets.chip import Chip
from ....targets.construct_offers import ConstructOffers
from ....targets.dialect_rules import DialectRules, Phase
from ...ir.timed_network import Overshoot, TimedPopulation
from .construct import Realised, Wish

PHASES: tuple[Phase, ...] = ("same", "next_before_decay")
GRAIN = 1 / 32


@dataclass(frozen=True)
class OvershootNeuron:
    """Reset to a value for neurons whose only state is the membrane."""

    name: str = "overshoot-neuron"

    def realise(self, wish: Wish, rules: DialectRules, offers: ConstructOffers) -> Realised | None:
        """IF and LIF that spike once a step and start from a value at once, where spikes spare the current."""
        node, reading = wish.node, wish.reading
        if offers.spared != "current" or not offers.self_synapse or not offers.counts:
            return None
        if node.kind not in {"IF", "LIF"} or reading.reset != "v_reset" or "v_reset" in rules.reset.exact:
            return None
        if reading.reset_phase not in PHASES or reading.fire_on != "new" or reading.multi != 1:
            return None
        phases = tuple(dict.fromkeys((*rules.reset_phase.exact, *PHASES)))
        spikes = tuple(dict.fromkeys((*rules.multi.exact, 1)))
        return Realised(
            rules=msgspec.structs.replace(
                rules,
                reset=msgspec.structs.replace(rules.reset, exact=(*rules.reset.exact, "v_reset")),
                reset_phase=msgspec.structs.replace(rules.reset_phase, exact=phases),
                multi=msgspec.structs.replace(rules.multi, exact=spikes),
            ),
            feature="reset",
            wanted="reset = v_reset",
            done="a second neuron for each tells how far it is past its threshold, and both lose that in the next step",
        )

    def build(self, population: TimedPopulation, chip: Chip) -> tuple[TimedPopulation, ...]:
        overshoot = Overshoot(grain=GRAIN, share=-population.neuron.beta)
        return (replace(population, neuron=replace(population.neuron, reset="none"), overshoot=overshoot),)
