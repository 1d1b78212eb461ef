"""Partitions a network onto the cores of a mesh with the mapper, and chooses a site for each core."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ....sim.diagnostic import DiagnosticError, error
from ....targets.mesh.chip import MeshRecord
from ...ir.placement import Placement
from ...ir.quantized import QuantizedNetwork
from ...ir.report import MemoryBits, Resources
from ...ir.stages import Placed
from ...mapping.graph import Limits
from .group_sources import group_sources
from .mapped_partition import mapped_partition
from .place_on_mesh import mesh_cost, place
from .resources import of_placement


def partition(
    network: QuantizedNetwork, chip: MeshRecord, rates: Mapping[str, np.ndarray]
) -> tuple[Placement, np.ndarray]:
    """Cut a network into slices on cores, in order of use; with (cores, cores) packets a step between them.

    Raises DiagnosticError: SPK2001 for a neuron that one core does not hold."""
    grouped, core = group_sources(network, rates), chip.core
    graph = replace(grouped.graph, axons=None)  # every source takes an axon of its own
    limits = Limits(neurons=core.neurons, axons=core.axons, memory=core.neurons * core.axons)
    try:
        return mapped_partition(network, grouped, graph, limits, {"neurons": "neurons", "axons": "axons"})
    except ValueError as problem:
        most = f"a neuron hears {graph.fan_in.max()} sources; a core of {chip.title} has {core.axons} axons"
        raise DiagnosticError((error("SPK2001", most, hint="use fewer or smaller layers"),)) from problem


def placed(
    network: QuantizedNetwork, chip: MeshRecord, rates: Mapping[str, np.ndarray], synapse_bits: int
) -> Placed:
    """Place a network. rates: population or input -> (n,) spikes a step, empty where none are known. synapse_bits: of
    the word of a synapse.

    Raises DiagnosticError: SPK2003 for more cores than the mesh has."""
    found, sent = partition(network, chip, rates)
    placement = place(found, chip, {}, sent)
    which = "at the float run's rates" if rates else "if every source spiked"
    bits = synapse_bits * network.synapses
    return Placed(
        placement=placement,
        diagnostics=(),
        resources=Resources(
            **of_placement(placement),
            mesh=mesh_cost(placement, chip, sent, which),
            chips=1,
            cores_per_chip=chip.cores,
            neurons_per_core=chip.core.neurons,
            memory_bits=MemoryBits(stored=bits, without_sharing=bits),
            least_cores_of_any_partition=found.certificate.least_cores,
        ),
    )
