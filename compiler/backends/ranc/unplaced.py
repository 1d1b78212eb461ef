"""Builds the unplaced machine of RANC: every neuron once, and synapses that go anywhere."""

from __future__ import annotations

import numpy as np

from ....targets.configuration import Symbols
from ....targets.machines.crossbar_grid import PARAMETERS
from ....targets.machines.synapse_list import Machine
from ....targets.machines.synapse_rows import as_rows
from ....targets.ranc.model import RancChip
from ...ir.quantized import MaskProjection, QuantizedPopulation
from ..shared.unplaced import registers, unplaced_machine
from .axon_type_weights import weights_of
from .quantized_network import QuantizedNetwork


def expand(network: QuantizedNetwork, chip: RancChip) -> tuple[Machine, Symbols]:
    """Build the unplaced machine of a network, and its symbols."""
    by_name = {p.name: p for p in network.populations}
    synapses = [
        as_rows(p.cols, p.rows, synapse_weights(p, by_name[p.post], chip), p.delay)
        for p in network.projections
    ]
    return unplaced_machine(network, synapses, registers(network, PARAMETERS))


def synapse_weights(projection: MaskProjection, post: QuantizedPopulation, chip: RancChip) -> np.ndarray:
    """Compute what a spike adds to the potential: (k,) int64."""
    values = np.stack([post.params[name] for name in weight_names(chip)], axis=1)
    return weights_of(projection.code, values[projection.rows])


def weight_names(chip: RancChip) -> tuple[str, ...]:
    """Name the registers that hold what a spike adds, by the type of its axon."""
    return tuple(f"weight{k}" for k in range(chip.core.types))
