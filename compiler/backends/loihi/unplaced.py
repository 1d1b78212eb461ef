"""Builds the unplaced machine of Loihi: the quantised network, each neuron and synapse once, without limits."""

from __future__ import annotations

import numpy as np

from ....targets.configuration import Symbols
from ....targets.loihi1.model import Target
from ....targets.machines.synapse_list import Machine
from ..shared.unplaced import unplaced_machine
from .quantized_network import QuantizedNetwork


def expand(network: QuantizedNetwork, target: Target) -> tuple[Machine, Symbols]:
    """Build the unplaced machine of a network, and its symbols."""
    weights = [
        target.arithmetic.effective_weight(np, p.code, np.int64(p.format["wgtExp"]))
        for p in network.projections
    ]
    return unplaced_machine(network, weights, _registers(network))


def _registers(network: QuantizedNetwork) -> dict[str, np.ndarray]:
    """Registers of neurons, and those of cores repeated for each neuron."""
    names = sorted({name for p in network.populations for name in (*p.params, *p.core_params)})
    return {
        name: np.concatenate(
            [
                np.zeros(0, dtype=np.int64),
                *[
                    p.params[name] if name in p.params else np.full(p.size, p.core_params[name])
                    for p in network.populations
                ],
            ]
        )
        for name in names
    }
