"""Placed neurons to core contents: which spike goes to which input axon, and the symbols that name them.

An input axon carries spikes into one projection on one core, those of all source elements with the same
synapses there; a source has one output slot (or the host one table row) for each axon it drives. Nothing here
can change a bit of what is computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

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
from ....targets.loihi1.resources import bits_by_core
from ...ir.placement import Placement, Slice
from ..shared.cuba.quantized_network import QuantizedNetwork
from .cut_rows import CutRows, cut_rows, stored_rows

STORED = (
    "row_format", "axon_row", "axon_base", "synapse_row", "synapse_offset", "synapse_mantissa", "synapse_delay",
)  # fmt: skip
"""Of a core's content, what is stored for each row, axon and synapse."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Cut:
    """The synapses of a projection on all cores, and what its rows store end to end. format: registers by name,
    (cores,) each. first_axon: (cores,) int64, the number on its core of the first axon there. axon, row: (cores + 1,)
    int64, where those of each core begin. start: (R + 1,) int64, where those of each row begin."""

    rows: CutRows
    format: Mapping[str, np.ndarray]
    first_axon: np.ndarray
    axon: np.ndarray
    row: np.ndarray
    start: np.ndarray
    offset: np.ndarray
    mantissa: np.ndarray
    delay: np.ndarray


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
    cuts = _cuts(network, places, placement.cores, target)
    site = np.array([placement.site(core) for core in range(placement.cores)], dtype=np.int64)
    sources, routes = _sources(network, places, _drives(cuts), site, target)
    by_core = np.argsort(sources["core"], kind="stable")
    pieces = [list[Slice]() for _ in range(placement.cores)]
    for piece in placement.slices:
        pieces[piece.core].append(piece)
    ends = np.searchsorted(sources["core"][by_core], np.arange(placement.cores + 1))
    cores: list[CoreContent] = []
    for core in range(placement.cores):
        slots = by_core[ends[core] : ends[core + 1]]
        cores.append(
            CoreContent(
                chip=placement.site(core) // target.grid.cores_per_chip,
                core=placement.site(core) % target.grid.cores_per_chip,
                registers=_registers(network, placement, core, pieces[core]),
                core_registers=_core_registers(network, core, pieces[core]),
                **_stored(cuts, core),
                slot_compartment=sources["compartment"][slots],
                slot_chip=site[sources["to"][slots]] // target.grid.cores_per_chip,
                slot_core=site[sources["to"][slots]] % target.grid.cores_per_chip,
                slot_axon=sources["axon"][slots],
            )
        )
    return cores, routes


def without_synapses(core: CoreContent) -> CoreContent:
    """The same core as one that sends: what it stores of synapses is most of a network's memory."""
    nothing = {name: np.zeros(0, dtype=np.int64) for name in STORED}
    return replace(core, **nothing)


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


def _cuts(
    network: QuantizedNetwork,
    places: Mapping[str, tuple[np.ndarray, np.ndarray]],
    cores: int,
    target: LoihiChip,
) -> list[_Cut]:
    """Of each projection, in order."""
    cuts: list[_Cut] = []
    axons = np.zeros(cores, dtype=np.int64)
    for projection in network.projections:
        place = places[projection.post]
        rows = cut_rows(projection.synapses, *place, cores, target.synapse.max_axon_base)
        _, dense, width = bits_by_core(
            rows.row_core,
            rows.row_count,
            rows.row_span,
            rows.max_index,
            rows.twice,
            projection.format,
            target.synapse,
        )
        offset, mantissa, delay = stored_rows(projection.synapses, *place, rows)
        complete = {**projection.format, "compression": np.where(dense, DENSE, SPARSE), "idxBits": width}
        cuts.append(
            _Cut(
                rows=rows,
                format={name: np.broadcast_to(complete[name], (cores,)) for name in FORMAT_REGISTERS},
                first_axon=axons,
                axon=np.searchsorted(rows.axon_core, np.arange(cores + 1)),
                row=np.searchsorted(rows.row_core, np.arange(cores + 1)),
                start=np.concatenate([[0], np.cumsum(rows.row_count)]),
                offset=offset,
                mantissa=mantissa,
                delay=delay,
            )
        )
        axons = axons + np.diff(cuts[-1].axon)
    return cuts


def _stored(cuts: list[_Cut], core: int) -> dict[str, Any]:
    """Fields of a core's content: one format a projection (equal ones share a word when encoded), rows of synapses,
    and the row of each axon."""
    here = [cut for cut in cuts if cut.axon[core] < cut.axon[core + 1]]
    columns: dict[str, list[np.ndarray]] = {name: [np.zeros(0, dtype=np.int8)] for name in STORED}
    first_row = 0
    for number, cut in enumerate(here):
        axons, rows = slice(*cut.axon[core : core + 2]), slice(*cut.row[core : core + 2])
        synapses = slice(cut.start[rows.start], cut.start[rows.stop])
        count = cut.rows.row_count[rows]
        parts = (
            np.full(count.size, number), cut.rows.axon_row[axons] - rows.start + first_row, cut.rows.axon_base[axons],
            np.repeat(first_row + np.arange(count.size, dtype=np.int32), count),
            cut.offset[synapses], cut.mantissa[synapses], cut.delay[synapses],
        )  # fmt: skip
        for column, part in zip(columns.values(), parts, strict=True):
            column.append(part)
        first_row += count.size
    return {
        "formats": {
            name: np.array([cut.format[name][core] for cut in here], dtype=np.int64)
            for name in FORMAT_REGISTERS
        },
        **{name: np.concatenate(column) for name, column in columns.items()},
    }


def _drives(cuts: list[_Cut]) -> _Drives:
    columns: list[list[np.ndarray]] = [[np.zeros(0, dtype=np.int64)] for _ in range(4)]
    for number, cut in enumerate(cuts):
        rows = cut.rows
        axon = rows.axon - cut.axon[rows.core] + cut.first_axon[rows.core]
        parts = (np.full(axon.size, number), rows.source, rows.core, axon)
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


def _registers(
    network: QuantizedNetwork, placement: Placement, core: int, pieces: list[Slice]
) -> dict[str, np.ndarray]:
    """Compartment registers of a core. Raises ValueError when its slices leave a gap or overlap."""
    pieces = sorted(pieces, key=lambda s: s.slot)
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


def _core_registers(network: QuantizedNetwork, core: int, pieces: list[Slice]) -> dict[str, int]:
    shared = [network.population(piece.population).core_params for piece in pieces]
    if not shared:
        raise ValueError(f"core {core} is empty")
    for name in CORE_REGISTERS:
        if len({registers[name] for registers in shared}) > 1:
            raise ValueError(f"core {core}: populations with different {name}")
    return {name: int(shared[0][name]) for name in CORE_REGISTERS}
