"""Cuts populations into slices and gives each a core: as few cores as possible, then as few output slots.

Small nets fit one core; others are solved by CP-SAT from a first-fit start; very large ones keep the start and
say so. Whatever the source, the answer is counted again by `core_usage`.
"""

from __future__ import annotations

from collections.abc import Callable

from ...targets.model import Target
from ..core_usage import capacities, check_placement, usage
from ..placement import Certificate, Placement, Slice
from ..quantized import QuantizedNetwork
from .partition_greedy import Packing, greedy, lower_bound
from .slice_cuts import cut_options, pieces
from .slice_demand import Demands

OBJECTIVE = "cores, then output slots (packets when every neuron spikes)"
FAMILY = (
    "contiguous slices in neuron order; each population in its fewest pieces or up to 3 more, as equal or as long"
    " as possible, every piece on its own core; sparse rows counted at the widest index"
)


def partition(
    network: QuantizedNetwork,
    target: Target,
    *,
    max_deterministic_seconds: float = 5.0,
    progress: Callable[[str], None] | None = None,
    lock: Placement | None = None,
) -> Placement:
    """A placement of `network` on as many cores as it needs; the target's number of cores is `place`'s concern.

    lock: an earlier placement, kept as it is when it still obeys every rule. progress: called with each new
    finding in words. max_deterministic_seconds: of CP-SAT's own clock; the answer never depends on the wall.
    Raises DiagnosticError: SPK2001 a neuron exceeds a core, SPK2002 no cut holds."""
    if lock is not None and not check_placement(network, lock, target):
        return lock
    say = progress or (lambda text: None)
    demands = Demands(network, target)
    options = cut_options(demands)
    packing = greedy(demands, options)
    bound = lower_bound(demands, options)
    say(f"first fit: {packing.cores} cores, {packing.slots} output slots; at least {bound} cores")
    certificate = Certificate(
        objective=OBJECTIVE,
        value=packing.cores,
        bound=bound,
        status="optimal" if packing.cores == 1 else "feasible: first fit",
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
