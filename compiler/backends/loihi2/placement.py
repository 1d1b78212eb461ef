"""Estimates how many cores a network takes: neurons and synaptic memory of a core are guesses with a margin.

The files name no core, as the vendor's compiler places processes by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ....sim.diagnostic import Diagnostic, DiagnosticError, error, note
from ....sim.nir.path import shown, stored_at
from ....targets.loihi2.model import Loihi2Chip
from ....targets.synapse_chunks import chunked_bits, index_bits
from ...ir.placement import Placement
from ...ir.report import MemoryBits, Resources
from ...ir.stages import Placed
from ...mapping.graph import UNLIMITED, Limits
from ..shared.cuba.quantized_network import QuantizedNetwork
from ..shared.group_sources import group_sources, with_memory
from ..shared.mapped_partition import mapped_partition
from ..shared.place_on_mesh import mesh_cost, place
from ..shared.resources import of_placement
from .processes import processes_of_population

LIMITS = {"neurons": "estimated_neurons", "memory": "estimated_synapse_memory_bits"}
"""As the report calls them."""


def stored_bits(network: QuantizedNetwork, chip: Loihi2Chip) -> dict[str, int]:
    """Population -> bits that all synapses onto it take by the memory formula of Loihi 1, rows that are alike once."""
    found = {p.name: 0 for p in network.populations}
    for p in network.projections:
        names = min(network.population(p.post).size, chip.estimate.neurons)
        width = index_bits(max(names - 1, 0), chip.estimate)
        bits = p.format["num_weight_bits"] + p.format["delay_bits"] + width
        lengths = np.diff(p.synapses.start)
        found[p.post] += int(chunked_bits(lengths, bits, chip.estimate).sum())
    return found


def partition(
    network: QuantizedNetwork, chip: Loihi2Chip, rates: Mapping[str, np.ndarray]
) -> tuple[Placement, np.ndarray]:
    """Cut a network into slices on as few cores as the estimate allows; with (cores, cores) packets a step.

    Raises DiagnosticError: SPK2001 for a neuron whose synapses fill more than a core."""
    grouped = with_memory(group_sources(network, rates), stored_bits(network, chip))
    usable = chip.estimate.usable
    limits = Limits(neurons=usable["neurons"], axons=UNLIMITED, memory=usable["synapse_memory_bits"])
    try:
        return mapped_partition(network, grouped, grouped.graph, limits, LIMITS)
    except ValueError as problem:
        most = int(grouped.graph.vertex_memory.max(initial=0))
        message = (
            f"the synapses onto one neuron take an estimated {most:,} bits; a core of {chip.title} is thought to have "
            f"{limits.memory:,} for them, {chip.estimate.margin_percent} % left free"
        )
        raise DiagnosticError((error("SPK2001", message, hint="use fewer or smaller layers"),)) from problem


def placed(network: QuantizedNetwork, chip: Loihi2Chip, rates: Mapping[str, np.ndarray]) -> Placed:
    """Place a network on cores as the estimate has them. rates: population or input -> (n,) spikes a step.

    Raises DiagnosticError: SPK2003 for more cores than the chips have."""
    found, sent = partition(network, chip, rates)
    placement = place(found, chip, {}, sent)
    which = "at the float run's rates" if rates else "if every source spiked"
    stored = sum(stored_bits(network, chip).values())
    alone = sum(
        int(chunked_bits(p.synapses.lengths, sum(_bits(p.format)), chip.estimate).sum())
        for p in network.projections
    )
    return Placed(
        placement=placement,
        diagnostics=tuple(_notes(network, placement, chip)),
        resources=Resources(
            **of_placement(placement),
            mesh=mesh_cost(placement, chip, sent, which),
            chips=-(-placement.cores // chip.grid.cores_per_chip),
            cores_per_chip=chip.grid.cores_per_chip,
            neurons_per_core=chip.estimate.usable["neurons"],
            memory_bits=MemoryBits(stored=stored, without_sharing=max(stored, alone)),
            least_cores_of_any_partition=found.certificate.least_cores,
        ),
    )


def _notes(network: QuantizedNetwork, placement: Placement, chip: Loihi2Chip) -> Iterator[Diagnostic]:
    """That cores are an estimate, and which populations are more than one process."""
    text = (
        f"the number of cores of {chip.title} is an estimate: {placement.cores:,}, "
        f"with {chip.estimate.margin_percent} % of each free; "
        "what a core holds is not public, and the vendor's compiler places by itself"
    )
    yield note("SPK1062", text)
    for p in network.populations:
        if (many := len(processes_of_population(p, p.name))) > 1:
            text = f"{shown(p.name)} is {many:,} processes: all neurons of a process have one du, dv and vth"
            yield note("SPK1063", text, where=stored_at(p.name))


def _bits(form: Mapping[str, int]) -> tuple[int, int]:
    return form["num_weight_bits"], form["delay_bits"]
