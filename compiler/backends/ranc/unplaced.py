"""The machine without limits: every neuron once, and synapses that go anywhere."""

from __future__ import annotations

import numpy as np

from ....targets.configuration import Symbols
from ....targets.machines.crossbar_grid import PARAMETERS
from ....targets.machines.synapse_list import Machine
from ....targets.ranc.model import Revision
from ...ir.quantized import MaskProjection, QuantizedPopulation
from ..shared.unplaced import expand_with
from .axon_type_weights import weights_of
from .quantized_network import QuantizedNetwork


def expand(network: QuantizedNetwork, chip: Revision) -> tuple[Machine, Symbols]:
    by_name = {p.name: p for p in network.populations}
    weights = [synapse_weights(p, by_name[p.post], chip) for p in network.projections]
    return expand_with(network, weights, registers(network, PARAMETERS))


def registers(network: QuantizedNetwork, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Register -> (n,) int64 of all neurons, population after population."""
    none = np.zeros(0, dtype=np.int64)
    return {name: np.concatenate([none, *(p.params[name] for p in network.populations)]) for name in names}


def synapse_weights(projection: MaskProjection, post: QuantizedPopulation, chip: Revision) -> np.ndarray:
    """(k,) int64: what a spike adds to the potential."""
    values = np.stack([post.params[name] for name in weight_names(chip)], axis=1)
    return weights_of(projection.code, values[projection.rows])


def weight_names(chip: Revision) -> tuple[str, ...]:
    """Registers that hold what a spike adds, by the type of its axon."""
    return tuple(f"weight{k}" for k in range(chip.core.types))
