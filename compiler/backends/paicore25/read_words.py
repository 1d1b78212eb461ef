"""Reads synapses off decoded cores: which source writes which element of a core's input, and who reads it how."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ....targets.paicore25.addresses import route_of, walked
from ....targets.paicore25.configuration import Core, PaicoreConfiguration
from ....targets.paicore25.frames import SLOT_BITS, Route
from ....targets.paicore25.memory import neurons_of, shared
from ....targets.paicore25.routes import HOST, reached

if TYPE_CHECKING:
    from scipy.sparse import csr_array

POTENTIAL = 32


class Written(NamedTuple):
    """Sources write elements of a core's input so many of its steps later: (k,) int64 each. Sources are machine
    neurons, then input elements."""

    source: np.ndarray
    element: np.ndarray
    steps: np.ndarray


def first_of_cores(c: PaicoreConfiguration) -> np.ndarray:
    """(cores + 1,) int64: the first machine neuron of each core, then how many there are."""
    sizes = [int(neurons_of(core.records).sum()) for core in c.cores]
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def step_bits(core: Core) -> int:
    """Bits that a core reads in a step."""
    return SLOT_BITS << core.registers["lcn"]


def elements_of(core: Core) -> int:
    """Elements that a core reads in a step."""
    return step_bits(core) // (POTENTIAL if core.registers["add_potential"] else 1)


def written_to_cores(c: PaicoreConfiguration) -> tuple[dict[int, Written], list[str]]:
    """What is written into each core, by its number; and sentences on frames that come to no core."""
    first, number = first_of_cores(c), {(core.x, core.y): k for k, core in enumerate(c.cores)}
    parts: defaultdict[int, list[Written]] = defaultdict(list)
    lost: list[str] = []
    for at, source, address in _sent(c, first):
        if at == HOST:
            continue
        if at not in number:
            lost.append(f"position {at[0]}, {at[1]} is sent to, and no core is there")
            continue
        there = c.cores[number[at]]
        bits = POTENTIAL if there.registers["add_potential"] else 1
        seen, step = address + there.registers["axon_skew"], step_bits(there)
        parts[number[at]].append(Written(source, seen % step // bits, seen // step))
    found = {
        k: Written(*(np.concatenate(column) for column in zip(*some, strict=True)))
        for k, some in sorted(parts.items())
    }
    return found, lost


def _sent(
    c: PaicoreConfiguration, first: np.ndarray
) -> Iterator[tuple[tuple[int, int], np.ndarray, np.ndarray]]:
    """Position, machine sources, and the bit address that each writes there, from the slot of its own step on."""
    for k, core in enumerate(c.cores):
        begins = first[k] + np.concatenate([[0], np.cumsum(neurons_of(core.records))])
        for r, record in enumerate(core.records):
            address = int(record["tick_relative"]) * SLOT_BITS + int(record["axon"]) + walked(record, "axon")
            source = np.arange(begins[r], begins[r + 1])
            for at in reached((core.x, core.y), route_of(record)):
                yield at, source, address
    for one in c.inputs:
        route = Route(x=one.x, y=one.y, copy_z=one.copy_z, copy_x=one.copy_x, copy_y=one.copy_y)
        for at in reached(HOST, route):
            yield at, first[-1] + one.first + np.arange(one.size), one.address


def reading_of(core: Core) -> csr_array:
    """(neurons, elements of a step) int64: with which weight each neuron of a core reads each element; of potentials,
    1 where a mask covers it. Raises ValueError for what lies outside a step."""
    from scipy import sparse

    adds = bool(core.registers["add_potential"])
    records = shared(core.records)
    begin = np.concatenate([[0], np.cumsum(neurons_of(records))])
    rows: list[np.ndarray] = [np.zeros(0, dtype=np.int64)]
    columns, weights = list(rows), list(rows)
    for r, record in enumerate(records):
        if record["vector"] < 0:
            continue
        at, weight = _taps(core, record)
        offset = walked(record, "skew")
        bit = (at[None, :] + offset[:, None]).reshape(-1)
        if bit.size and not 0 <= int(bit.min()) <= int(bit.max()) < step_bits(core):
            raise ValueError(f"core {core.x}, {core.y} record {r} reads outside its input")
        rows.append(np.repeat(np.arange(begin[r], begin[r + 1]), at.size))
        columns.append(bit // POTENTIAL if adds else bit)
        weights.append(np.tile(weight, offset.size))
    shape = int(begin[-1]), elements_of(core)
    entries = np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns))
    matrix = sparse.csr_array(sparse.coo_array(entries, shape=shape))
    if not adds:
        return matrix
    return sparse.csr_array(
        (np.asarray(matrix.data, dtype=np.int64) // POTENTIAL, matrix.indices, matrix.indptr), shape=shape
    )


def _taps(core: Core, record: np.void) -> tuple[np.ndarray, np.ndarray]:
    """Bits that the first neuron of a record reads, and their weights, which are not 0."""
    vector = core.vectors[int(record["vector"])]
    at = np.arange(vector.weights.size) if vector.address is None else vector.address
    there = vector.weights != 0
    return at[there] + int(record["weight_skew"]), vector.weights[there].astype(np.int64)


def delays(written: Written) -> Sequence[int]:
    """The steps by which something comes later, ascending."""
    return [int(steps) for steps in np.unique(written.steps)]
