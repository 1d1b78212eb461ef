"""Writes and reads `placement.lock.json`, the file that holds a placement; its bytes follow from the placement
alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Annotated

import msgspec
import numpy as np

from ....targets.machines.synapse_rows import SynapseRows
from ...ir.placement import Placement, Runs, Traversal
from ...ir.quantized import QuantizedInput, QuantizedNetwork

SCHEMA_VERSION = 4
MAX_BYTES = 64 * 2**20
"""Larger locks are not read."""


class LockSlice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A slice as in `ir.placement.Slice`."""

    population: str
    first: int
    size: int
    core: int
    slot: int


class LockCertificate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the search proved, as in `ir.placement.Certificate`."""

    objective: str
    value: int | float
    bound: int | float
    status: str
    family: str
    least_cores: int


class LockTraversal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A population walked in blocks, as in `ir.placement.Traversal`."""

    shape: tuple[int, int, int]
    channels: Annotated[int, msgspec.Meta(ge=1)]
    rows: Annotated[int, msgspec.Meta(ge=1)]
    columns: Annotated[int, msgspec.Meta(ge=1)]


class LockRuns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A population walked in runs of (first neuron, step, count), as in `ir.placement.Runs`."""

    runs: list[tuple[int, int, Annotated[int, msgspec.Meta(ge=1)]]]


class PlacementLock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of the file. network: `network_digest` of what was placed. populations: name -> neurons. used: of
    each core, resource -> amount. traversals, orders: of the populations that are not cut in order of their index.
    sites: as in `ir.placement.Placement`."""

    schema_version: int
    target: str
    network: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    populations: dict[str, int]
    cores: int
    slices: list[LockSlice]
    used: list[dict[str, int]]
    certificate: LockCertificate
    traversals: dict[str, LockTraversal] = {}
    orders: dict[str, LockRuns] = {}
    sites: list[Annotated[int, msgspec.Meta(ge=0)]] = []


class _Version(msgspec.Struct, frozen=True):
    schema_version: int


def encode_lock(network: QuantizedNetwork, placement: Placement) -> bytes:
    """Write a placement as the bytes of its lock: UTF-8 JSON, sorted keys, indented by two, a newline at the end."""
    c = placement.certificate
    lock = PlacementLock(
        schema_version=SCHEMA_VERSION,
        target=network.target,
        network=network_digest(network),
        populations={p.name: p.size for p in network.populations},
        cores=placement.cores,
        slices=[LockSlice(s.population, s.first, s.size, s.core, s.slot) for s in placement.slices],
        used=[dict(u) for u in placement.used],
        certificate=LockCertificate(c.objective, c.value, c.bound, c.status, c.family, c.least_cores),
        traversals={
            name: LockTraversal(w.shape, w.channels, w.rows, w.columns)
            for name, w in sorted(placement.traversals.items())
            if isinstance(w, Traversal)
        },
        orders={
            name: LockRuns(list(w.runs))
            for name, w in sorted(placement.traversals.items())
            if isinstance(w, Runs)
        },
        sites=list(placement.sites),
    )
    return msgspec.json.format(msgspec.json.encode(lock, order="deterministic"), indent=2) + b"\n"


def network_digest(network: QuantizedNetwork) -> str:
    """SHA-256 of all that is placed, in hexadecimal: populations and synapses in integers, and the inputs, among them
    what populations on the host send. Rounding errors and scales are left out: no placement depends on them."""
    sha = hashlib.sha256()
    _take(sha, [network.target, [_port(p) for p in network.inputs]])
    _take(sha, {path: list(names) for path, names in network.outputs.items()})
    for p in network.populations:
        _take(sha, [p.name, p.shape, dict(p.core_params), p.lag_steps, p.emission_delay, p.spiking, p.role])
        _take(sha, dict(p.params))
    layers = () if network.kernels is None else network.kernels.layers
    for part in (*network.projections, *layers, *([] if network.order is None else [network.order])):
        _take(sha, {field.name: getattr(part, field.name) for field in fields(part)})
    return sha.hexdigest()


def _port(port: QuantizedInput) -> list[object]:
    return [port.name, port.shape, port.constant, port.onset_step, *([True] if port.once else [])]


def _take(sha: hashlib._Hash, value: object) -> None:  # pyright: ignore[reportPrivateUsage]
    """Add a value: text, numbers, arrays of integers, and what is made of them."""
    if isinstance(value, np.ndarray):
        sha.update(f"{value.shape}\0".encode())
        sha.update(np.ascontiguousarray(value, dtype=np.int64).tobytes())
    elif isinstance(value, Mapping):
        for key in sorted(value):
            sha.update(f"{key}\0".encode())
            _take(sha, value[key])
    elif isinstance(value, list | tuple):
        sha.update(f"{len(value)}\0".encode())
        for item in value:
            _take(sha, item)
    elif isinstance(value, SynapseRows):
        for part in value.parts():
            _take(sha, list(value.flat(part)[:4]))
    elif is_dataclass(value):
        _take(sha, [getattr(value, field.name) for field in fields(value)])
    else:
        sha.update(f"{value}\0".encode())


def is_lock(data: bytes) -> bool:
    """Whether a file is a lock at all, of this schema version or another."""
    try:
        msgspec.json.decode(data, type=_Version)
    except (ValueError, RecursionError):
        return len(data) > MAX_BYTES  # nobody has read all of it
    return True


def read_lock(data: bytes) -> PlacementLock | str:
    """Parse the bytes of a lock; a str says why they are none."""
    if len(data) > MAX_BYTES:
        return f"it has {len(data):,} bytes; at most {MAX_BYTES:,} are read"
    try:
        version = msgspec.json.decode(data, type=_Version).schema_version
        if version != SCHEMA_VERSION:
            return f"it has schema version {version}; this is {SCHEMA_VERSION}"
        return msgspec.json.decode(data, type=PlacementLock)
    except (ValueError, RecursionError) as fault:
        return f"it is not a placement lock: {fault}"
