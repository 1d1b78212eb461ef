"""Cuts populations into slices and gives each a core: as few cores as possible, then as few output slots.

First fit is kept where it meets the lower bound; else CP-SAT improves it; very large nets keep it and
say so. Whatever the source, the answer is counted again by `core_usage`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ....sim.diagnostic import DiagnosticError
from ....targets.loihi1.model import LoihiChip
from ....targets.loihi1.resources import synapse_bits
from ...ir.placement import Certificate, Placement, Slice, Walk
from ...mapping.said import seldom, silent
from ..shared.cuba.quantized_network import QuantizedNetwork
from ..shared.group_sources import MANY, Grouped, group_sources, with_memory
from .core_usage import capacities, check_placement, stored_bits, usage
from .partition_greedy import Packing, greedy, lower_bound, objective_weight
from .partition_kept import keep_unchanged
from .partition_single import on_one_core
from .partition_solver import MAX_TILES, size_of, solve
from .slice_cuts import cut_options, pieces
from .slice_demand import Demands
from .traverse import traversals, walked

_FEW = 2  # cores: so few leave the mapper little to gain
FAMILY = (
    "contiguous slices in the order of each population's walk; each population in its fewest pieces or up to 3"
    " more, as equal or as long as possible (up to 5 neurons: in every way), every piece on its own core"
)


def partition(
    network: QuantizedNetwork,
    target: LoihiChip,
    *,
    max_deterministic_seconds: float = 5.0,
    progress: Callable[[str], None] | None = None,
    lock: Placement | None = None,
    apart: Mapping[str, int] = MappingProxyType({}),
    grouped: Grouped | None = None,
    polish: bool = True,
) -> Placement:
    """Partition `network` into as many cores as it needs, of which a target may have fewer: `place` checks that.

    A placement of `network` on as many cores as it needs: how many the target has is `place`'s concern.

    Where more than two cores are needed, the mapper's answer competes with contiguous slices: fewer cores win, then
    fewer packets a step. grouped: the network as the mapper sees it, with its rates; None: every source spikes in
    every step. polish: see `mapped`.

    lock: an earlier placement, kept as it is when it still obeys every rule, else as far as its populations did not
    change. apart: populations -> kind; those of one kind share a core with no others. progress: called with each new
    finding in words. max_deterministic_seconds: of CP-SAT's own clock; the answer never depends on the wall. Raises
    DiagnosticError: SPK2001 a neuron exceeds a core, SPK2002 no cut holds."""
    if lock is not None and (kept := _kept(network, target, lock)) is not None:
        return kept
    single = None if apart else on_one_core(network, target)
    if single is not None:
        return single
    say = progress or silent
    return _searched(
        network, target, grouped or group_sources(network, {}), apart, polish, max_deterministic_seconds, say
    )


def cores_of_first_fit(
    network: QuantizedNetwork, target: LoihiChip, apart: Mapping[str, int] = MappingProxyType({})
) -> int:
    """Count the cores that contiguous slices take without any search: more than a placement needs, and soon known.

    Raises DiagnosticError as `partition`."""
    demands = Demands(walked(network, traversals(network, target)), target, anywhere=False, apart=apart)
    return greedy(demands, cut_options(demands)).cores


def _searched(
    network: QuantizedNetwork,
    target: LoihiChip,
    grouped: Grouped,
    apart: Mapping[str, int],
    polish: bool,
    seconds: float,
    say: Callable[[str], None],
) -> Placement:
    # The mapper's compiled code takes long to load, and many networks fit one core.
    from .partition_mapped import mapped, packets

    without = with_memory(grouped, _most_bits(network, target))
    if network.synapses > MANY and not apart:
        mixed = mapped(network, without, target, polish=polish, guessed=True, say=seldom(say))
        if mixed is not None and not check_placement(network, mixed, target):
            return mixed
    try:
        contiguous = _contiguous(network, target, seconds, say, apart)
    except DiagnosticError:
        mixed = None if apart else mapped(network, without, target, polish=polish, say=seldom(say))
        if mixed is None:
            raise
        return mixed
    if contiguous.cores <= _FEW or apart:
        return contiguous
    grouped = with_memory(grouped, stored_bits(network, contiguous, target))
    mixed = mapped(network, grouped, target, polish=polish, rival=contiguous.cores, say=seldom(say))
    if mixed is None:
        return contiguous
    for name, candidate in (("slices", contiguous), ("mapper", mixed)):
        say(f"{name}: {candidate.cores} cores, {packets(candidate, grouped):,.1f} packets a step")
    best = min((contiguous, mixed), key=lambda candidate: (candidate.cores, packets(candidate, grouped)))
    if wrong := check_placement(network, best, target):
        raise RuntimeError("the mapper broke a rule of the target: " + "; ".join(wrong))
    return best


def _kept(network: QuantizedNetwork, target: LoihiChip, lock: Placement) -> Placement | None:
    if not check_placement(network, lock, target):
        return lock
    return keep_unchanged(network, target, lock)


def _most_bits(network: QuantizedNetwork, target: LoihiChip) -> dict[str, int]:
    """Population -> memory of all its synapses if none shared a row, each in a chunk with its index."""
    bits = dict.fromkeys((p.name for p in network.populations), 0)
    index = max(target.synapse.index_bits)
    for p in network.projections:
        bits[p.post] += p.synapses.count * (synapse_bits(p.format) + index)
    return bits


def _contiguous(
    network: QuantizedNetwork,
    target: LoihiChip,
    seconds: float,
    say: Callable[[str], None],
    apart: Mapping[str, int],
) -> Placement:
    walks = traversals(network, target)
    ordered = walked(network, walks)
    for anywhere in (False, True):
        demands = Demands(ordered, target, anywhere=anywhere, apart=apart)
        packing, certificate = _search(demands, seconds, say)
        placement = _placement(network, demands, packing, certificate, walks)
        wrong = check_placement(network, placement, target)
        if not wrong:
            return placement
    raise RuntimeError("the partitioner broke a rule of the target: " + "; ".join(wrong))


def _search(
    demands: Demands, max_deterministic_seconds: float, say: Callable[[str], None]
) -> tuple[Packing, Certificate]:
    options = cut_options(demands, seldom(say))
    packing = greedy(demands, options)
    cores, slots = lower_bound(demands, options)
    say(f"first fit: {packing.cores} cores, {packing.slots} output slots; at least {cores} and {slots}")
    weight = objective_weight(demands, options)
    bound, status = weight * cores + slots, "feasible (first fit, too large to search)"
    if size_of(options, packing.cores) <= MAX_TILES and packing.value > (cores, slots):
        say(f"CP-SAT: which pieces share a core, from {packing.cores:,} cores")
        solved = solve(demands, options, packing, cores, max_deterministic_seconds, say)
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
        least_cores=max(cores, bound // weight),
    )
    return packing, certificate


def _placement(
    network: QuantizedNetwork,
    demands: Demands,
    packing: Packing,
    certificate: Certificate,
    walks: Mapping[str, Walk],
) -> Placement:
    """Cores numbered in order of first use by population name and neuron; on a core, pieces of walked
    populations come first (their stored rows count from low compartments), then by name."""
    order: dict[int, int] = {}
    for key in sorted(packing.core):
        order.setdefault(packing.core[key], len(order))
    slices: list[Slice] = []
    filled = [0] * len(order)
    for name, cuts in sorted(packing.cuts.items(), key=lambda item: (item[0] not in walks, item[0])):
        for i, (first, last) in enumerate(pieces(cuts)):
            core = order[packing.core[name, i]]
            slices.append(
                Slice(population=name, first=first, size=last - first, core=core, slot=filled[core])
            )
            filled[core] += last - first
    ordered = tuple(sorted(slices, key=lambda s: (s.core, s.slot)))
    target = demands.target
    return Placement(
        slices=ordered,
        cores=len(order),
        used=usage(network, ordered, target, walks),
        available=capacities(target),
        certificate=certificate,
        traversals=walks,
    )
