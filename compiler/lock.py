"""`placement.lock.json`: a placement in a file, so that a later compile, or a later solver, keeps it.

The bytes follow from the placement alone. A lock that does not match the network is ignored with a note.
"""

from __future__ import annotations

import math
from typing import Annotated

import msgspec

from ..sim.diagnostic import Diagnostic, note
from ..targets.model import Target
from .core_usage import capacities, check_placement, check_slices, usage
from .placement import Certificate, Placement, Slice, Traversal
from .quantized import QuantizedNetwork

SCHEMA_VERSION = 2
MAX_BYTES = 64 * 2**20


class _Piece(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    population: str
    first: int
    size: int
    core: int
    slot: int


class _Certificate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    objective: str
    value: int
    bound: int
    status: str
    family: str


class _Walk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    shape: tuple[int, int, int]
    channels: Annotated[int, msgspec.Meta(ge=1)]
    rows: Annotated[int, msgspec.Meta(ge=1)]
    columns: Annotated[int, msgspec.Meta(ge=1)]


class _Lock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema_version: int
    target: str
    populations: dict[str, int]
    cores: int
    slices: list[_Piece]
    used: list[dict[str, int]]
    certificate: _Certificate
    traversals: dict[str, _Walk] = {}


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
        certificate=_Certificate(c.objective, c.value, c.bound, c.status, c.family),
        traversals={
            name: _Walk(w.shape, w.channels, w.rows, w.columns)
            for name, w in sorted(placement.traversals.items())
        },
    )
    return msgspec.json.format(msgspec.json.encode(lock, order="deterministic"), indent=2) + b"\n"


def decode_lock(
    data: bytes, network: QuantizedNetwork, target: Target
) -> tuple[Placement | None, list[Diagnostic]]:
    """The placement in `data`, its use of the cores counted again; or None and the note SPK2010 that says
    why it does not serve: not a lock, another schema version, other populations, a broken rule."""
    lock = _read(data)
    if isinstance(lock, str):
        return None, [_ignored(lock)]
    if reason := _mismatch(lock, network):
        return None, [_ignored(reason)]
    slices = tuple(
        Slice(population=s.population, first=s.first, size=s.size, core=s.core, slot=s.slot)
        for s in lock.slices
    )
    if wrong := check_slices(network, slices, lock.cores):
        return None, [_ignored(wrong[0])]
    walks = {
        name: Traversal(shape=w.shape, channels=w.channels, rows=w.rows, columns=w.columns)
        for name, w in sorted(lock.traversals.items())
    }
    used = usage(network, slices, target, walks)
    placement = Placement(
        slices=slices,
        cores=lock.cores,
        used=used,
        available=capacities(target),
        certificate=_certificate(lock, same=list(used) == lock.used),
        traversals=walks,
    )
    if wrong := check_placement(network, placement, target):
        return None, [_ignored(wrong[0])]
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


def _mismatch(lock: _Lock, network: QuantizedNetwork) -> str:
    sizes = {p.name: p.size for p in network.populations}
    if lock.target != network.target:
        return f"it is for target {lock.target}, not {network.target}"
    for name in sorted(sizes.keys() | lock.populations.keys()):
        if sizes.get(name) != lock.populations.get(name):
            now, then = sizes.get(name, 0), lock.populations.get(name, 0)
            return f"population {name} has {now:,} neurons; the lock has {then:,}"
    for name, walk in sorted(lock.traversals.items()):
        if sizes.get(name) != math.prod(walk.shape) or min(walk.shape) < 1:
            return f"the lock walks {name} as {walk.shape}; it has {sizes.get(name, 0):,} neurons"
    return ""


def _certificate(lock: _Lock, *, same: bool) -> Certificate:
    """A proof holds for the synapses it was made for; `same`: these use the cores exactly as those did."""
    c = lock.certificate
    if not same:
        status = "feasible (kept from the lock of a network with other synapses)"
        return Certificate(objective="cores", value=lock.cores, bound=1, status=status, family="any")
    return Certificate(objective=c.objective, value=c.value, bound=c.bound, status=c.status, family=c.family)


def _ignored(reason: str) -> Diagnostic:
    return note(
        "SPK2010",
        f"the placement lock is not used: {reason}",
        hint="a new placement was searched; keep its lock in place of this one",
    )
