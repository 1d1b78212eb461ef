"""Takes a placement back from `placement.lock.json`, so that a later compile, or a later solver, keeps it.

A lock that does not match the network is ignored with a note.
"""

from __future__ import annotations

import math
from dataclasses import replace

import msgspec
import numpy as np

from ....sim.diagnostic import Diagnostic, note
from ....targets.loihi1.model import LoihiChip
from ...ir.placement import Certificate, Placement, Runs, Slice, Traversal
from ...options import Options
from ..shared.cuba.quantized_network import QuantizedNetwork
from ..shared.placement_lock import PlacementLock, network_digest, read_lock
from .core_usage import capacities, check_placement, check_slices, usage


def kept_lock(
    options: Options, network: QuantizedNetwork, target: LoihiChip
) -> tuple[Placement | None, list[Diagnostic]]:
    """The placement that is to be kept: of the lock that is named, as far as it serves; else the one that OUT has, if
    it was found for this very network. Another may be of a run that was a mistake, and would only be in the way."""
    if options.lock is not None:
        kept, notes = decode_lock(options.lock, network, target)
        # Somebody named it: that it does not serve must be seen.
        return kept, [
            replace(n, code="SPK2013", severity="warning") if n.code == "SPK2010" else n for n in notes
        ]
    if options.earlier is None:
        return None, []
    lock = read_lock(options.earlier)
    if isinstance(lock, PlacementLock) and lock.network != network_digest(network):
        return None, [_of_another(lock)]
    return decode_lock(options.earlier, network, target)


def decode_lock(
    data: bytes, network: QuantizedNetwork, target: LoihiChip
) -> tuple[Placement | None, list[Diagnostic]]:
    """Read a placement back from a lock, its use of the cores counted again.

    None and the note SPK2010 say why it does not serve: not a lock, another schema version, another target, a broken
    rule. Of a network with other populations the placement is what `partition` can keep, and the note SPK2011 says
    which changed."""
    lock = read_lock(data)
    if isinstance(lock, str):
        return None, [_ignored(lock)]
    if reason := _broken(lock, network, target):
        return None, [_ignored(reason)]
    earlier = Placement(
        slices=tuple(
            Slice(population=s.population, first=s.first, size=s.size, core=s.core, slot=s.slot)
            for s in lock.slices
        ),
        cores=lock.cores,
        used=(),
        available=capacities(target),
        certificate=_certificate(lock, same=False),
        traversals={
            **{
                name: Traversal(shape=w.shape, channels=w.channels, rows=w.rows, columns=w.columns)
                for name, w in sorted(lock.traversals.items())
            },
            **{name: Runs(runs=tuple(w.runs)) for name, w in sorted(lock.orders.items())},
        },
        sites=tuple(lock.sites),
    )
    if changed := _changed(lock, network):
        return earlier, [_in_part(f"{'; '.join(changed[:3])}{' ...' if changed[3:] else ''}")]
    if wrong := check_slices(network, earlier.slices, earlier.cores):
        return None, [_ignored(wrong[0])]
    used = usage(network, earlier.slices, target, earlier.traversals)
    same = list(used) == lock.used
    placement = replace(earlier, used=used, certificate=_certificate(lock, same=same))
    if wrong := check_placement(network, placement, target):
        return earlier, [_in_part(wrong[0])]
    return placement, []


def _broken(lock: PlacementLock, network: QuantizedNetwork, target: LoihiChip) -> str:
    """Why nothing in the lock can be trusted; empty when it is a placement of the populations that it lists."""
    if lock.target != network.target:
        return f"it is for target {lock.target}, not {network.target}"
    if not 0 < lock.cores <= target.cores:
        return f"it has {lock.cores:,} cores; the target has {target.cores:,}"
    if lock.sites and (len(set(lock.sites)) != lock.cores or len(lock.sites) != lock.cores):
        return f"it has {len(lock.sites):,} sites for {lock.cores:,} cores"
    if any(site >= target.cores for site in lock.sites):
        return f"it has a site past the target's {target.cores:,} cores"
    if not 0 < sum(lock.populations.values()) <= lock.cores * target.capacity.compartments:
        return f"it has {sum(lock.populations.values()):,} neurons on {lock.cores:,} cores"
    return _broken_walks(lock) or _broken_slices(lock)


def _broken_walks(lock: PlacementLock) -> str:
    for name, walk in sorted(lock.traversals.items()):
        if min(walk.shape) < 1 or lock.populations.get(name) != math.prod(walk.shape):
            return f"it walks {name} as {walk.shape}, which has {lock.populations.get(name, 0):,} neurons"
    for name, order in sorted(lock.orders.items()):
        size = lock.populations.get(name, 0)
        if sum(count for _, _, count in order.runs) != size or name in lock.traversals:
            return f"its order of {name} is not one of {size:,} neurons"
        # Before the runs are expanded: no number leaves 64 bits, nothing is larger than the population.
        inside = all(0 <= first < size and abs(step) <= size for first, step, _ in order.runs)
        if not inside or not np.array_equal(np.sort(Runs(runs=tuple(order.runs)).order), np.arange(size)):
            return f"its order of {name} does not visit each neuron once"
    return ""


def _broken_slices(lock: PlacementLock) -> str:
    end = dict.fromkeys(sorted(lock.populations), 0)
    for s in sorted(lock.slices, key=lambda s: (s.population, s.first)):
        if end.get(s.population) != s.first or s.size < 1 or not 0 <= s.core < lock.cores:
            return f"its slices of {s.population} overlap, leave a gap or lie on no core"
        end[s.population] += s.size
    for name, size in lock.populations.items():
        if end[name] != size:
            return f"its slices of {name} end at neuron {end[name]:,} of {size:,}"
    return ""


def _changed(lock: PlacementLock, network: QuantizedNetwork) -> list[str]:
    """The populations that are new, gone or of another size."""
    sizes = {p.name: p.size for p in network.populations}
    return [
        f"population {name} has {sizes.get(name, 0):,} neurons; the lock has {lock.populations.get(name, 0):,}"
        for name in sorted(sizes.keys() | lock.populations.keys())
        if sizes.get(name) != lock.populations.get(name)
    ]


def _certificate(lock: PlacementLock, *, same: bool) -> Certificate:
    """A proof holds for the synapses it was made for; `same`: these use the cores exactly as those did."""
    c = lock.certificate
    if not same:
        status = "feasible (kept from the lock of a network with other synapses)"
        return Certificate(objective="cores", value=lock.cores, bound=1, status=status, family="any")
    return Certificate(**msgspec.structs.asdict(c))


def _in_part(reason: str) -> Diagnostic:
    return note(
        "SPK2011",
        f"the placement lock is used in part: {reason}",
        hint="populations that did not change stay where they were; compile without the lock for a new search",
    )


def not_as_pinned() -> Diagnostic:
    """Note that a lock is not used because it puts pinned populations elsewhere (SPK2010)."""
    return _ignored("it does not put the pinned populations where they are pinned to")


def _of_another(lock: PlacementLock) -> Diagnostic:
    return note(
        "SPK2010",
        f"the earlier placement in OUT is not used: it is of another network, or of other populations on the host "
        f"({lock.cores:,} core{'' if lock.cores == 1 else 's'})",
        hint="--lock OUT/placement.lock.json keeps the populations that did not change where they were",
    )


def _ignored(reason: str) -> Diagnostic:
    return note(
        "SPK2010",
        f"the placement lock is not used: {reason}",
        hint="a new placement was searched; keep its lock in place of this one",
    )
