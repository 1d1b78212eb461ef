"""Builds the unplaced machine of Loihi 2: the quantised network, each neuron and synapse once, through no file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ....targets.configuration import Symbols
from ....targets.machines.synapse_list import Machine
from ....targets.machines.synapse_rows import SynapseRows, narrowest
from ..shared.cuba.quantized_network import QuantizedNetwork
from ..shared.unplaced import registers, unplaced_machine


def expand(network: QuantizedNetwork) -> tuple[Machine, Symbols]:
    """Build the unplaced machine."""
    return unplaced_machine(network, weighed(network), registers(network, register_names(network)))


def weighed(network: QuantizedNetwork) -> list[SynapseRows]:
    """Of each projection the synapses, weighed by what a spike adds; exponents are at least 0."""
    found: list[SynapseRows] = []
    for p in network.projections:
        weights: np.ndarray = p.synapses.weight.astype(np.int64) << p.format["weight_exp"]
        found.append(replace(p.synapses, weight=narrowest(weights)))
    return found


def register_names(network: QuantizedNetwork) -> list[str]:
    """Parameters of neurons."""
    return sorted({name for p in network.populations for name in p.params})
