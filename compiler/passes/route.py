"""Placed neurons to core contents: which spike goes to which input axon, and the symbols that name them.

An input axon carries the spikes of one source element into one projection on one core; a source has one
output slot (or the host one table row) for each axon it drives. Nothing here can change a
bit of what is computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...targets.configuration import InputSymbols, PopulationSymbols, Symbols
from ...targets.loihi1.content import (
    COMPARTMENT_REGISTERS,
    CORE_REGISTERS,
    DENSE,
    FORMAT_REGISTERS,
    SPARSE,
    CoreContent,
    InputRoutes,
)
from ...targets.model import Target
from ...targets.resources import Storage, axon_bits
from ..placement import Placement
from ..quantized import QuantizedNetwork


@dataclass(frozen=True, kw_only=True)
class _Synapses:
    """All synapses, sorted by core, projection, source element, compartment and delay. (K,) int64 each."""

    core: np.ndarray
    projection: np.ndarray
    column: np.ndarray
    compartment: np.ndarray
    mantissa: np.ndarray
    delay: np.ndarray


@dataclass(frozen=True, kw_only=True)
class _Axons:
    """All input axons in order of core; `number` counts on the core. (A,) each; of_synapse: (K,)."""

    core: np.ndarray
    number: np.ndarray
    projection: np.ndarray
    column: np.ndarray
    of_synapse: np.ndarray


def route(
    network: QuantizedNetwork, placement: Placement, target: Target
) -> tuple[list[CoreContent], InputRoutes]:
    """Contents of `placement.cores` cores, in order, and the host's table.

    Raises ValueError when the placement leaves out a neuron or mixes core registers on a core."""
    places = _places(network, placement)
    synapses = _sorted_synapses(network, places)
    axons = _axons(synapses)
    sources, routes = _sources(network, places, axons, target)
    cores: list[CoreContent] = []
    for core in range(placement.cores):
        formats, axon_format = _formats(network, synapses, axons, core, target)
        here = _run(synapses.core, core)
        slots = sources["core"] == core
        cores.append(
            CoreContent(
                chip=core // target.grid.cores_per_chip,
                core=core % target.grid.cores_per_chip,
                registers=_registers(network, placement, core),
                core_registers=_core_registers(network, placement, core),
                formats=formats,
                axon_format=axon_format,
                synapse_axon=axons.number[axons.of_synapse[here]],
                synapse_compartment=synapses.compartment[here],
                synapse_mantissa=synapses.mantissa[here],
                synapse_delay=synapses.delay[here],
                slot_compartment=sources["compartment"][slots],
                slot_chip=sources["to"][slots] // target.grid.cores_per_chip,
                slot_core=sources["to"][slots] % target.grid.cores_per_chip,
                slot_axon=sources["axon"][slots],
            )
        )
    return cores, routes


def symbols(network: QuantizedNetwork, placement: Placement) -> Symbols:
    """Debug information: machine neuron of every neuron, machine input of every input element."""
    first = np.cumsum([0, *(port.size for port in network.inputs)])
    return Symbols(
        populations=tuple(
            PopulationSymbols(
                name=population.name,
                shape=population.shape,
                machine_index=placement.machine_index(population.name, population.size),
                lag_steps=population.lag_steps,
                role=population.role,
                scales=population.scales,
            )
            for population in network.populations
        ),
        inputs=tuple(
            InputSymbols(
                name=port.name,
                shape=port.shape,
                first=int(start),
                size=port.size,
                constant=port.constant,
                onset_step=port.onset_step,
            )
            for port, start in zip(network.inputs, first[:-1], strict=True)
        ),
    )


def _places(network: QuantizedNetwork, placement: Placement) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Population -> core and compartment of each of its neurons."""
    places = {p.name: (np.full(p.size, -1), np.full(p.size, -1)) for p in network.populations}
    for piece in placement.slices:
        core, slot = places[piece.population]
        core[piece.first : piece.first + piece.size] = piece.core
        slot[piece.first : piece.first + piece.size] = np.arange(piece.slot, piece.slot + piece.size)
    for name, (core, _) in places.items():
        if np.any(core < 0):
            raise ValueError(f"{name}: neuron {np.flatnonzero(core < 0)[0]} is on no core")
    return places


def _sorted_synapses(
    network: QuantizedNetwork, places: Mapping[str, tuple[np.ndarray, np.ndarray]]
) -> _Synapses:
    columns: list[list[np.ndarray]] = [[np.zeros(0, dtype=np.int64)] for _ in range(6)]
    for number, projection in enumerate(network.projections):
        core, slot = places[projection.post]
        rows = projection.rows
        parts = (core[rows], np.full(rows.size, number), projection.cols, slot[rows])
        for column, part in zip(columns, (*parts, projection.mantissa, projection.delay), strict=True):
            column.append(part)
    core, number, column, compartment, mantissa, delay = (np.concatenate(column) for column in columns)
    order = np.lexsort((mantissa, delay, compartment, column, number, core))
    return _Synapses(
        core=core[order],
        projection=number[order],
        column=column[order],
        compartment=compartment[order],
        mantissa=mantissa[order],
        delay=delay[order],
    )


def _axons(synapses: _Synapses) -> _Axons:
    key = np.stack((synapses.core, synapses.projection, synapses.column))
    new = np.ones(synapses.core.size, dtype=bool)
    new[1:] = np.any(key[:, 1:] != key[:, :-1], axis=0)
    core, projection, column = key[:, new]
    return _Axons(
        core=core,
        number=np.arange(core.size) - np.searchsorted(core, core),
        projection=projection,
        column=column,
        of_synapse=np.cumsum(new) - 1,
    )


def _sources(
    network: QuantizedNetwork,
    places: Mapping[str, tuple[np.ndarray, np.ndarray]],
    axons: _Axons,
    target: Target,
) -> tuple[dict[str, np.ndarray], InputRoutes]:
    """Output slots (core, compartment, to, axon), one for each axon a neuron drives, and the inputs' rows."""
    first = np.cumsum([0, *(port.size for port in network.inputs)])
    inputs = {port.name: int(start) for port, start in zip(network.inputs, first[:-1], strict=True)}
    core, compartment = np.full(axons.core.size, -1), np.full(axons.core.size, -1)
    element = np.full(axons.core.size, -1)
    for number, projection in enumerate(network.projections):
        mine = axons.projection == number
        column = axons.column[mine]
        if projection.pre in inputs:
            element[mine] = inputs[projection.pre] + column
        else:
            core[mine], compartment[mine] = (place[column] for place in places[projection.pre])
    inner, outer = core >= 0, element >= 0
    slots = {
        "core": core[inner],
        "compartment": compartment[inner],
        "to": axons.core[inner],
        "axon": axons.number[inner],
    }
    per_chip = target.grid.cores_per_chip
    return slots, InputRoutes(
        element=element[outer],
        chip=axons.core[outer] // per_chip,
        core=axons.core[outer] % per_chip,
        axon=axons.number[outer],
    )


def _run(ordered: np.ndarray, value: int) -> slice:
    """Where `ordered` holds `value`."""
    first, end = np.searchsorted(ordered, [value, value + 1])
    return slice(int(first), int(end))


def _formats(
    network: QuantizedNetwork, synapses: _Synapses, axons: _Axons, core: int, target: Target
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Formats of a core, one a projection onto it (equal ones share a word when encoded), and each axon's."""
    here = _run(synapses.core, core)
    projection, column = synapses.projection[here], synapses.column[here]
    compartment = synapses.compartment[here]
    mine = _run(axons.core, core)
    present, axon_format = np.unique(axons.projection[mine], return_inverse=True)
    rows: list[list[int]] = []
    for number in present:
        chosen = _run(projection, number)
        registers = network.projections[number].format
        stored = _storage(column[chosen], compartment[chosen], registers, target)
        compression = DENSE if stored.dense else SPARSE
        complete = {**registers, "compression": compression, "idxBits": stored.index_bits}
        rows.append([complete[name] for name in FORMAT_REGISTERS])
    table = np.array(rows, dtype=np.int64).reshape(-1, len(FORMAT_REGISTERS))
    return {name: table[:, i] for i, name in enumerate(FORMAT_REGISTERS)}, axon_format.reshape(-1)


def _storage(
    column: np.ndarray, compartment: np.ndarray, registers: Mapping[str, int], target: Target
) -> Storage:
    """How a projection's axons on a core are stored. (k,) each, sorted by column, then compartment."""
    new = np.ones(column.size, dtype=bool)
    new[1:] = np.diff(column) != 0
    first = np.flatnonzero(new)
    end = np.append(first[1:], column.size)
    twice = bool(np.any(~new[1:] & (np.diff(compartment) == 0)))
    spans = compartment[end - 1] - compartment[first] + 1
    top = int(compartment.max())
    return axon_bits(end - first, spans, registers, top, target.synapse, dense_allowed=not twice)


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
            part.append(params[name][piece.first : piece.first + piece.size])
    return {name: np.concatenate(part) for name, part in parts.items()}


def _core_registers(network: QuantizedNetwork, placement: Placement, core: int) -> dict[str, int]:
    shared = [network.population(s.population).core_params for s in placement.slices if s.core == core]
    if not shared:
        raise ValueError(f"core {core} is empty")
    for name in CORE_REGISTERS:
        if len({registers[name] for registers in shared}) > 1:
            raise ValueError(f"core {core}: populations with different {name}")
    return {name: int(shared[0][name]) for name in CORE_REGISTERS}
