"""Cuts populations into slices of neighbouring neurons, one core each, as few as there can be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ....sim.diagnostic import DiagnosticError, error
from ....sim.nir.path import shown, stored_at
from ....targets.spinnaker1.model import SpinnakerChip
from ....targets.spinnaker1.synaptic_word import LOG_TYPES
from ...ir.quantized import QuantizedPopulation
from .quantized_network import QuantizedNetwork

RING_ENTRY_BYTES = 2
NEURON_BYTES = 128
"""Of the state and the parameters of a neuron in DTCM: 27 words of IF_curr_exp, and what is recorded."""
KEPT_BYTES = 24 << 10
"""Of DTCM, for stack, packets that wait, buffers of rows and recordings, population table."""


class Cut(NamedTuple):
    """How a population lies on cores: neurons of each but perhaps the last, cores, and slots of its rings, log2."""

    neurons: int
    cores: int
    log_delay_slots: int


def cuts(network: QuantizedNetwork, target: SpinnakerChip) -> dict[str, Cut]:
    """Cut each population. Raises DiagnosticError: SPK2001 for one of which a core does not hold a neuron."""
    slots = log_delay_slots(network)
    return {p.name: _cut(p, slots[p.name], target) for p in network.populations}


def log_delay_slots(network: QuantizedNetwork) -> Mapping[str, int]:
    """Population -> log2 of the slots that its longest delay needs, at least 1."""
    longest = {p.name: 1 for p in network.populations}
    for p in network.projections:
        longest[p.post] = max(longest[p.post], 1 + int(p.synapses.delay.max(initial=0)))
    return {name: max(1, (most - 1).bit_length()) for name, most in longest.items()}


def _cut(population: QuantizedPopulation, slots: int, target: SpinnakerChip) -> Cut:
    most = min(target.core.neurons, 1 << max(0, target.core.ring_bits - LOG_TYPES - slots))
    while most > 1 and dtcm_bytes(most, slots) > target.core.dtcm_bytes:
        most -= 1
    if dtcm_bytes(most, slots) > target.core.dtcm_bytes or slots + LOG_TYPES > target.core.ring_bits:
        message = (
            f"one neuron of {shown(population.name)} takes {dtcm_bytes(1, slots):,} bytes of fast memory; a core of "
            f"{target.title} has {target.core.dtcm_bytes:,}"
        )
        hint = "use shorter delays"
        raise DiagnosticError((error("SPK2001", message, where=stored_at(population.name), hint=hint),))
    cores = -(-population.size // most)
    return Cut(neurons=min(most, population.size), cores=cores, log_delay_slots=slots)


def dtcm_bytes(neurons: int, log_slots: int) -> int:
    """Estimate what a core of so many neurons takes of its fast memory."""
    places = 1 << ((neurons - 1).bit_length() + LOG_TYPES + log_slots)
    return KEPT_BYTES + RING_ENTRY_BYTES * places + NEURON_BYTES * neurons


def core_numbers(network: QuantizedNetwork, found: Mapping[str, Cut]) -> dict[str, np.ndarray]:
    """Population -> (n,) core of each neuron, cores numbered population after population."""
    first, numbers = 0, dict[str, np.ndarray]()
    for p in network.populations:
        numbers[p.name] = first + np.arange(p.size) // found[p.name].neurons
        first += found[p.name].cores
    return numbers
