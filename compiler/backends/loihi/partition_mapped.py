"""Partitions by the mapper, which mixes populations on cores so that few packets leave them.

The mapper knows neurons, sources and synapses of a core. What the chip counts otherwise (memory in chunks, rows that
axons share, output slots) is counted afterwards, and the mapper's limits are lowered until the chip's hold.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ....targets.loihi1.model import LoihiChip
from ...ir.placement import Placement, Runs, Slice, Walk
from ...mapping.choose import longest_run, walked_over
from ...mapping.graph import UNLIMITED, GroupedGraph, Limits
from ...mapping.mapper import Draft, Mapped, draft, finish
from ...mapping.metric import Cost, measure
from ...mapping.refine import numbered
from ...mapping.said import Say, silent
from ..shared.cuba.quantized_network import QuantizedNetwork
from ..shared.group_sources import Grouped, with_memory
from ..shared.mapped_certificate import certificate_of
from .core_usage import bits_on_cores, capacities, slots_by_neuron, stored_bits, usage

_TRIES = 16
_MARGIN = 0.97  # of what a limit would be if the resource grew in proportion
_NEAR = 2
_MANY = 20_000_000
"""Vertices that all traversals walk over: more are not walked over again for each try of limits."""
_LOWERED = {
    "input_axons": "axons",
    "threshold_profiles": "layers",
    "synapse_formats": "layers",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class _Found:
    """A placement that the chip allows; the graph, the limits and the draft that led to it."""

    placement: Placement
    grouped: Grouped
    limits: Limits
    draft: Draft


@dataclass(frozen=True, kw_only=True)
class _Search:
    """What the tries have in common. rival: cores of another partition. worth: only a draft of no more cores is
    polished, but the first. say: called with what is being tried."""

    network: QuantizedNetwork
    target: LoihiChip
    rival: int
    say: Say
    worth: int = UNLIMITED

    def lost(self, cores: int) -> bool:
        """Whether so many cores are too many for what polishing may save to come down to the rival's."""
        return cores > self.rival + _NEAR + self.rival // 8


def mapped(
    network: QuantizedNetwork,
    grouped: Grouped,
    target: LoihiChip,
    *,
    polish: bool = True,
    guessed: bool = False,
    rival: int = UNLIMITED,
    say: Say = silent,
) -> Placement | None:
    """Partition by the mapper under limits that are lowered until the chip's own hold.

    None where populations may not share cores, where no limits of the mapper lead to what the chip allows, or to far
    more cores than `rival`.

    polish: search for fewer packets on as many cores, which takes most of the time. guessed: the memory of neurons is
    not that of a partition. say: called with what is being tried, in words."""
    if len({tuple(sorted(p.core_params.items())) for p in network.populations}) > 1:
        return None
    capacity = target.capacity
    limits = Limits(
        neurons=capacity.compartments, axons=capacity.input_axons, memory=capacity.synapse_memory_bits
    )
    search = _Search(network=network, target=target, rival=rival, say=say)
    rough = _within(search, grouped, limits, polish=False)
    if rough is None:
        return None
    corrected = not np.array_equal(rough.grouped.graph.vertex_memory, grouped.graph.vertex_memory)
    if guessed or corrected:  # other rows are shared than where the memory was taken from
        bits = stored_bits(network, rough.placement, target)
        again = _within(search, with_memory(grouped, bits), limits, polish=False, before=rough.draft)
        if again is not None and _value(again.placement, grouped) < _value(rough.placement, grouped):
            rough = again
    if not polish:
        return rough.placement
    search = replace(search, worth=rough.placement.cores)
    fine = _within(search, rough.grouped, rough.limits, polish=True, before=rough.draft, drafted=True)
    found = [rough.placement] if fine is None else [rough.placement, fine.placement]
    return min(found, key=lambda placement: _value(placement, grouped))


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
    search: _Search,
    grouped: Grouped,
    limits: Limits,
    *,
    polish: bool,
    before: Draft | None = None,
    drafted: bool = False,
) -> _Found | None:
    """Try until the chip's limits hold. before: a draft of the same layers; drafted: of this very graph and limits."""
    target, network = search.target, search.network
    for turn in range(1, _TRIES + 1):

        def say(text: str, turn: int = turn) -> None:
            search.say(f"mapper, try {turn} of at most {_TRIES}: {text}")

        try:
            if before is None or not drafted:
                before = _draft(grouped.graph, limits, target, before, say)
            most = UNLIMITED if turn == 1 else search.worth
            solution = _solution(grouped.graph, limits, target, before, polish=polish, most=most, say=say)
        except ValueError:  # a neuron exceeds the lowered limits, or cores are too many
            return None
        drafted = False
        placement = _placement(network, grouped, target, solution)
        say(f"{placement.cores:,} cores")
        if search.lost(placement.cores):
            return None
        peak = {name: max(used[name] for used in placement.used) for name in placement.available}
        if all(peak[name] <= placement.available[name] for name in peak):
            return _Found(placement=placement, grouped=grouped, limits=limits, draft=before)
        if peak["output_slots"] > target.capacity.output_slots:
            grouped, limits = _with_slots(network, grouped, placement, target, limits)
            continue
        if peak["synapse_memory_bits"] > target.capacity.synapse_memory_bits:
            grouped = _with_bits(network, grouped, placement, target, solution.core)
            continue
        lower = _lower(placement, solution.cost, limits)
        if lower is None or lower == limits:
            return None
        limits = lower
    return None


def _with_slots(
    network: QuantizedNetwork, grouped: Grouped, placement: Placement, target: LoihiChip, limits: Limits
) -> tuple[Grouped, Limits]:
    """Give each neuron the output slots that it takes in a placement, or took in an earlier one if these were more; the
    next placement will cut its targets otherwise."""
    most = int(target.capacity.output_slots * _MARGIN)
    slots = grouped.graph.vertex_slots.copy()
    for name, taken in slots_by_neuron(network, placement, target).items():
        own = slice(grouped.first[name], grouped.first[name] + taken.size)
        slots[own] = np.minimum(np.maximum(slots[own], taken), most)
    return replace(grouped, graph=grouped.graph.with_slots(slots)), replace(limits, slots=most)


def _with_bits(
    network: QuantizedNetwork, grouped: Grouped, placement: Placement, target: LoihiChip, core: np.ndarray
) -> Grouped:
    """Give the neurons of each population the memory that they take where they break the limit of a core: there they do
    not share the rows that they shared in the partition which their memory was taken from."""
    bits = bits_on_cores(network, placement, target)
    memory = grouped.graph.vertex_memory.copy()
    over = sum(bits.values()) > target.capacity.synapse_memory_bits
    for population in grouped.order:
        own = slice(grouped.first[population.name], grouped.first[population.name] + population.size)
        counted = np.bincount(core[own], memory[own], placement.cores)
        there = over & (counted > 0)
        share = np.max(bits[population.name][there] / counted[there], initial=1.0)
        memory[own] = np.ceil(memory[own] * share).astype(np.int64)
    return replace(grouped, graph=grouped.graph.with_memory(memory))


def _alone(graph: GroupedGraph, target: LoihiChip) -> np.ndarray:
    """Neurons that hear more sources than a core has axons get a core of their own, where sources of equal weight share
    one."""
    return np.flatnonzero(graph.fan_in > target.capacity.input_axons)


def _draft(graph: GroupedGraph, limits: Limits, target: LoihiChip, before: Draft | None, say: Say) -> Draft:
    alone = _alone(graph, target)
    many = walked_over(graph, longest_run(graph, limits)) > _MANY
    known = before.candidates if before is not None and many else ()
    return draft(graph.without_pins(alone) if alone.size else graph, limits, known=known, say=say)


def _solution(
    graph: GroupedGraph,
    limits: Limits,
    target: LoihiChip,
    drafted: Draft,
    *,
    polish: bool,
    most: int,
    say: Say,
) -> Mapped:
    alone = _alone(graph, target)
    if not alone.size:
        return finish(graph, limits, drafted, polish=polish, most=most, say=say)
    most -= alone.size
    found = finish(graph.without_pins(alone), limits, drafted, polish=polish, most=most, say=say)
    core = found.core.copy()
    core[alone] = found.cost.cores + np.arange(alone.size)
    core = numbered(core)
    return replace(found, core=core, cost=measure(graph, core))


def _lower(placement: Placement, cost: Cost, limits: Limits) -> Limits | None:
    """Limits under which the cores that exceed the chip's would not; None where no limit of the mapper governs it."""
    load = {"axons": cost.core_axons, "layers": cost.core_layers}
    for core, used in enumerate(placement.used):
        for name, limit in placement.available.items():
            if used[name] <= limit:
                continue
            if name not in _LOWERED:
                return None
            field = _LOWERED[name]
            share = limit / used[name] * (1 if field == "layers" else _MARGIN)
            allowed = int(load[field][core] * share)
            if allowed < 1:
                return None
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
