"""Bounds from below how many cores any placement of a network takes, before one is searched.

Whatever is on a core, its neurons have compartments of their own, and each source takes an output slot for every core
that it reaches: the fewer neurons of a layer one core can hold, the more cores its sources reach, and the fewer of
these sources one core can hold in turn. Sources whose synapses on a core are alike share an axon there, and axons share
memory, so that of these a core is only known to spend an axon on each different weight that a neuron hears.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ....sim.diagnostic import Diagnostic, error
from ....sim.nir.path import stored_at
from ....targets.loihi1.model import LoihiChip
from ...ir.quantized import ScaledProjection
from ..shared.cuba.quantized_network import QuantizedNetwork

_ROUNDS = 64


@dataclass(frozen=True, kw_only=True)
class LayerBound:
    """Of one population: cores that hold it at least, the resource that says so, and neurons of it on a core at
    most."""

    cores: int
    resource: str
    most_on_a_core: int


@dataclass(frozen=True, kw_only=True)
class CoreBound:
    """No placement has fewer cores. resource: what says so. layers: population -> its own bound."""

    cores: int
    resource: str
    layers: Mapping[str, LayerBound]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Fan:
    """Of a projection: (sources,) how many neurons each source reaches; (neurons,) different weights each hears."""

    pre: str
    post: str
    targets: np.ndarray
    weights: np.ndarray


def least_cores(network: QuantizedNetwork, target: LoihiChip) -> CoreBound:
    """Bound the cores of every placement of `network` that keeps the limits of `target`'s cores."""
    sizes = {p.name: p.size for p in network.populations}
    fans = [_fan(p, network) for p in network.projections if p.synapses.source.size]
    most = dict.fromkeys(sizes, target.capacity.compartments)
    slots: dict[str, np.ndarray] = {}
    for _ in range(_ROUNDS):
        slots = _slots(fans, sizes, most)
        fewer = {
            name: min(most[name], _how_many(slots[name], target.capacity.output_slots)) for name in sizes
        }
        if fewer == most:
            break
        most = fewer
    axons = dict.fromkeys(sizes, 0)
    for fan in fans:  # the neuron that hears the most weights on a core hears no fewer than the mean one
        axons[fan.post] += -(-int(fan.weights.sum()) // most[fan.post])
    amounts = {
        "compartments": (sizes, target.capacity.compartments),
        "output_slots": (
            {name: int(taken.sum()) for name, taken in slots.items()},
            target.capacity.output_slots,
        ),
        "input_axons": (axons, target.capacity.input_axons),
    }
    layers = {
        name: _layer({what: -(-amount[name] // room) for what, (amount, room) in amounts.items()},
                     sizes[name], most[name])
        for name in sizes
    }  # fmt: skip
    kinds: dict[tuple[tuple[str, int], ...], list[str]] = defaultdict(list)
    for p in network.populations:  # those of different registers share no core
        kinds[tuple(sorted(p.core_params.items()))].append(p.name)
    cores, resources = 0, list[tuple[int, str]]()
    for names in kinds.values():
        summed = [
            (-(-sum(amount[n] for n in names) // room), what) for what, (amount, room) in amounts.items()
        ]
        bound = max([*summed, *((layers[n].cores, layers[n].resource) for n in names)], key=lambda b: b[0])
        cores += bound[0]
        resources.append(bound)
    return CoreBound(cores=cores, resource=max(resources, key=lambda b: b[0])[1], layers=layers)


def too_few_cores(bound: CoreBound, target: LoihiChip) -> Diagnostic | None:
    """What there is to say where no placement can fit the board; None where one may."""
    if bound.cores <= target.cores:
        return None
    largest = max(sorted(bound.layers), key=lambda name: bound.layers[name].cores)
    layer, grid = bound.layers[largest], target.grid
    return error(
        "SPK2014",
        f"the network needs at least {bound.cores:,} cores, however it is placed; {target.title} as configured has"
        f" {target.cores:,}",
        where=stored_at(largest),
        hint=f"--chips {-(-bound.cores // grid.cores_per_chip):,} is the least that may be enough; or make the named"
        " layer smaller",
        needed=f"at least {bound.cores:,} cores, for {bound.resource.replace('_', ' ')}",
        available=f"{target.cores:,} cores ({grid.chips:,} x {grid.cores_per_chip:,})",
        largest=f"{largest} alone takes at least {layer.cores:,} cores, for {layer.resource.replace('_', ' ')}; a core"
        f" holds at most {layer.most_on_a_core:,} of its neurons",
    )


def _layer(cores: Mapping[str, int], size: int, most: int) -> LayerBound:
    alone = {**cores, "output_slots": max(cores["output_slots"], -(-size // most))}
    resource = max(alone, key=lambda what: alone[what])
    return LayerBound(cores=alone[resource], resource=resource, most_on_a_core=most)


def _fan(projection: ScaledProjection, network: QuantizedNetwork) -> _Fan:
    from .least_cores_kernel import reach

    sizes = {p.name: p.size for p in (*network.populations, *network.inputs)}
    rows, n_post = projection.synapses.by_source(), sizes[projection.post]
    targets = np.zeros(sizes[projection.pre], dtype=np.int64)
    heard = np.zeros((n_post, 4), dtype=np.uint64)
    seen = np.full(n_post, -1, dtype=np.int64)
    reach(rows.source, rows.row, rows.base, rows.start, rows.offset, rows.weight, seen, targets, heard)
    weights = np.bitwise_count(heard).sum(axis=1).astype(np.int64)
    return _Fan(pre=projection.pre, post=projection.post, targets=targets, weights=weights)


def _slots(fans: list[_Fan], sizes: Mapping[str, int], most: Mapping[str, int]) -> dict[str, np.ndarray]:
    """(n,) output slots that each neuron of a population takes at least where so many neurons share a core."""
    slots = {name: np.zeros(size, dtype=np.int64) for name, size in sizes.items()}
    for fan in fans:
        if fan.pre in slots:
            slots[fan.pre] += -(-fan.targets // most[fan.post])
    return slots


def _how_many(slots: np.ndarray, room: int) -> int:
    """How many neurons one core can hold at most, at least 1: those that take the fewest slots."""
    return max(1, int(np.searchsorted(np.cumsum(np.sort(slots)), room, side="right")))
