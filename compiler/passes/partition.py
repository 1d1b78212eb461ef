"""Cuts populations into slices and gives each a core: as few cores as possible, then as few output slots.

First fit is kept where it meets the lower bound; else CP-SAT improves it; very large nets keep it and
say so. Whatever the source, the answer is counted again by `core_usage`.
"""

from __future__ import annotations

from collections.abc import Callable

from ...targets.model import Target
from ..core_usage import capacities, check_placement, usage
from ..placement import Certificate, Placement, Slice
from ..quantized import QuantizedNetwork
from .partition_greedy import Packing, greedy, lower_bound, objective_weight
from .partition_single import on_one_core
from .partition_solver import MAX_TILES, size_of, solve
from .slice_cuts import cut_options, pieces
from .slice_demand import Demands

FAMILY = (
    "contiguous slices in neuron order; each population in its fewest pieces or up to 3 more, as equal or as"
    " long as possible (up to 5 neurons: in every way), every piece on its own core; sparse rows counted at"
    " the widest index"
)


def partition(
    network: QuantizedNetwork,
    target: Target,
    *,
    max_deterministic_seconds: float = 5.0,
    progress: Callable[[str], None] | None = None,
    lock: Placement | None = None,
) -> Placement:
    """A placement of `network` on as many cores as it needs: how many the target has is `place`'s concern.

    lock: an earlier placement, kept as it is when it still obeys every rule. progress: called with each new
    finding in words. max_deterministic_seconds: of CP-SAT's own clock; the answer never depends on the wall.
    Raises DiagnosticError: SPK2001 a neuron exceeds a core, SPK2002 no cut holds."""
    if lock is not None and not check_placement(network, lock, target):
        return lock
    single = on_one_core(network, target)
    if single is not None:
        return single
    say = progress or (lambda text: None)
    demands = Demands(network, target)
    options = cut_options(demands)
    packing = greedy(demands, options)
    cores, slots = lower_bound(demands, options)
    say(f"first fit: {packing.cores} cores, {packing.slots} output slots; at least {cores} and {slots}")
    weight = objective_weight(demands, options)
    bound, status = weight * cores + slots, "feasible (first fit, too large to search)"
    if size_of(options, packing.cores) <= MAX_TILES and packing.value > (cores, slots):
        solved = solve(demands, options, packing, cores, max_deterministic_seconds)
        packing, bound = solved.packing, max(bound, solved.bound)
        status = "feasible (search stopped at its limit)"
    value = weight * packing.cores + packing.slots
    if value == bound:
        status = "optimal"
    say(f"{status}: {packing.cores} cores, {packing.slots} output slots")
    certificate = Certificate(
        objective=f"{weight:,} * cores + output slots (packets when every neuron spikes)",
        value=value,
        bound=bound,
        status=status,
        family=FAMILY,
    )
    return _placement(network, target, packing, certificate)


def _placement(
    network: QuantizedNetwork, target: Target, packing: Packing, certificate: Certificate
) -> Placement:
    """Slots in order of population name and neuron; cores renumbered in that order of first use."""
    order: dict[int, int] = {}
    for key in sorted(packing.core):
        order.setdefault(packing.core[key], len(order))
    slices: list[Slice] = []
    filled = [0] * len(order)
    for name, cuts in sorted(packing.cuts.items()):
        for i, (first, last) in enumerate(pieces(cuts)):
            core = order[packing.core[name, i]]
            slices.append(
                Slice(population=name, first=first, size=last - first, core=core, slot=filled[core])
            )
            filled[core] += last - first
    ordered = tuple(sorted(slices, key=lambda s: (s.core, s.slot)))
    placement = Placement(
        slices=ordered,
        cores=len(order),
        used=usage(network, ordered, target),
        available=capacities(target),
        certificate=certificate,
    )
    if wrong := check_placement(network, placement, target):
        raise RuntimeError("the partitioner broke a rule of the target: " + "; ".join(wrong))
    return placement
