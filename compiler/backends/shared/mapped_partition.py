"""Cuts a network into slices on cores with the mapper, under any limits of neurons, axons and memory."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...ir.placement import Placement
from ...ir.quantized import QuantizedNetwork
from ...mapping.graph import GroupedGraph, Limits
from ...mapping.mapper import map_graph
from ...mapping.metric import traffic
from .group_sources import Grouped
from .mapped_certificate import certificate_of
from .slices import slices_on


def mapped_partition(
    network: QuantizedNetwork, grouped: Grouped, graph: GroupedGraph, limits: Limits, names: Mapping[str, str]
) -> tuple[Placement, np.ndarray]:
    """The placement, cores in order of use; with (cores, cores) packets a step between them.

    graph: that of `grouped`, with what its vertices and groups take. names: of the limits `neurons`, `axons` and
    `memory` that count, what the report calls them.

    Raises ValueError for a neuron that does not fit on an empty core."""
    found = map_graph(graph, limits)
    first, cost = grouped.first, found.cost
    slices, walks = slices_on(network, {p.name: found.core[first[p.name] :][: p.size] for p in grouped.order})
    taken = {"neurons": cost.core_neurons, "axons": cost.core_axons, "memory": cost.core_memory}
    held = {"neurons": limits.neurons, "axons": limits.axons, "memory": limits.memory}
    columns = [taken[kind].tolist() for kind in names]
    return Placement(
        slices=slices,
        cores=cost.cores,
        used=tuple(dict(zip(names.values(), row, strict=True)) for row in zip(*columns, strict=True)),
        available={name: held[kind] for kind, name in names.items()},
        certificate=certificate_of(found, found.least_cores, exact=grouped.exact),
        traversals=walks,
    ), traffic(graph, found.core)
