"""Partitions by the mapper, which mixes populations on cores so that few packets leave them.

The mapper knows neurons, sources and synapses of a core. What the chip counts otherwise (memory in chunks, rows that
axons share, output slots) is counted afterwards, and the mapper's limits are lowered until the chip's hold.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ....targets.loihi1.model import LoihiChip
from ...ir.placement import Placement, Runs, Slice, Walk
from ...mapping.graph import GroupedGraph, Limits
from ...mapping.mapper import Mapped, map_graph
from ...mapping.metric import Cost, measure
from ...mapping.refine import numbered
from ..shared.group_sources import Grouped, with_memory
from ..shared.mapped_certificate import certificate_of
from .core_usage import capacities, slots_by_neuron, stored_bits, usage
from .quantized_network import QuantizedNetwork

_TRIES = 8
_MARGIN = 0.97  # of what a limit would be if the resource grew in proportion
_LOWERED = {"input_axons": "axons", "synapse_memory_bits": "memory"}


def mapped(
    network: QuantizedNetwork,
    grouped: Grouped,
    target: LoihiChip,
    *,
    polish: bool = True,
    guessed: bool = False,
) -> Placement | None:
    """Partition by the mapper under limits that are lowered until the chip's own hold.

    None where populations may not share cores, or no limits of the mapper lead to what the chip allows.

    polish: search for fewer packets on as many cores, which takes most of the time. guessed: the memory of neurons is
    not that of a partition."""
    if len({tuple(sorted(p.core_params.items())) for p in network.populations}) > 1:
        return None
    capacity = target.capacity
    limits = Limits(
        neurons=capacity.compartments, axons=capacity.input_axons, memory=capacity.synapse_memory_bits
    )
    rough = _within(network, grouped, target, limits, polish=False)
    if rough is None:
        return None
    if (
        guessed or rough[1].memory < limits.memory
    ):  # other rows are shared than where the memory was taken from
        bits = stored_bits(network, rough[0], target)
        again = _within(network, with_memory(grouped, bits), target, limits, polish=False)
        if again is not None and _value(again[0], grouped) < _value(rough[0], grouped):
            rough, grouped = again, with_memory(grouped, bits)
    if not polish:
        return rough[0]
    fine = _within(network, grouped, target, rough[1], polish=True)
    return rough[0] if fine is None else fine[0]


def _value(placement: Placement, grouped: Grouped) -> tuple[int, float]:
    return placement.cores, packets(placement, grouped)


def core_of(placement: Placement, grouped: Grouped) -> np.ndarray:
    """List the core of each vertex of the grouped graph: (vertices,) int64, -1 for those on none."""
    core = np.full(grouped.graph.vertices, -1, dtype=np.int64)
    for piece in placement.slices:
        core[grouped.first[piece.population] + placement.neurons(piece)] = piece.core
    return core


def packets(placement: Placement, grouped: Grouped) -> float:
    """Count packets a step at the rates of `grouped`: a spike counts once for each destination core other than its
    own."""
    return measure(grouped.graph, core_of(placement, grouped)).packets


def _within(
    network: QuantizedNetwork, grouped: Grouped, target: LoihiChip, limits: Limits, *, polish: bool
) -> tuple[Placement, Limits] | None:
    for _ in range(_TRIES):
        try:
            solution = _solution(grouped.graph, limits, target, polish=polish)
        except ValueError:  # a neuron exceeds the lowered limits
            return None
        placement = _placement(network, grouped, target, solution)
        if max(used["output_slots"] for used in placement.used) > target.capacity.output_slots:
            grouped = _weighed_by_slots(network, grouped, placement, target, limits)
            continue
        if all(used[name] <= most for used in placement.used for name, most in placement.available.items()):
            return placement, limits
        lower = _lower(placement, solution.cost, limits)
        if lower is None or lower == limits:
            return None
        limits = lower
    return None


def _weighed_by_slots(
    network: QuantizedNetwork, grouped: Grouped, placement: Placement, target: LoihiChip, limits: Limits
) -> Grouped:
    """The mapper knows no output slots: a neuron that takes a larger share of a core's slots than of its memory counts
    as so much memory."""
    memory = grouped.graph.vertex_memory.copy()
    share = limits.memory / (target.capacity.output_slots * _MARGIN)
    for name, slots in slots_by_neuron(network, placement, target).items():
        own = slice(grouped.first[name], grouped.first[name] + slots.size)
        memory[own] = np.maximum(memory[own], np.minimum(np.ceil(slots * share), limits.memory)).astype(
            np.int64
        )
    return replace(grouped, graph=grouped.graph.with_memory(memory))


def _solution(graph: GroupedGraph, limits: Limits, target: LoihiChip, *, polish: bool) -> Mapped:
    """Map a graph. A neuron that hears more sources than a core has axons gets a core of its own, where sources of
    equal weight share one."""
    alone = np.flatnonzero(graph.fan_in > target.capacity.input_axons)
    if not alone.size:
        return map_graph(graph, limits, polish=polish)
    found = map_graph(graph.without_pins(alone), limits, polish=polish)
    core = found.core.copy()
    core[alone] = found.cost.cores + np.arange(alone.size)
    core = numbered(core)
    return replace(found, core=core, cost=measure(graph, core))


def _lower(placement: Placement, cost: Cost, limits: Limits) -> Limits | None:
    """Limits under which the cores that exceed the chip's would not; None where no limit of the mapper governs it."""
    for core, used in enumerate(placement.used):
        for name, limit in placement.available.items():
            if used[name] <= limit:
                continue
            if name not in _LOWERED:
                return None
            mapper_load = cost.core_axons[core] if name == "input_axons" else cost.core_memory[core]
            allowed = int(mapper_load * limit / used[name] * _MARGIN)
            field = _LOWERED[name]
            limits = replace(limits, **{field: min(getattr(limits, field), allowed)})
    return limits


def _placement(network: QuantizedNetwork, grouped: Grouped, target: LoihiChip, solution: Mapped) -> Placement:
    """On a core, populations in the order of the spikes' flow, those with a shape first: their stored rows count
    from low compartments. Of each, its neurons in order of their index, which keeps windows alike."""
    walks: dict[str, Walk] = {}
    runs: list[tuple[int, bool, int, str, int, int]] = []
    for place, population in enumerate(grouped.order):
        first = grouped.first[population.name]
        core = solution.core[first : first + population.size]
        order = np.argsort(core, kind="stable")
        if not np.array_equal(order, np.arange(population.size)):
            walks[population.name] = Runs.of(order)
        starts = np.flatnonzero(np.concatenate([[True], np.diff(core[order]) != 0]))
        sizes = np.diff(np.append(starts, population.size))
        for start, size in zip(starts.tolist(), sizes.tolist(), strict=True):
            flat = len(population.shape) < 2
            runs.append((int(core[order[start]]), flat, place, population.name, start, size))
    slices: list[Slice] = []
    filled = [0] * solution.cost.cores
    for core, _, _, name, start, size in sorted(runs):
        slices.append(Slice(population=name, first=start, size=size, core=core, slot=filled[core]))
        filled[core] += size
    return Placement(
        slices=tuple(slices),
        cores=solution.cost.cores,
        used=usage(network, slices, target, walks),
        available=capacities(target),
        certificate=certificate_of(
            solution, -(-sum(filled) // target.capacity.compartments), exact=grouped.exact
        ),
        traversals=walks,
    )
