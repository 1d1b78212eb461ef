"""Builds the unplaced machine of SpiNNaker 1: the quantised network, each neuron and synapse once, without limits."""

from __future__ import annotations

from dataclasses import replace

from ....targets.configuration import Symbols
from ....targets.machines.synapse_list import Machine
from ....targets.spinnaker1.machine import LOADED, with_constants
from ..shared.unplaced import registers, unplaced_machine
from .quantized_network import QuantizedNetwork


def expand(network: QuantizedNetwork) -> tuple[Machine, Symbols]:
    """Build the unplaced machine; its cores compute their constants of what the network says."""
    loaded = with_constants(registers(network, LOADED))
    machine, symbols = unplaced_machine(network, [p.synapses for p in network.projections], loaded)
    return replace(machine, apart=True), symbols
