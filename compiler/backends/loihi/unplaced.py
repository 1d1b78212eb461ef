"""Builds the unplaced machine of Loihi: the quantised network, each neuron and synapse once, without limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ....targets.configuration import Symbols
from ....targets.loihi1 import neuron
from ....targets.loihi1.model import LoihiChip
from ....targets.machines.synapse_list import Machine
from ....targets.machines.synapse_rows import SynapseRows, narrowest
from ..shared.cuba.quantized_network import QuantizedNetwork
from ..shared.unplaced import registers, unplaced_machine


def expand(network: QuantizedNetwork, target: LoihiChip) -> tuple[Machine, Symbols]:
    """Build the unplaced machine: weights as the chip's accumulator receives them."""
    names = register_names(network)
    return unplaced_machine(network, weighed(network), registers(network, names))


def weighed(network: QuantizedNetwork) -> list[SynapseRows]:
    """Of each projection the synapses, weighed by what a spike adds."""
    found: list[SynapseRows] = []
    for p in network.projections:
        codes: np.ndarray = p.synapses.weight.astype(np.int64)
        exponent: np.ndarray = np.array(p.format["wgtExp"], dtype=np.int64)
        weights: np.ndarray = neuron.effective_weight(np, codes, exponent)
        found.append(replace(p.synapses, weight=narrowest(weights)))
    return found


def register_names(network: QuantizedNetwork) -> list[str]:
    """Registers of neurons, and those of cores."""
    return sorted({name for p in network.populations for name in (*p.params, *p.core_params)})
