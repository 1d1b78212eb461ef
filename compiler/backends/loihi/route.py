"""Placed neurons to core contents: which spike goes to which input axon, and the symbols that name them.

An input axon carries spikes into one projection on one core, those of all source elements with the same
synapses there; a source has one output slot (or the host one table row) for each axon it drives. Nothing here
can change a bit of what is computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ....targets.loihi1.axon_rows import AxonRows, axon_rows
from ....targets.loihi1.content import (
    COMPARTMENT_REGISTERS,
    CORE_REGISTERS,
    DENSE,
    FORMAT_REGISTERS,
    SPARSE,
    CoreContent,
    InputRoutes,
    OutputReads,
)
from ....targets.loihi1.model import LoihiChip
from ....targets.loihi1.resources import axon_bits
from ....targets.row_order import row_order
from ...ir.placement import Placement
from .quantized_network import QuantizedNetwork


@dataclass(frozen=True, kw_only=True)
class _Group:
    """The synapses of projection `projection` on a core, (k,) each, sorted by source, compartment, delay and
    mantissa, and the axons that they make; the first of these is input axon `first_axon` of the core."""

    projection: int
    compartment: np.ndarray
    mantissa: np.ndarray
    delay: np.ndarray
    rows: AxonRows
    first_axon: int


@dataclass(frozen=True, kw_only=True)
class _Drives:
    """Source `source` of projection `projection` drives input axon `axon` of core `core`; (D,) each."""

    projection: np.ndarray
    source: np.ndarray
    core: np.ndarray
    axon: np.ndarray


def route(
    network: QuantizedNetwork, placement: Placement, target: LoihiChip
) -> tuple[list[CoreContent], InputRoutes]:
    """Route every spike of a placed network: the contents of `placement.cores` cores, in order, and the host's table.

    Raises ValueError when the placement leaves out a neuron or mixes core registers on a core."""
    places = _places(network, placement)
    groups = _groups(network, places, placement.cores, target)
    site = np.array([placement.site(core) for core in range(placement.cores)], dtype=np.int64)
    sources, routes = _sources(network, places, _drives(groups), site, target)
    cores: list[CoreContent] = []
    for core, mine in enumerate(groups):
        slots = sources["core"] == core
        cores.append(
            CoreContent(
                chip=placement.site(core) // target.grid.cores_per_chip,
                core=placement.site(core) % target.grid.cores_per_chip,
                registers=_registers(network, placement, core),
                core_registers=_core_registers(network, placement, core),
                **_stored(network, mine, target),
                slot_compartment=sources["compartment"][slots],
                slot_chip=site[sources["to"][slots]] // target.grid.cores_per_chip,
                slot_core=site[sources["to"][slots]] % target.grid.cores_per_chip,
                slot_axon=sources["axon"][slots],
            )
        )
    return cores, routes


def output_reads(network: QuantizedNetwork, placement: Placement, target: LoihiChip) -> OutputReads:
    """List the compartments that the host reads, one an output line in their canonical order."""
    places, per_chip = _places(network, placement), target.grid.cores_per_chip
    site = np.array([placement.site(core) for core in range(placement.cores)], dtype=np.int64)
    parts = [np.zeros((3, 0), dtype=np.int64)]
    for _, p in network.exported:
        core, slot = places[p.name]
        parts.append(np.stack([site[core], slot, np.full(p.size, not p.spiking)]))
    at, compartment, membrane = np.concatenate(parts, axis=1)
    return OutputReads(chip=at // per_chip, core=at % per_chip, compartment=compartment, membrane=membrane)


def _places(network: QuantizedNetwork, placement: Placement) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Population -> core and compartment of each of its neurons."""
    places = {p.name: (np.full(p.size, -1), np.full(p.size, -1)) for p in network.populations}
    for piece in placement.slices:
        core, slot = places[piece.population]
        neurons = placement.neurons(piece)
        core[neurons] = piece.core
        slot[neurons] = np.arange(piece.slot, piece.slot + piece.size)
    for name, (core, _) in places.items():
        if np.any(core < 0):
            raise ValueError(f"{name}: neuron {np.flatnonzero(core < 0)[0]} is on no core")
    return places


def _groups(
    network: QuantizedNetwork,
    places: Mapping[str, tuple[np.ndarray, np.ndarray]],
    cores: int,
    target: LoihiChip,
) -> list[list[_Group]]:
    """Of each core, its projections in order."""
    groups: list[list[_Group]] = [[] for _ in range(cores)]
    axons = [0] * cores
    for number, projection in enumerate(network.projections):
        core, slot = (place[projection.rows] for place in places[projection.post])
        order = row_order(core, projection.cols, slot, projection.delay, projection.code)
        core = core[order]
        columns = (projection.cols, slot, projection.code, projection.delay)
        columns = tuple(column[order] for column in columns)
        for c in np.unique(core).tolist():
            source, compartment, mantissa, delay = (column[_run(core, c)] for column in columns)
            rows = axon_rows(source, compartment, mantissa, delay, target.synapse.max_axon_base)
            groups[c].append(
                _Group(
                    projection=number,
                    compartment=compartment,
                    mantissa=mantissa,
                    delay=delay,
                    rows=rows,
                    first_axon=axons[c],
                )
            )
            axons[c] += rows.axon_first.size
    return groups


def _stored(network: QuantizedNetwork, groups: list[_Group], target: LoihiChip) -> dict[str, Any]:
    """Fields of a core's content: one format a projection (equal ones share a word when encoded), rows of synapses,
    and the row of each axon."""
    table = np.zeros((len(groups), len(FORMAT_REGISTERS)), dtype=np.int64)
    names = ("row_format", "axon_row", "axon_base")
    synapse = ("synapse_row", "synapse_offset", "synapse_mantissa", "synapse_delay")
    columns: dict[str, list[np.ndarray]] = {n: [np.zeros(0, dtype=np.int64)] for n in (*names, *synapse)}
    first_row = 0
    for number, group in enumerate(groups):
        registers, rows = network.projections[group.projection].format, group.rows
        stored = axon_bits(rows, registers, target.synapse)
        compression = DENSE if stored.dense else SPARSE
        complete = {**registers, "compression": compression, "idxBits": stored.index_bits}
        table[number] = [complete[name] for name in FORMAT_REGISTERS]
        count, start = rows.row_count, rows.axon_first[rows.row_axon]
        row = np.repeat(np.arange(count.size), count)
        at = np.arange(row.size) - (np.cumsum(count) - count - start)[row]
        offset = group.compartment[at] - rows.axon_base[rows.row_axon][row]
        parts = (
            np.full(count.size, number), rows.axon_row + first_row, rows.axon_base,
            row + first_row, offset, group.mantissa[at], group.delay[at],
        )  # fmt: skip
        for column, part in zip(columns.values(), parts, strict=True):
            column.append(part)
        first_row += count.size
    return {
        "formats": {name: table[:, i] for i, name in enumerate(FORMAT_REGISTERS)},
        **{name: np.concatenate(column) for name, column in columns.items()},
    }


def _drives(groups: list[list[_Group]]) -> _Drives:
    columns: list[list[np.ndarray]] = [[np.zeros(0, dtype=np.int64)] for _ in range(4)]
    for core, mine in enumerate(groups):
        for group in mine:
            n = group.rows.source.size
            axon = group.rows.axon_of_source + group.first_axon
            parts = (np.full(n, group.projection), group.rows.source, np.full(n, core), axon)
            for column, part in zip(columns, parts, strict=True):
                column.append(part)
    projection, source, core, axon = (np.concatenate(column) for column in columns)
    return _Drives(projection=projection, source=source, core=core, axon=axon)


def _sources(
    network: QuantizedNetwork,
    places: Mapping[str, tuple[np.ndarray, np.ndarray]],
    drives: _Drives,
    site: np.ndarray,
    target: LoihiChip,
) -> tuple[dict[str, np.ndarray], InputRoutes]:
    """Output slots (core, compartment, to, axon), one for each axon a neuron drives, and the inputs' rows."""
    first = np.cumsum([0, *(port.size for port in network.inputs)])
    inputs = {port.name: int(start) for port, start in zip(network.inputs, first[:-1], strict=True)}
    core, compartment = np.full(drives.core.size, -1), np.full(drives.core.size, -1)
    element = np.full(drives.core.size, -1)
    for number, projection in enumerate(network.projections):
        mine = drives.projection == number
        source = drives.source[mine]
        if projection.pre in inputs:
            element[mine] = inputs[projection.pre] + source
        else:
            core[mine], compartment[mine] = (place[source] for place in places[projection.pre])
    inner, outer = core >= 0, element >= 0
    slots = {
        "core": core[inner],
        "compartment": compartment[inner],
        "to": drives.core[inner],
        "axon": drives.axon[inner],
    }
    per_chip = target.grid.cores_per_chip
    return slots, InputRoutes(
        element=element[outer],
        chip=site[drives.core[outer]] // per_chip,
        core=site[drives.core[outer]] % per_chip,
        axon=drives.axon[outer],
    )


def _run(ordered: np.ndarray, value: int) -> slice:
    """Where `ordered` holds `value`."""
    first, end = np.searchsorted(ordered, [value, value + 1])
    return slice(int(first), int(end))


def _registers(network: QuantizedNetwork, placement: Placement, core: int) -> dict[str, np.ndarray]:
    """Compartment registers of a core. Raises ValueError when slices leave a gap or overlap."""
    pieces = sorted((s for s in placement.slices if s.core == core), key=lambda s: s.slot)
    expected = 0
    parts: dict[str, list[np.ndarray]] = {name: [np.zeros(0, np.int64)] for name in COMPARTMENT_REGISTERS}
    for piece in pieces:
        if piece.slot != expected:
            raise ValueError(f"core {core}: {piece.population} starts at {piece.slot}, not {expected}")
        expected += piece.size
        params = network.population(piece.population).params
        for name, part in parts.items():
            part.append(params[name][placement.neurons(piece)])
    return {name: np.concatenate(part) for name, part in parts.items()}


def _core_registers(network: QuantizedNetwork, placement: Placement, core: int) -> dict[str, int]:
    shared = [network.population(s.population).core_params for s in placement.slices if s.core == core]
    if not shared:
        raise ValueError(f"core {core} is empty")
    for name in CORE_REGISTERS:
        if len({registers[name] for registers in shared}) > 1:
            raise ValueError(f"core {core}: populations with different {name}")
    return {name: int(shared[0][name]) for name in CORE_REGISTERS}
