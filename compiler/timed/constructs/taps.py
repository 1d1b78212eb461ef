"""Reset by subtraction for neurons with a synaptic current: the membrane in the chip's current, the synapse as taps.

A spike spares one state of the chip's neuron, and two have to survive it. The membrane takes that state, as in
`self_synapse`. The synapse, which keeps a share b of itself in each step, becomes delayed copies of each synapse:

    i[t] = b * i[t-1] + x[t] = x[t] + b * x[t-1] + b**2 * x[t-2] + ...

up to the tap from which less than `LEFT` of a spike is left. Constants that pass the synapse are treated alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from ....targets.chip import Chip
from ....targets.construct_offers import ConstructOffers
from ....targets.dialect_rules import DialectRules
from ...ir.timed_network import TimedLink, TimedPopulation
from ..constants import add_from
from .construct import Realised, Wish
from .self_synapse import TAKEN_OFF, counted, how_near, on_one_state, subtracting, taken_off

LEFT = 0.002
"""Of a spike in the synapse, where taps end."""
MOST_LEFT = 0.05
"""What may be left of it where the chip has no longer delay."""


@dataclass(frozen=True)
class Taps:
    """Reset by subtraction for neurons whose states are a synaptic current and the membrane."""

    name: str = "taps"

    def realise(self, wish: Wish, rules: DialectRules, offers: ConstructOffers) -> Realised | None:
        """CubaLIF that take a threshold off and have no refractory steps, where spikes spare the current and synapses
        have delays."""
        if wish.node.kind != "CubaLIF" or wish.neuron.alpha is None or not offers.delays:
            return None
        taps = taps_of(wish.neuron.alpha, wish.max_delay)
        extended = taken_off(wish, rules, offers)
        left = float(wish.neuron.alpha.max(initial=0.0)) ** taps
        if extended is None or left > MOST_LEFT:
            return None
        done = f"{TAKEN_OFF}; {taps} delayed synapses for each one are the synaptic current{counted(wish)}"
        near = [f"at most {left:.1%} of a spike is cut off", how_near(wish)]
        return subtracting(wish, extended, done, "approximated", ", ".join(filter(None, near)))

    def build(self, population: TimedPopulation, chip: Chip) -> tuple[TimedPopulation, ...]:
        neuron = population.neuron
        if neuron.alpha is None:
            return (population,)
        held = max((link.held_steps for link in population.links), default=0)
        taps = taps_of(neuron.alpha, chip.max_delay - held)
        constants = {step: vector.copy() for step, vector in population.constants.items()}
        for step, vector in sorted(population.constants.items()):
            for k in range(1, taps):
                add_from(constants, step + k, neuron.alpha**k * vector)
        return on_one_state(
            replace(
                population,
                neuron=replace(neuron, alpha=None),
                links=_tapped(population.links, neuron.alpha, taps),
                constants={step: constants[step] for step in sorted(constants)},
            ),
            chip.constructs,
        )


def taps_of(alpha: np.ndarray, max_delay: int) -> int:
    """Count the taps of a synapse that keeps alpha (n,) of itself in a step."""
    kept = float(alpha.max(initial=0.0))
    wanted = max_delay + 1 if kept >= 1 else 1 if kept <= 0 else math.ceil(math.log(LEFT) / math.log(kept))
    return max(1, min(wanted, max_delay + 1))


def _tapped(links: tuple[TimedLink, ...], alpha: np.ndarray, taps: int) -> tuple[TimedLink, ...]:
    from scipy import sparse

    found: dict[tuple[str, int], TimedLink] = {}
    for link in links:
        for k in range(taps):
            weights = sparse.csr_array(sparse.diags_array(alpha**k) @ link.weights)
            key = link.source, link.held_steps + k
            if key in found:
                weights = sparse.csr_array(found[key].weights + weights)
            found[key] = replace(link, weights=weights, held_steps=link.held_steps + k)
    return tuple(found[key] for key in sorted(found))
