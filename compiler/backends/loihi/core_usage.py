"""Counts what a placement uses of every core, from the synapses, and checks it against the chip's limits.

Shares nothing with the search but the cost of a stored row: it judges the search's answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from weakref import WeakKeyDictionary

import numpy as np

from ....targets.loihi1.model import LoihiChip
from ....targets.loihi1.resources import (
    COMPARTMENT_PROFILE,
    THRESHOLD_PROFILE,
    bits_by_core,
    synapse_bits,
)
from ....targets.synapse_chunks import chunked_bits
from ...ir.placement import Placement, Slice, Walk, neurons_of
from ...ir.quantized import ScaledProjection
from ...mapping.distinct import distinct
from ..shared.cuba.quantized_network import QuantizedNetwork
from .cut_rows import cut_rows

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


@dataclass(frozen=True, kw_only=True, eq=False)
class _Group:
    """The synapses of a projection on the cores. source, core: (P,) of each pair of a source and a core that it
    reaches, what an output slot is for. axons, bits, dense, index_bits, unshared_bits: (cores,) on each."""

    source: np.ndarray
    core: np.ndarray
    axons: np.ndarray
    bits: np.ndarray
    dense: np.ndarray
    index_bits: np.ndarray
    unshared_bits: np.ndarray


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
    formats: list[set[tuple[object, ...]]] = [set() for _ in range(cores)]
    for projection in network.projections:
        group = _group(projection, *where[projection.post], cores, target)
        fmt = tuple(sorted(projection.format.items()))
        for core in np.flatnonzero(group.axons).tolist():
            used[core]["input_axons"] += int(group.axons[core])
            used[core]["synapse_memory_bits"] += int(group.bits[core])
            formats[core].add((fmt, bool(group.dense[core]), int(group.index_bits[core])))
        if projection.pre in where:
            at = np.bincount(where[projection.pre][0][group.source], minlength=cores)
            for core in np.flatnonzero(at).tolist():
                used[core]["output_slots"] += int(at[core])
    core_of = np.concatenate([np.zeros(0, np.int64), *(where[p.name][0] for p in network.populations)])
    profiles, thresholds = (
        _distinct(network, core_of, cores, names) for names in (COMPARTMENT_PROFILE, THRESHOLD_PROFILE)
    )
    for core, amounts in enumerate(used):
        amounts["synapse_formats"] = len(formats[core])
        amounts["compartment_profiles"] = int(profiles[core])
        amounts["threshold_profiles"] = int(thresholds[core])
    return tuple(used)


def bits_unshared(network: QuantizedNetwork, placement: Placement, target: LoihiChip) -> int:
    """Sum the synaptic memory of all cores, in bits, as it would be if no source shared an axon and no axon a stored
    row."""
    where = _where(network, placement.slices, placement.traversals)
    return sum(
        int(_group(p, *where[p.post], placement.cores, target).unshared_bits.sum())
        for p in network.projections
    )


def stored_bits(network: QuantizedNetwork, placement: Placement, target: LoihiChip) -> dict[str, int]:
    """Sum the synaptic memory of each population's synapses over all cores: population -> bits."""
    return {name: int(bits.sum()) for name, bits in bits_on_cores(network, placement, target).items()}


def bits_on_cores(
    network: QuantizedNetwork, placement: Placement, target: LoihiChip
) -> dict[str, np.ndarray]:
    """Sum the synaptic memory of each population's synapses on each core: population -> (cores,) int64 bits."""
    where = _where(network, placement.slices, placement.traversals)
    bits = {name: np.zeros(placement.cores, dtype=np.int64) for name in where}
    for p in network.projections:
        bits[p.post] += _group(p, *where[p.post], placement.cores, target).bits
    return bits


def slots_by_neuron(
    network: QuantizedNetwork, placement: Placement, target: LoihiChip
) -> dict[str, np.ndarray]:
    """Count the output slots that each neuron takes: population -> (n,) int64."""
    where = _where(network, placement.slices, placement.traversals)
    slots = {p.name: np.zeros(p.size, dtype=np.int64) for p in network.populations}
    for p in network.projections:
        if p.pre in slots:
            group = _group(p, *where[p.post], placement.cores, target)
            slots[p.pre] += np.bincount(group.source, minlength=slots[p.pre].size)
    return slots


def cut_traffic(
    network: QuantizedNetwork, placement: Placement, target: LoihiChip, rates: Mapping[str, np.ndarray]
) -> np.ndarray:
    """Count packets a step from core to core, (cores, cores) float64: a spike once for each destination core; inputs
    are on no core and do not count.

    rates: population -> (n,) spikes a step; of those not listed every neuron spikes in every step."""
    where = _where(network, placement.slices, placement.traversals)
    packets = np.zeros((placement.cores, placement.cores))
    for pre in sorted({p.pre for p in network.projections if p.pre in where}):
        own = [p for p in network.projections if p.pre == pre]
        groups = [_group(p, *where[p.post], placement.cores, target) for p in own]
        pairs = distinct(
            np.concatenate([g.source.astype(np.int64) * placement.cores + g.core for g in groups])
        )
        source, to = pairs // placement.cores, pairs % placement.cores
        sent = rates[pre].reshape(-1)[source] if pre in rates else np.ones(source.size)
        np.add.at(packets, (where[pre][0][source], to), sent)
    np.fill_diagonal(packets, 0)
    return packets


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


_COUNTED: WeakKeyDictionary[ScaledProjection, dict[bytes, _Group]] = WeakKeyDictionary()
"""Of a projection that still is in use, what was counted for the last PLACED ways of placing its neurons: the same
placement is counted when it is found, when it is chosen and when it is checked."""
PLACED = 4


def _group(
    projection: ScaledProjection, core_of: np.ndarray, slot_of: np.ndarray, cores: int, target: LoihiChip
) -> _Group:
    """The synapses of a projection on the cores."""
    known = _COUNTED.setdefault(projection, {})
    key = hashlib.sha256(
        core_of.tobytes() + slot_of.tobytes() + repr((cores, target.synapse)).encode()
    ).digest()
    if key not in known:
        if len(known) >= PLACED:
            del known[next(iter(known))]
        known[key] = _count(projection, core_of, slot_of, cores, target)
    return known[key]


def _count(
    projection: ScaledProjection, core_of: np.ndarray, slot_of: np.ndarray, cores: int, target: LoihiChip
) -> _Group:
    synapse = target.synapse
    cut = cut_rows(projection.synapses, core_of, slot_of, cores, synapse.max_axon_base)
    bits, dense, width = bits_by_core(
        cut.row_core, cut.row_count, cut.row_span, cut.max_index, cut.twice, projection.format, synapse
    )
    row = cut.axon_row[cut.axon]
    entries = np.where(dense[cut.core], cut.row_span[row], cut.row_count[row])
    unshared = np.zeros(cores)
    for w in np.unique(width[cut.core]).tolist():
        own = width[cut.core] == w
        each = chunked_bits(entries[own], synapse_bits(projection.format) + w, synapse)
        unshared += np.bincount(cut.core[own], each, cores)
    return _Group(
        source=cut.source.astype(np.int32),
        core=cut.core.astype(np.int32),
        axons=np.bincount(cut.axon_core, minlength=cores),
        bits=bits,
        dense=dense,
        index_bits=width,
        unshared_bits=unshared.astype(np.int64),
    )


def _distinct(
    network: QuantizedNetwork, core_of: np.ndarray, cores: int, names: tuple[str, ...]
) -> np.ndarray:
    """(cores,) int64, how many different values of the registers `names` the neurons of each core have. core_of: (n,)
    of the neurons, population after population."""
    kind = np.zeros(core_of.size, dtype=np.int64)
    for name in names:
        each = [np.asarray(p.params[name]) for p in network.populations]
        values = np.concatenate([np.zeros(0, np.int64), *each])
        if values.size and (values != values[0]).any():
            many, number = np.unique(values, return_inverse=True)
            kind = np.unique(kind * many.size + number, return_inverse=True)[1]
    kinds = int(kind.max(initial=0)) + 1
    return np.bincount(np.unique(core_of * kinds + kind) // kinds, minlength=cores)


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
