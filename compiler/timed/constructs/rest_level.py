"""Rest above the floor of a chip's state, so that inhibition counts where a membrane cannot fall below its reset.

A chip whose states are not negative forgets whatever inhibition comes to a neuron at rest, and one that tests the
threshold after each event hears it late. Here every neuron starts at a level R and fires at its threshold + R. A spike
leaves it at the floor, and R comes back at once: over a synapse of the neuron onto itself where spikes stay on the
chip, else by the host. So a membrane may fall R below rest. A leak pulls it to the floor instead: the backend, which
knows the integers, leaves rest at the floor where the leak of a step is R or more, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from ....targets.chip import Chip
from ....targets.construct_offers import ConstructOffers
from ....targets.dialect_rules import DialectRules
from ...ir.timed_network import TimedPopulation
from .construct import Realised, Wish


@dataclass(frozen=True)
class RestLevel:
    """Membranes that fall below rest."""

    name: str = "rest-level"

    def realise(self, wish: Wish, rules: DialectRules, offers: ConstructOffers) -> Realised | None:
        """IF and LIF without a floor of their own, on a chip whose floor is where a spike leaves a neuron."""
        floor = rules.v_min
        if not offers.raised_rest or floor.replaced_by != "v_reset" or wish.reading.v_min is not None:
            return None
        if wish.node.kind not in {"IF", "LIF"}:
            return None
        return Realised(
            rules=msgspec.structs.replace(
                rules, v_min=msgspec.structs.replace(floor, exact=(*floor.exact, "none"))
            ),
            feature="membranes below rest",
            wanted="v_min = none",
            done="rest is above the chip's floor where leak and room allow it; how far, of each population, see below",
            status="approximated",
        )

    def build(self, population: TimedPopulation, chip: Chip) -> tuple[TimedPopulation, ...]:
        return (replace(population, raised=True),)
