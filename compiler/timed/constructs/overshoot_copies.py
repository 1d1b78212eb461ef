"""Reset by subtraction for neurons with a synaptic current, where the synapse is too slow for taps: copies that measure
how far a spike passed its threshold.

Both states are the chip's: the slower one, which keeps p of itself, in its current, the faster one, which keeps q, in
its voltage; a chain of two filters does the same in either order. A spike sets the voltage to 0 where theta was to be
taken off, so that two synapses of the neuron onto itself, the second a step later, bring in

    -c + q * V   and   c * b - p * q * V        c: theta, or a * theta; V: the membrane at the spike; b: of the synapse

of which the first parts take c off a state that keeps a, and the last restore what the voltage lost. V is known to half
a grade d from copies that hear the same and fire at theta + j * d: copy j is set back only where it fired, restores its
own theta + (j + 1/2) * d, and d more for each higher copy that fired. Only the first one's spikes are sent on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ....targets.chip import Chip
from ....targets.construct_offers import ConstructOffers
from ....targets.dialect_rules import DialectRules
from ...ir.timed_network import Level, Tie, TimedPopulation
from ..constants import add_from
from .construct import Realised, Wish
from .self_synapse import subtracting, taken_off

COPIES, GRADE = 4, 0.25
"""Copies, and how far apart their thresholds are, in thresholds."""


@dataclass(frozen=True)
class OvershootCopies:
    """Reset by subtraction for neurons of two states, to an eighth of a threshold."""

    name: str = "overshoot-copies"

    def realise(self, wish: Wish, rules: DialectRules, offers: ConstructOffers) -> Realised | None:
        """CubaLIF that take a threshold off and have no refractory steps, where spikes spare the current and synapses
        have delays; one spike a step."""
        extended = taken_off(replace(wish, most_spikes=1, floor=False), rules, offers)
        if (
            extended is None
            or wish.node.kind != "CubaLIF"
            or wish.max_delay < 1
            or not (offers.copies and offers.delays)
        ):
            return None
        done = (
            f"{COPIES} neurons that hear the same tell how far a spike passed the threshold; their synapses restore "
            "what the chip's reset takes too much"
        )
        near = f"the membrane after a spike is off by at most {GRADE / 2:g} thresholds"
        return subtracting(wish, extended, done, "approximated", near)

    def build(self, population: TimedPopulation, chip: Chip) -> tuple[TimedPopulation, ...]:
        neuron, name = population.neuron, population.name
        if neuron.alpha is None:
            return (population,)
        slow, fast = np.maximum(neuron.alpha, neuron.beta), np.minimum(neuron.alpha, neuron.beta)
        taken = np.ones(population.size) if neuron.reset_after_decay else neuron.beta
        constants = {step: vector.copy() for step, vector in population.constants.items()}
        if neuron.bias.any():  # it passes the membrane's filter alone, wherever that is
            add_from(constants, population.lag_steps, neuron.bias)
            add_from(constants, population.lag_steps + 1, -neuron.alpha * neuron.bias)
        names = [name, *(f"over@{j}:{name}" for j in range(1, COPIES))]
        free = replace(
            neuron, alpha=slow, beta=fast, bias=np.zeros(population.size), reset="to_value",
            reset_after_decay=False, multi=1, v_min=None,
        )  # fmt: skip

        def brought(
            source: str, amount: np.ndarray, first: np.ndarray, second: np.ndarray
        ) -> tuple[Tie, Tie]:
            """What restores `amount` of the voltage, beside what first and second bring by themselves."""
            return (
                Tie(source=source, share=first + fast * amount),
                Tie(source=source, share=second - slow * fast * amount, held_steps=1),
            )

        made: list[TimedPopulation] = []
        for j, own in enumerate(names):
            none = np.zeros(population.size)
            ties: list[Tie] = []
            for i, source in enumerate(names):
                amount = none + (1 + (j + 0.5) * GRADE if i == j else GRADE if i > j else 0.0)
                first, second = (-taken, taken * neuron.alpha) if i == 0 else (none, none)
                if i == 0 or i >= j:
                    ties += brought(source, amount, first, second)
            made.append(
                replace(
                    population,
                    name=own,
                    neuron=free,
                    constants={step: constants[step] for step in sorted(constants)},
                    ties=tuple(ties),
                    level=Level(first=name, times=1 + j * GRADE, most=1 + (COPIES - 1) * GRADE, counts=False),
                )
            )
        return tuple(made)
