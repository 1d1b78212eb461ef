"""`placement.lock.json`: a placement in a file, so that a later compile, or a later solver, keeps it.

The bytes follow from the placement alone. A lock that does not match the network is ignored with a note.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Annotated

import msgspec
import numpy as np

from ....sim.diagnostic import Diagnostic, note
from ....targets.loihi1.model import Target
from ...ir.placement import Certificate, Placement, Runs, Slice, Traversal
from .core_usage import capacities, check_placement, check_slices, usage
from .quantized_network import QuantizedNetwork

SCHEMA_VERSION = 3
MAX_BYTES = 64 * 2**20


class _Piece(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    population: str
    first: int
    size: int
    core: int
    slot: int


class _Certificate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    objective: str
    value: int | float
    bound: int | float
    status: str
    family: str
    least_cores: int


class _Walk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    shape: tuple[int, int, int]
    channels: Annotated[int, msgspec.Meta(ge=1)]
    rows: Annotated[int, msgspec.Meta(ge=1)]
    columns: Annotated[int, msgspec.Meta(ge=1)]


class _Runs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    runs: list[tuple[int, int, Annotated[int, msgspec.Meta(ge=1)]]]


class _Lock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema_version: int
    target: str
    populations: dict[str, int]
    cores: int
    slices: list[_Piece]
    used: list[dict[str, int]]
    certificate: _Certificate
    traversals: dict[str, _Walk] = {}
    orders: dict[str, _Runs] = {}
    sites: list[Annotated[int, msgspec.Meta(ge=0)]] = []


class _Version(msgspec.Struct, frozen=True):
    schema_version: int


def encode_lock(network: QuantizedNetwork, placement: Placement) -> bytes:
    """UTF-8 JSON, sorted keys, two spaces of indentation, a newline at the end."""
    c = placement.certificate
    lock = _Lock(
        schema_version=SCHEMA_VERSION,
        target=network.target,
        populations={p.name: p.size for p in network.populations},
        cores=placement.cores,
        slices=[_Piece(s.population, s.first, s.size, s.core, s.slot) for s in placement.slices],
        used=[dict(u) for u in placement.used],
        certificate=_Certificate(c.objective, c.value, c.bound, c.status, c.family, c.least_cores),
        traversals={
            name: _Walk(w.shape, w.channels, w.rows, w.columns)
            for name, w in sorted(placement.traversals.items())
            if isinstance(w, Traversal)
        },
        orders={
            name: _Runs(list(w.runs))
            for name, w in sorted(placement.traversals.items())
            if isinstance(w, Runs)
        },
        sites=list(placement.sites),
    )
    return msgspec.json.format(msgspec.json.encode(lock, order="deterministic"), indent=2) + b"\n"


def decode_lock(
    data: bytes, network: QuantizedNetwork, target: Target
) -> tuple[Placement | None, list[Diagnostic]]:
    """The placement in `data`, its use of the cores counted again; or None and the note SPK2010 that says
    why it does not serve: not a lock, another schema version, another target, a broken rule. Of a network with
    other populations it is what `partition` can keep, and the note SPK2011 says which changed."""
    lock = _read(data)
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


def _read(data: bytes) -> _Lock | str:
    """The lock, or why it is none."""
    if len(data) > MAX_BYTES:
        return f"it has {len(data):,} bytes; at most {MAX_BYTES:,} are read"
    try:
        version = msgspec.json.decode(data, type=_Version).schema_version
        if version != SCHEMA_VERSION:
            return f"it has schema version {version}; this is {SCHEMA_VERSION}"
        return msgspec.json.decode(data, type=_Lock)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as fault:
        return f"it is not a placement lock: {fault}"


def _broken(lock: _Lock, network: QuantizedNetwork, target: Target) -> str:
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


def _broken_walks(lock: _Lock) -> str:
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


def _broken_slices(lock: _Lock) -> str:
    end = dict.fromkeys(sorted(lock.populations), 0)
    for s in sorted(lock.slices, key=lambda s: (s.population, s.first)):
        if end.get(s.population) != s.first or s.size < 1 or not 0 <= s.core < lock.cores:
            return f"its slices of {s.population} overlap, leave a gap or lie on no core"
        end[s.population] += s.size
    for name, size in lock.populations.items():
        if end[name] != size:
            return f"its slices of {name} end at neuron {end[name]:,} of {size:,}"
    return ""


def _changed(lock: _Lock, network: QuantizedNetwork) -> list[str]:
    """The populations that are new, gone or of another size."""
    sizes = {p.name: p.size for p in network.populations}
    return [
        f"population {name} has {sizes.get(name, 0):,} neurons; the lock has {lock.populations.get(name, 0):,}"
        for name in sorted(sizes.keys() | lock.populations.keys())
        if sizes.get(name) != lock.populations.get(name)
    ]


def _certificate(lock: _Lock, *, same: bool) -> Certificate:
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
    return _ignored("it does not put the pinned populations where they are pinned to")


def _ignored(reason: str) -> Diagnostic:
    return note(
        "SPK2010",
        f"the placement lock is not used: {reason}",
        hint="a new placement was searched; keep its lock in place of this one",
    )
