"""Counts what a placement uses of every core, from the synapses, and checks it against the chip's limits.

Shares nothing with the search but the cost of a stored row: it judges the search's answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from weakref import WeakKeyDictionary

import numpy as np

from ....targets.loihi1.axon_rows import axon_rows
from ....targets.loihi1.model import LoihiChip
from ....targets.loihi1.resources import (
    COMPARTMENT_PROFILE,
    THRESHOLD_PROFILE,
    Storage,
    axon_bits,
    bits_without_sharing,
)
from ....targets.row_order import row_order
from ...ir.placement import Placement, Slice, Walk, neurons_of
from ...ir.quantized import ScaledProjection
from .quantized_network import QuantizedNetwork

RESOURCES: tuple[str, ...] = (
    "compartments",
    "input_axons",
    "output_slots",
    "synapse_memory_bits",
    "compartment_profiles",
    "threshold_profiles",
    "synapse_formats",
)
Where = Mapping[str, tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True, kw_only=True)
class _Group:
    """The synapses of a projection on one core: its sources, the axons that they share and how these are
    stored."""

    sources: np.ndarray
    axons: int
    fmt: Mapping[str, int]
    stored: Storage
    unshared_bits: int


def capacities(target: LoihiChip) -> dict[str, int]:
    """List a core's limits: resource -> amount, for each of RESOURCES."""
    return {name: int(getattr(target.capacity, name)) for name in RESOURCES}


def usage(
    network: QuantizedNetwork,
    slices: Sequence[Slice],
    target: LoihiChip,
    traversals: Mapping[str, Walk] = MappingProxyType({}),
) -> tuple[dict[str, int], ...]:
    """Count what slices use of each core: resource -> amount, exactly as the emitter stores it.

    Every neuron must be in one slice."""
    cores = max((s.core for s in slices), default=-1) + 1
    where = _where(network, slices, traversals)
    used = [dict.fromkeys(RESOURCES, 0) for _ in range(cores)]
    for piece in slices:
        used[piece.core]["compartments"] += piece.size
    groups: list[list[_Group]] = [[] for _ in range(cores)]
    for projection in network.projections:
        for core, group in _groups(projection, *where[projection.post], target):
            groups[core].append(group)
            used[core]["input_axons"] += group.axons
            if projection.pre in where:
                at = np.bincount(where[projection.pre][0][group.sources], minlength=cores)
                for source_core in np.flatnonzero(at).tolist():
                    used[source_core]["output_slots"] += int(at[source_core])
    runs = [[(s.population, neurons_of(s, traversals)) for s in slices if s.core == c] for c in range(cores)]
    for core, amounts in enumerate(used):
        formats = {(tuple(sorted(g.fmt.items())), g.stored.dense, g.stored.index_bits) for g in groups[core]}
        amounts["synapse_memory_bits"] = sum(g.stored.bits for g in groups[core])
        amounts["synapse_formats"] = len(formats)
        amounts["compartment_profiles"] = _distinct(network, runs[core], COMPARTMENT_PROFILE)
        amounts["threshold_profiles"] = _distinct(network, runs[core], THRESHOLD_PROFILE)
    return tuple(used)


def bits_unshared(network: QuantizedNetwork, placement: Placement, target: LoihiChip) -> int:
    """Sum the synaptic memory of all cores, in bits, as it would be if no source shared an axon and no axon a stored
    row."""
    where = _where(network, placement.slices, placement.traversals)
    return sum(
        group.unshared_bits
        for projection in network.projections
        for _, group in _groups(projection, *where[projection.post], target)
    )


def stored_bits(network: QuantizedNetwork, placement: Placement, target: LoihiChip) -> dict[str, int]:
    """Sum the synaptic memory of each population's synapses over all cores: population -> bits."""
    where = _where(network, placement.slices, placement.traversals)
    bits = dict.fromkeys(where, 0)
    for projection in network.projections:
        groups = _groups(projection, *where[projection.post], target)
        bits[projection.post] += sum(group.stored.bits for _, group in groups)
    return bits


def check_placement(network: QuantizedNetwork, placement: Placement, target: LoihiChip) -> list[str]:
    """List the rules of the target that `placement` breaks, a sentence each; empty when all hold."""
    broken = check_slices(network, placement.slices, placement.cores)
    if broken:
        return broken
    broken += _shared_registers(network, placement.slices)
    broken += _sites(placement, target)
    limits = capacities(target)
    used = usage(network, placement.slices, target, placement.traversals)
    for core, amounts in enumerate(used):
        broken += [
            f"core {core} uses {amounts[name]} {name} of {limits[name]}"
            for name in RESOURCES
            if amounts[name] > limits[name]
        ]
    if used != tuple(dict(u) for u in placement.used):
        broken.append("the recorded use of the cores is not what the slices use")
    return broken


def check_slices(network: QuantizedNetwork, slices: Sequence[Slice], cores: int) -> list[str]:
    """List broken rules that need no counting: every neuron in one slice, every core filled from slot 0 on."""
    if sorted({s.core for s in slices}) != list(range(min(cores, len(slices) + 1))):
        return [f"the slices do not use cores 0 to {cores - 1}"]
    return [*_coverage(network, slices), *_slots(slices, cores)]


def _where(network: QuantizedNetwork, slices: Iterable[Slice], traversals: Mapping[str, Walk]) -> Where:
    where = {p.name: (np.zeros(p.size, np.int64), np.zeros(p.size, np.int64)) for p in network.populations}
    for s in slices:
        core, slot = where[s.population]
        neurons = neurons_of(s, traversals)
        core[neurons] = s.core
        slot[neurons] = np.arange(s.slot, s.slot + s.size)
    return where


_COUNTED: WeakKeyDictionary[ScaledProjection, dict[bytes, list[tuple[int, _Group]]]] = WeakKeyDictionary()
"""Of a projection that still is in use, what was counted for the last PLACED ways of placing its neurons: the same
placement is counted when it is found, when it is chosen and when it is checked."""
PLACED = 4


def _groups(
    projection: ScaledProjection, core_of: np.ndarray, slot_of: np.ndarray, target: LoihiChip
) -> list[tuple[int, _Group]]:
    """The synapses of a projection, core by core."""
    known = _COUNTED.setdefault(projection, {})
    key = hashlib.sha256(core_of.tobytes() + slot_of.tobytes() + repr(target.synapse).encode()).digest()
    if key not in known:
        if len(known) >= PLACED:
            del known[next(iter(known))]
        known[key] = list(_count(projection, core_of, slot_of, target))
    return known[key]


def _count(
    projection: ScaledProjection, core_of: np.ndarray, slot_of: np.ndarray, target: LoihiChip
) -> Iterator[tuple[int, _Group]]:
    core, slots, cols = core_of[projection.rows], slot_of[projection.rows], projection.cols
    order = row_order(core, cols, slots, projection.delay, projection.code)
    columns = tuple(column[order] for column in (cols, slots, projection.code, projection.delay))
    present, starts = np.unique(core[order], return_index=True)
    for c, first, end in zip(present.tolist(), starts, [*starts[1:], core.size], strict=True):
        source, compartment, mantissa, delay = (column[first:end] for column in columns)
        rows = axon_rows(source, compartment, mantissa, delay, target.synapse.max_axon_base)
        yield (
            c,
            _Group(
                sources=rows.source,
                axons=rows.axon_first.size,
                fmt=projection.format,
                stored=axon_bits(rows, projection.format, target.synapse),
                unshared_bits=bits_without_sharing(rows, projection.format, target.synapse),
            ),
        )


def _distinct(network: QuantizedNetwork, runs: list[tuple[str, np.ndarray]], names: tuple[str, ...]) -> int:
    rows = [
        np.stack([np.asarray(network.population(name).params[n])[neurons] for n in names], axis=1)
        for name, neurons in runs
    ]
    return len(np.unique(np.concatenate(rows), axis=0)) if rows else 0


def _sites(placement: Placement, target: LoihiChip) -> list[str]:
    sites = placement.sites
    if not sites:
        return []
    if len(sites) != placement.cores or len(set(sites)) != len(sites):
        return [f"{placement.cores} cores have {len(set(sites))} different sites of {len(sites)}"]
    return [f"site {s} is past the {target.cores} cores" for s in sites if s >= target.cores]


def _coverage(network: QuantizedNetwork, slices: Sequence[Slice]) -> list[str]:
    broken: list[str] = []
    sizes = {p.name: p.size for p in network.populations}
    broken += [f"there is no population {s.population}" for s in slices if s.population not in sizes]
    for name, size in sizes.items():
        end = 0
        for s in sorted((s for s in slices if s.population == name), key=lambda s: s.first):
            if s.size < 1 or s.first != end:
                broken.append(f"the slices of {name} overlap or leave a gap at neuron {min(s.first, end)}")
            end = s.first + s.size
        if end != size:
            broken.append(f"the slices of {name} end at neuron {end} of {size}")
    return broken


def _slots(slices: Sequence[Slice], cores: int) -> list[str]:
    broken: list[str] = []
    if list(slices) != sorted(slices, key=lambda s: (s.core, s.slot)):
        broken.append("slices are not sorted by core and slot")
    end = [0] * cores
    for s in slices:
        if s.slot != end[s.core]:
            broken.append(f"{s.population} starts at slot {s.slot} of core {s.core}, not at {end[s.core]}")
        end[s.core] = s.slot + s.size
    return broken


def _shared_registers(network: QuantizedNetwork, slices: Sequence[Slice]) -> list[str]:
    broken: list[str] = []
    for core in sorted({s.core for s in slices}):
        names = sorted({s.population for s in slices if s.core == core})
        values = {tuple(sorted(network.population(n).core_params.items())) for n in names}
        if len(values) > 1:
            broken.append(
                f"core {core} holds populations with different shared registers: {', '.join(names)}"
            )
    return broken
