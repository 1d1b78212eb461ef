"""A membrane that is set to a value in the whole step after the spike, by a refractory step.

Where a framework overwrites the membrane in the step after the spike, whatever arrives there, and its current runs
on, the neuron is one that is set back at once and holds its membrane for one step more: what chips call refractory.
"""

from __future__ import annotations

from dataclasses import dataclass

from ....sim.dialect.dialect import MOST_FEEDBACK_STEPS
from ....targets.chip import Chip
from ....targets.construct_offers import ConstructOffers
from ....targets.dialect_rules import DialectRules
from ...ir.timed_network import TimedPopulation
from .construct import Realised, Wish


@dataclass(frozen=True)
class HoldAfter:
    """Overwriting the membrane of the next step."""

    name: str = "refractory-step"

    def realise(self, wish: Wish, rules: DialectRules, offers: ConstructOffers) -> Realised | None:
        """Neurons that a spike sets to a value in the next step, on a chip that has the refractory step.

        The refractory steps of the reading begin with the step that is overwritten."""
        reading = wish.reading
        old = reading.fire_on == "old"
        overwrites = reading.reset_phase == "next_overwrite" or (old and reading.reset_phase == "same")
        if reading.reset != "v_reset" or not overwrites:
            return None
        # One that compares its old membrane counts its refractory steps from the step that it overwrites.
        steps = reading.refractory + 1 if old else max(1, reading.refractory)
        held = "any" in rules.refractory.exact or steps in rules.refractory.exact
        if "next_overwrite" in rules.reset_phase.exact or "v_reset" not in rules.reset.exact or not held:
            return None
        held_for = "a refractory step" if steps == 1 else f"{steps} refractory steps"
        sent = {"fire_on": "new", "layer_delay": 1, "rec_delay": reading.rec_delay + 1} if old else {}
        if old and (rules.fire_on.layer_delay != 1 or reading.rec_delay >= MOST_FEEDBACK_STEPS):
            return None
        earlier = "fires one step earlier and sends one step later; " if old else ""
        return Realised(
            rules=rules,
            retold={**sent, "reset_phase": "same", "refractory": steps},
            feature="reset in a later step",
            wanted=f"reset_phase = {reading.reset_phase}",
            done=f"{earlier}reset in the step of the spike, and {held_for} in which the current runs on",
        )

    def build(self, population: TimedPopulation, chip: Chip) -> tuple[TimedPopulation, ...]:
        return (population,)
