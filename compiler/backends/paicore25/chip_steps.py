"""Chooses how many chip steps make a step of the network, and which populations get twins instead."""

from __future__ import annotations

from collections.abc import Iterable

from ....targets.paicore25.model import PaicoreChip
from ...ir.network import Neuron
from ...ir.timed_network import TimedNetwork
from .decays import MOST_STEPS, fewest_chip_steps, level_needed, nearest_decays
from .last_chip_step import all_can_wait, behind, in_last

FAR = 0.01
"""By how much decays may be off in the best number of chip steps, in parts of what a step keeps, before neurons get
twins."""


def twins_of(timed: TimedNetwork, chip: PaicoreChip, near: float) -> frozenset[str]:
    """The populations whose neurons get twins, in a step that is one chip step: where no number of chip steps comes
    near to all decays, those that one is too far from. None, if one of them cannot have twins: it has a synaptic
    current, or hears of its own spikes, and what these go through would be longer."""
    steps = chip_steps_of(timed, chip, near)
    if _gap(timed, timed.populations, steps) <= FAR:
        return frozenset()
    far = {name for name in timed.populations if _gap(timed, [name], 1) > near}
    can = all(
        timed.populations[name].neuron.alpha is None and name not in behind(timed, name) for name in far
    )
    return frozenset(far) if can else frozenset()


def _gap(timed: TimedNetwork, names: Iterable[str], chip_steps: int) -> float:
    found = [0.0]
    for name in names:
        neuron = timed.populations[name].neuron
        found.append(nearest_decays(neuron.beta, chip_steps, **level_needed(neuron)).gap)
        if neuron.alpha is not None:
            found.append(nearest_decays(neuron.alpha, chip_steps).gap)
    return max(found)


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
