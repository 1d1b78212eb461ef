"""Packs pieces on cores first fit, largest first: the start of the solver, and the answer for large networks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .slice_cuts import all_fit, demands_of, pieces
from .slice_demand import SUMMED, Cuts, Demand, Demands


@dataclass(frozen=True, kw_only=True)
class Packing:
    """Pieces of populations on cores.

    cuts: population -> how it is cut. core: (population, piece) -> core. cores: how many. slots: output slots in all.
    """

    cuts: Mapping[str, Cuts]
    core: Mapping[tuple[str, int], int]
    cores: int
    slots: int

    @property
    def value(self) -> tuple[int, int]:
        """What is minimised, in this order: cores, output slots."""
        return self.cores, self.slots


def greedy(demands: Demands, options: Mapping[str, list[Cuts]]) -> Packing:
    """Return the best of several first-fit packings: of the first option of every population, of the second, and so
    on."""
    most = max((len(cut_options) for cut_options in options.values()), default=1)
    best: Packing | None = None
    for rank in range(most):
        cuts = {name: cut_options[min(rank, len(cut_options) - 1)] for name, cut_options in options.items()}
        if rank and not all_fit(demands, cuts):
            continue
        packing = first_fit(demands, cuts)
        if best is None or packing.value < best.value:
            best = packing
    if best is None:
        raise RuntimeError("the first cut of every population does not fit")
    return best


def first_fit(demands: Demands, cuts: Mapping[str, Cuts]) -> Packing:
    """Pack pieces in order of their most pressed resource, each on the first core that takes it."""
    piece_demands = demands_of(demands, cuts)
    items = [(name, i, d) for name in sorted(piece_demands) for i, d in enumerate(piece_demands[name])]
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
    slots = sum(d.sums[2] for each in piece_demands.values() for d in each)
    return Packing(cuts=dict(cuts), core=core, cores=len(loads), slots=slots)


def lower_bound(demands: Demands, options: Mapping[str, list[Cuts]]) -> tuple[int, int]:
    """Bound cores and output slots from below for all packings of these options: cores from the pieces of one
    population, from each summed resource over its capacity, and from the kinds of shared registers."""
    least = [0] * len(SUMMED)
    most_pieces, kinds, slots = 0, set[tuple[tuple[str, int], ...]](), 0
    for name, choices in options.items():
        nothing = demands.no_slots(name)
        sums: list[list[int]] = []
        for cuts in choices:
            of_cut = [demands.demand(name, a, b, nothing) for a, b in pieces(cuts)]
            sums.append([sum(column) for column in zip(*(d.sums for d in of_cut), strict=True)])
            kinds.add(of_cut[0].shared)
        least = [have + min(column) for have, column in zip(least, zip(*sums, strict=True), strict=True)]
        most_pieces = max(most_pieces, min(len(cuts) - 1 for cuts in choices))
        slots += min(total_slots(demands, name, cuts) for cuts in choices)
    least[SUMMED.index("output_slots")] = slots
    full = [-(-total // capacity) for total, capacity in zip(least, demands.capacity, strict=False)]
    return max(most_pieces, len(kinds), *full), slots


def total_slots(demands: Demands, post: str, cuts: Cuts) -> int:
    """Count the output slots of all sources of `post` when it is cut so, however the sources are cut."""
    names = sorted(p.name for p in demands.network.populations)
    return sum(int(demands.fanout_to(name, post, cuts)[-1]) for name in names)


def objective_weight(demands: Demands, options: Mapping[str, list[Cuts]]) -> int:
    """Return what one core counts in the objective: a power of ten above every possible number of output slots."""
    most = sum(max(total_slots(demands, name, cuts) for cuts in choices) for name, choices in options.items())
    return 10 ** len(str(most))


def _weight(demand: Demand, capacity: tuple[int, ...]) -> float:
    return max(a / c for a, c in zip(demand.amounts(), capacity, strict=True))
