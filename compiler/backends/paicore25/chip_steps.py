"""Chooses how many chip steps make a step of the network."""

from __future__ import annotations

from ....targets.paicore25.model import PaicoreChip
from ...ir.network import Neuron
from ...ir.timed_network import TimedNetwork
from .decays import MOST_STEPS, fewest_chip_steps


def chip_steps_of(timed: TimedNetwork, chip: PaicoreChip, near: float) -> int:
    """The fewest chip steps in which all membranes decay within `near` of what the network wants.

    Synaptic currents are sent on in every chip step, and neurons that nothing resets fire in every one: where there are
    such, a step is one chip step. Delays must fit the input buffer."""
    populations = timed.populations.values()
    if any(_once_alone(p.neuron) for p in populations):
        return 1
    most = MOST_STEPS
    sizes = {name: p.size for name, p in timed.populations.items()}
    sizes |= {name: _size(shape) for name, shape in timed.network.inputs.items()}
    for p in populations:
        bits = sum(sizes[link.source] for link in p.links)
        slots = 1
        while slots * chip.core.slot_bits < bits:
            slots *= 2
        for link in p.links:
            if link.held_steps:
                most = min(most, (chip.core.slots // slots - 2) // link.held_steps)
    return fewest_chip_steps((p.neuron.beta for p in populations), near, max(1, most))


def _once_alone(neuron: Neuron) -> bool:
    return neuron.alpha is not None or (neuron.theta is not None and neuron.reset == "none")


def _size(shape: tuple[int, ...]) -> int:
    found = 1
    for side in shape:
        found *= side
    return found
