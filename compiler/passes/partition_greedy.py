"""First fit, largest first: a good placement at once, the bound for the solver and the answer for large nets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .slice_cuts import all_fit, demands_of, pieces
from .slice_demand import Cuts, Demand, Demands


@dataclass(frozen=True, kw_only=True)
class Packing:
    """cuts: how each population is cut; core: (population, piece) -> core."""

    cuts: Mapping[str, Cuts]
    core: Mapping[tuple[str, int], int]
    cores: int
    slots: int

    @property
    def value(self) -> tuple[int, int]:
        return self.cores, self.slots


def greedy(demands: Demands, options: Mapping[str, list[Cuts]]) -> Packing:
    """The best of a few: the first option of every population, the second, and so on."""
    most = max(len(found) for found in options.values())
    best: Packing | None = None
    for rank in range(most):
        cuts = {name: found[min(rank, len(found) - 1)] for name, found in options.items()}
        if rank and not all_fit(demands, cuts):
            continue
        packing = first_fit(demands, cuts)
        if best is None or packing.value < best.value:
            best = packing
    if best is None:
        raise RuntimeError("the first cut of every population does not fit")
    return best


def first_fit(demands: Demands, cuts: Mapping[str, Cuts]) -> Packing:
    found = demands_of(demands, cuts)
    items = [(name, i, d) for name in sorted(found) for i, d in enumerate(found[name])]
    items.sort(key=lambda item: -_weight(item[2], demands.capacity))
    loads: list[Demand] = []
    holds: list[set[str]] = []
    core: dict[tuple[str, int], int] = {}
    for name, i, demand in items:
        for c, load in enumerate(loads):
            if name not in holds[c] and load.shared == demand.shared and demands.fits(load.plus(demand)):
                loads[c] = load.plus(demand)
                break
        else:
            c = len(loads)
            loads.append(demand)
            holds.append(set())
        holds[c].add(name)
        core[name, i] = c
    slots = sum(d.sums[2] for each in found.values() for d in each)
    return Packing(cuts=dict(cuts), core=core, cores=len(loads), slots=slots)


def lower_bound(demands: Demands, options: Mapping[str, list[Cuts]]) -> int:
    """Cores that any packing needs: pieces of one population, and every resource summed over all neurons."""
    cuts = {name: found[0] for name, found in options.items()}
    bound = max(len(found[0]) - 1 for found in options.values())
    for index in range(len(demands.capacity[:4])):
        total = 0
        for name, found in options.items():
            totals = (
                [sum(d.sums[index] for d in _with(demands, cuts, name, option)) for option in found]
                if index != 2
                else [0]
            )
            total += min(totals)
        bound = max(bound, -(-total // demands.capacity[index]))
    return bound


def _with(demands: Demands, cuts: Mapping[str, Cuts], name: str, option: Cuts) -> list[Demand]:
    fanout = demands.fanout(name, cuts) * 0
    return [demands.demand(name, a, b, fanout) for a, b in pieces(option)]


def _weight(demand: Demand, capacity: tuple[int, ...]) -> float:
    return max(a / c for a, c in zip(demand.amounts(), capacity, strict=True))
