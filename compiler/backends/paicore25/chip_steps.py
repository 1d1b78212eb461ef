"""Chooses how many chip steps make a step of the network."""

from __future__ import annotations

from ....targets.paicore25.model import PaicoreChip
from ...ir.network import Neuron
from ...ir.timed_network import TimedNetwork
from .decays import MOST_STEPS, fewest_chip_steps
from .last_chip_step import all_can_wait, in_last


def chip_steps_of(timed: TimedNetwork, chip: PaicoreChip, near: float) -> int:
    """The fewest chip steps in which all membranes decay within `near` of what the network wants.

    Neurons that nothing resets fire in every chip step, and those with a synaptic current in the last one, if they can
    wait: where there are others, a step is one chip step. Delays must fit the input buffer."""
    populations = timed.populations.values()
    if any(_once_alone(p.neuron) for p in populations) or not all_can_wait(timed):
        return 1
    timed = in_last(timed)
    most = MOST_STEPS
    sizes = {name: p.size for name, p in timed.populations.items()}
    sizes |= {name: _size(shape) for name, shape in timed.network.inputs.items()}
    for p in timed.populations.values():
        bits = sum(sizes[link.source] for link in p.links)
        slots = 1
        while slots * chip.core.slot_bits < bits:
            slots *= 2
        for link in p.links:
            if link.held_steps:
                most = min(most, (chip.core.slots // slots - 2) // link.held_steps)
    kept = [p.neuron.beta for p in populations] + [
        p.neuron.alpha for p in populations if p.neuron.alpha is not None
    ]
    return fewest_chip_steps(kept, near, max(1, most))


def _once_alone(neuron: Neuron) -> bool:
    return neuron.alpha is None and neuron.theta is not None and neuron.reset == "none"


def _size(shape: tuple[int, ...]) -> int:
    found = 1
    for side in shape:
        found *= side
    return found
