"""What a placement uses of every core, counted from the synapses, and whether that is allowed.

Shares nothing with the search but the cost of a stored row: it judges the search's answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ..targets.model import Target
from ..targets.resources import COMPARTMENT_PROFILE, THRESHOLD_PROFILE, Storage, axon_bits
from .placement import Placement, Slice
from .quantized import QuantizedNetwork, QuantizedProjection

RESOURCES = (
    "compartments",
    "input_axons",
    "output_slots",
    "synapse_memory_bits",
    "compartment_profiles",
    "threshold_profiles",
    "synapse_formats",
)
Where = Mapping[str, tuple[np.ndarray, np.ndarray]]


def capacities(target: Target) -> dict[str, int]:
    return {name: int(getattr(target.capacity, name)) for name in RESOURCES}


def usage(network: QuantizedNetwork, slices: Sequence[Slice], target: Target) -> tuple[dict[str, int], ...]:
    """Per core, resource -> amount, exactly as the emitter stores it. Every neuron must be in one slice."""
    cores = max((s.core for s in slices), default=-1) + 1
    where = _where(network, slices)
    used = [dict.fromkeys(RESOURCES, 0) for _ in range(cores)]
    formats: list[set[object]] = [set() for _ in range(cores)]
    for piece in slices:
        used[piece.core]["compartments"] += piece.size
    for projection in network.projections:
        core_of, slot_of = where[projection.post]
        core, slot = core_of[projection.rows], slot_of[projection.rows]
        for c in np.unique(core).tolist():
            on = core == c
            sources, stored = _stored(projection, projection.cols[on], slot[on], target)
            used[c]["input_axons"] += sources.size
            used[c]["synapse_memory_bits"] += stored.bits
            formats[c].add((tuple(sorted(projection.format.items())), stored.dense, stored.index_bits))
            if projection.pre in where:
                for source_core in where[projection.pre][0][sources].tolist():
                    used[source_core]["output_slots"] += 1
    for c in range(cores):
        used[c]["synapse_formats"] = len(formats[c])
        used[c]["compartment_profiles"] = _distinct(network, slices, c, COMPARTMENT_PROFILE)
        used[c]["threshold_profiles"] = _distinct(network, slices, c, THRESHOLD_PROFILE)
    return tuple(used)


def check_placement(network: QuantizedNetwork, placement: Placement, target: Target) -> list[str]:
    """What is wrong with `placement`, a sentence each; empty when every rule of the target holds."""
    found = [*_coverage(network, placement.slices), *_slots(placement.slices, placement.cores)]
    if found:
        return found
    found += _shared_registers(network, placement.slices)
    limits = capacities(target)
    used = usage(network, placement.slices, target)
    for core, amounts in enumerate(used):
        found += [
            f"core {core} uses {amounts[name]} {name} of {limits[name]}"
            for name in RESOURCES
            if amounts[name] > limits[name]
        ]
    if used != tuple(dict(u) for u in placement.used):
        found.append("the recorded use of the cores is not what the slices use")
    return found


def _where(network: QuantizedNetwork, slices: Iterable[Slice]) -> Where:
    where = {p.name: (np.zeros(p.size, np.int64), np.zeros(p.size, np.int64)) for p in network.populations}
    for s in slices:
        core, slot = where[s.population]
        core[s.first : s.first + s.size] = s.core
        slot[s.first : s.first + s.size] = np.arange(s.slot, s.slot + s.size)
    return where


def _stored(
    projection: QuantizedProjection, cols: np.ndarray, slots: np.ndarray, target: Target
) -> tuple[np.ndarray, Storage]:
    """The sources with a synapse among these, sorted, and how their axons are stored."""
    order = np.lexsort((slots, cols))
    cols, slots = cols[order], slots[order]
    sources, first, counts = np.unique(cols, return_index=True, return_counts=True)
    spans = slots[first + counts - 1] - slots[first] + 1
    twice = bool(np.any((np.diff(cols) == 0) & (np.diff(slots) == 0)))
    stored = axon_bits(
        counts, spans, projection.format, int(slots.max()), target.synapse, dense_allowed=not twice
    )
    return sources, stored


def _distinct(network: QuantizedNetwork, slices: Iterable[Slice], core: int, names: tuple[str, ...]) -> int:
    rows = [
        np.stack([np.asarray(network.population(s.population).params[n]) for n in names], axis=1)[
            s.first : s.first + s.size
        ]
        for s in slices
        if s.core == core
    ]
    return len(np.unique(np.concatenate(rows), axis=0)) if rows else 0


def _coverage(network: QuantizedNetwork, slices: Sequence[Slice]) -> list[str]:
    found: list[str] = []
    sizes = {p.name: p.size for p in network.populations}
    found += [f"there is no population {s.population}" for s in slices if s.population not in sizes]
    for name, size in sizes.items():
        end = 0
        for s in sorted((s for s in slices if s.population == name), key=lambda s: s.first):
            if s.size < 1 or s.first != end:
                found.append(f"the slices of {name} overlap or leave a gap at neuron {min(s.first, end)}")
            end = s.first + s.size
        if end != size:
            found.append(f"the slices of {name} end at neuron {end} of {size}")
    return found


def _slots(slices: Sequence[Slice], cores: int) -> list[str]:
    found: list[str] = []
    if list(slices) != sorted(slices, key=lambda s: (s.core, s.slot)):
        found.append("slices are not sorted by core and slot")
    if sorted({s.core for s in slices}) != list(range(cores)):
        found.append(f"the slices do not use cores 0 to {cores - 1}")
    for a, b in zip(slices, slices[1:], strict=False):
        if a.core == b.core and a.slot + a.size > b.slot:
            found.append(f"slots overlap on core {a.core}: {a.population} and {b.population}")
    return found + [f"{s.population} starts at slot {s.slot}" for s in slices if s.slot < 0]


def _shared_registers(network: QuantizedNetwork, slices: Sequence[Slice]) -> list[str]:
    found: list[str] = []
    for core in sorted({s.core for s in slices}):
        names = sorted({s.population for s in slices if s.core == core})
        values = {tuple(sorted(network.population(n).core_params.items())) for n in names}
        if len(values) > 1:
            found.append(f"core {core} holds populations with different shared registers: {', '.join(names)}")
    return found
