"""One comparison a step where a chip tests its threshold after every event.

Every event may fire a neuron, although the spikes that come after it in the same step would have kept it silent, and
what comes after a spike is kept, although the source sets the membrane back behind the whole step. Here the register
holds the membrane less the threshold, and is compared with 0. The first event of a step lowers all neurons by K, the
spikes of the step come in any order, and one event that moves every membrane towards 0, and no further, raises them
again: it ends at 0, and so fires, where the membrane has reached the threshold, whatever lies above it. The neuron is
left at the register's 0; in the next step the own row of its spike, sent as often as needed, takes the threshold off.
So a step is summed, compared once and reset to the value that the source resets to, as long as no part of a step's sum
lifts a membrane K above where it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ....targets.chip import Chip
from ....targets.construct_offers import ConstructOffers
from ....targets.dialect_rules import DialectRules
from ...ir.timed_network import TimedPopulation
from .construct import Realised, Wish


@dataclass(frozen=True)
class OneComparison:
    """Integrate-and-fire neurons that compare the sum of a step, and forget what is above their threshold."""

    name: str = "one-comparison"

    def realise(self, wish: Wish, rules: DialectRules, offers: ConstructOffers) -> Realised | None:
        """IF without a floor and without refractory steps, that a spike sets to a value at once: the event that raises
        membranes is the only one that could make them leak."""
        reading = wish.reading
        if not offers.lowered or wish.node.kind != "IF" or reading.v_min is not None or reading.refractory:
            return None
        if reading.reset != "v_reset" or reading.reset_phase not in rules.reset_phase.exact:
            return None
        return Realised(
            rules=rules,
            feature="threshold",
            wanted="compared with the sum of a step",
            done="membranes are lowered before the events of a step and raised behind them, where there is room for "
            "the rows; see below",
            status="approximated",
        )

    def build(self, population: TimedPopulation, chip: Chip) -> tuple[TimedPopulation, ...]:
        return (replace(population, lowered=True),)
