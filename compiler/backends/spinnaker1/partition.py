"""Cuts populations into slices of neighbouring neurons, one core each, as few as there can be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ....sim.diagnostic import DiagnosticError, error
from ....sim.nir.path import shown
from ....targets.spinnaker1.core_image import NeuronKind
from ....targets.spinnaker1.dtcm import bytes_of
from ....targets.spinnaker1.model import SpinnakerChip
from ....targets.spinnaker1.synaptic_word import LOG_TYPES
from ...ir.made_names import place_of
from ...ir.quantized import QuantizedPopulation
from .quantized_network import QuantizedNetwork

TABLE = 32, 64
"""Entries and addresses of a population table for which a core always keeps room."""


class Cut(NamedTuple):
    """How a population lies on cores: neurons of each but perhaps the last, cores, and slots of its rings, log2."""

    neurons: int
    cores: int
    log_delay_slots: int


def kind_of(population: QuantizedPopulation) -> NeuronKind:
    """The vendor's binary that computes a population."""
    return "IF_curr_delta" if population.params["jumps"].any() else "IF_curr_exp"


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
    kind = kind_of(population)
    most = min(target.core.neurons, 1 << max(0, target.core.ring_bits - LOG_TYPES - slots))
    while most > 1 and bytes_of(kind, most, slots, 1, TABLE) > target.core.dtcm_bytes:
        most -= 1
    least = bytes_of(kind, 1, slots, 1, TABLE)
    if least > target.core.dtcm_bytes or slots + LOG_TYPES > target.core.ring_bits:
        message = (
            f"one neuron of {shown(population.name)} takes {least:,} bytes of fast memory; a core of "
            f"{target.title} has {target.core.dtcm_bytes:,}"
        )
        hint = "use shorter delays"
        raise DiagnosticError((error("SPK2001", message, where=place_of(population.name), hint=hint),))
    cores = -(-population.size // most)
    return Cut(neurons=min(most, population.size), cores=cores, log_delay_slots=slots)
