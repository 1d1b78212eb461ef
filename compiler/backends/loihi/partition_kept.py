"""Places a changed network on the cores of an earlier one: populations that did not change stay where they were."""

from __future__ import annotations

from collections.abc import Mapping

from ....targets.loihi1.model import LoihiChip
from ...ir.placement import Certificate, Placement, Slice, Walk
from ..shared.cuba.quantized_network import QuantizedNetwork
from .core_usage import capacities, check_placement, usage
from .slice_cuts import longest_cuts, pieces
from .slice_demand import Cuts, Demand, Demands
from .traverse import traversals, walked


def keep_unchanged(network: QuantizedNetwork, target: LoihiChip, earlier: Placement) -> Placement | None:
    """Keep the unchanged populations of `earlier` where they are, and place the others around them.

    None where nothing of `earlier` serves, or where what is left of it cannot be completed.

    Raises DiagnosticError: SPK2001, SPK2002 as `partition` does."""
    sizes = {p.name: p.size for p in network.populations}
    kept_cuts = _cuts(earlier, sizes)
    if not kept_cuts:
        return None
    walks: dict[str, Walk] = {
        name: walk for name, walk in traversals(network, target).items() if name not in kept_cuts
    }
    walks |= {name: walk for name, walk in earlier.traversals.items() if name in kept_cuts}
    demands = Demands(walked(network, walks), target, anywhere=True)
    cuts = {**longest_cuts(demands), **kept_cuts}
    packed = _pack(demands, cuts, earlier, kept_cuts)
    if packed is None:
        return None
    placement = _numbered(network, target, packed, cuts, earlier, walks)
    return None if check_placement(network, placement, target) else placement


def _cuts(earlier: Placement, sizes: Mapping[str, int]) -> dict[str, Cuts]:
    """Of the populations that `earlier` holds whole and at their present size."""
    starts: dict[str, list[tuple[int, int]]] = {}
    for piece in earlier.slices:
        starts.setdefault(piece.population, []).append((piece.first, piece.size))
    kept_cuts: dict[str, Cuts] = {}
    for name, runs in sorted(starts.items()):
        runs.sort()
        end = runs[-1][0] + runs[-1][1]
        if sizes.get(name) == end:
            kept_cuts[name] = (*(first for first, _ in runs), end)
    return kept_cuts


def _pack(
    demands: Demands, cuts: Mapping[str, Cuts], earlier: Placement, kept: Mapping[str, Cuts]
) -> dict[tuple[str, int], int] | None:
    """(population, piece) -> core; None where a kept core no longer holds its pieces."""
    place = {(s.population, s.first): s.core for s in earlier.slices}
    loads: dict[int, Demand] = {}
    holds: dict[int, set[str]] = {}
    core: dict[tuple[str, int], int] = {}
    fanout = {name: demands.fanout(name, cuts) for name in sorted(cuts)}

    def fits(c: int, name: str, demand: Demand) -> bool:
        if c not in loads:
            return True
        free = name not in holds[c] and loads[c].shared == demand.shared
        return free and demands.fits(loads[c].plus(demand))

    for name in sorted(cuts, key=lambda n: (n not in kept, n)):
        for i, (first, last) in enumerate(pieces(cuts[name])):
            demand = demands.demand(name, first, last, fanout[name])
            candidates = [place[name, first]] if name in kept else range(len(place) + len(core) + 1)
            c = next((c for c in candidates if fits(c, name, demand)), None)
            if c is None:
                return None
            loads[c] = loads[c].plus(demand) if c in loads else demand
            holds.setdefault(c, set()).add(name)
            core[name, i] = c
    return core


def _numbered(
    network: QuantizedNetwork,
    target: LoihiChip,
    packed: Mapping[tuple[str, int], int],
    cuts: Mapping[str, Cuts],
    earlier: Placement,
    walks: Mapping[str, Walk],
) -> Placement:
    """Cores without gaps; those that `earlier` had keep their sites. On a core, what was there keeps its order."""
    cores = sorted(set(packed.values()))
    number = {core: k for k, core in enumerate(cores)}
    slot = {(s.population, s.first): s.slot for s in earlier.slices}
    runs = [
        (number[packed[name, i]], slot.get((name, first), 1 << 30), name, first, last - first)
        for name, cut in sorted(cuts.items())
        for i, (first, last) in enumerate(pieces(cut))
    ]
    filled = [0] * len(cores)
    slices: list[Slice] = []
    for core, _, name, first, size in sorted(runs):
        slices.append(Slice(population=name, first=first, size=size, core=core, slot=filled[core]))
        filled[core] += size
    taken = [earlier.site(core) for core in cores if core < earlier.cores]
    free = iter(site for site in range(len(taken) + len(cores) + target.cores) if site not in taken)
    sites = tuple(earlier.site(core) if core < earlier.cores else next(free) for core in cores)
    used = usage(network, slices, target, walks)
    return Placement(
        slices=tuple(slices),
        cores=len(cores),
        used=used,
        available=capacities(target),
        certificate=Certificate(
            objective="cores",
            value=len(cores),
            bound=1,
            status="feasible (unchanged populations kept where the lock has them)",
            family="any",
            least_cores=-(-sum(p.size for p in network.populations) // target.capacity.compartments),
        ),
        traversals=dict(walks),
        sites=() if sites == tuple(range(len(cores))) else sites,
    )
