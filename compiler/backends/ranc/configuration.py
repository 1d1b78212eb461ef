"""Configures a placed network: axons of each core, rows of each neuron and its copies, and their targets."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ....targets.configuration import CopySymbols, Symbols
from ....targets.machines.crossbar_grid import PARAMETERS, GridCore, GridMachine
from ....targets.ranc.model import RancChip
from ...ir.placement import Placement
from ..shared.unplaced import plain_symbols, registers
from .axon_lines import Wires, wires_of
from .crossbar_rows import OUTPUT, Axons, Rows, rows_of
from .partition import room_of
from .place import Shape
from .quantize import lowest_threshold
from .quantized_network import QuantizedNetwork
from .unplaced import weight_names

SPLITTER = {"positive_threshold": 1, "weight0": 1}
"""Registers of a neuron that repeats what it hears, one step later; its negative threshold is the lowest, the others
are 0."""


def configuration(
    network: QuantizedNetwork, placement: Placement, chip: RancChip
) -> tuple[GridMachine, Symbols]:
    """Fill the registers of all cores of the grid.

    The last site of the placement is the output bus; positions without a core hold one without neurons."""
    wires = wires_of(network)
    core, slot = _where(network, placement, wires)
    axons = Axons.of(wires, core)
    rows = rows_of(wires, core, room_of(chip))
    stored = _StoredRows.of(wires, rows, slot)
    shape = Shape.of(placement.cores)
    sites = np.array(placement.sites)
    x, y = sites % shape.columns, sites // shape.columns
    on = {int(site): k for k, site in enumerate(placement.sites[:-1])}
    values = with_splitter(network, chip)
    cores = tuple(
        _core(
            on.get(site, -2),
            (site % shape.columns, site // shape.columns),
            wires,
            axons,
            stored,
            values,
            (x, y),
            chip,
        )
        for site in range(shape.columns * shape.rows)
        if site != placement.sites[-1]
    )
    machine = GridMachine(
        columns=shape.columns,
        rows=shape.rows,
        output=(int(x[-1]), int(y[-1])),
        n_outputs=max(1, int(rows.axon[rows.target == OUTPUT].max(initial=-1)) + 1),
        cores=cores,
        n_inputs=wires.n_sources - wires.n,
        inputs=_inputs(wires, axons, x, y),
    )
    return machine, _symbols(network, wires, stored, np.argsort(np.argsort(sites[:-1])))


def with_splitter(network: QuantizedNetwork, chip: RancChip) -> dict[str, np.ndarray]:
    """List the registers of all neurons, and behind them those of a splitter: register -> (n + 1,)."""
    names = (*PARAMETERS, *weight_names(chip))
    lowest = lowest_threshold(chip)
    split = {**dict.fromkeys(names, 0), **SPLITTER, "negative_threshold": lowest}
    return {name: np.append(values, split[name]) for name, values in registers(network, names).items()}


@dataclass(frozen=True, kw_only=True)
class _StoredRows:
    """Rows in the order in which cores hold them. original: (r,) bool, the first row of its neuron."""

    rows: Rows
    slot: np.ndarray
    original: np.ndarray

    @staticmethod
    def of(wires: Wires, rows: Rows, slot: np.ndarray) -> _StoredRows:
        """slot: (n,) of the originals, which fill each core from 0 on; copies follow, in the order of these."""
        original = np.zeros(rows.core.size, dtype=np.bool_)
        copies = np.flatnonzero(~rows.splits)
        _, first = np.unique(rows.neuron[copies], return_index=True)
        original[copies[first]] = True
        turn = np.where(rows.splits, rows.hears, slot[rows.neuron])
        order = np.lexsort((rows.axon, rows.target, turn, ~original, rows.core))
        core = rows.core[order]
        ordered = replace(rows, **{name: getattr(rows, name)[order] for name in _COLUMNS})
        return _StoredRows(
            rows=ordered, slot=np.arange(core.size) - np.searchsorted(core, core), original=original[order]
        )


_COLUMNS = ("core", "neuron", "target", "axon", "delay", "hears")


def _where(network: QuantizedNetwork, placement: Placement, wires: Wires) -> tuple[np.ndarray, np.ndarray]:
    """(n,) core and slot of each neuron."""
    core, slot = np.zeros(wires.n, dtype=np.int64), np.zeros(wires.n, dtype=np.int64)
    for piece in placement.slices:
        neurons = wires.first[piece.population] + placement.neurons(piece)
        core[neurons], slot[neurons] = piece.core, np.arange(piece.slot, piece.slot + piece.size)
    return core, slot


def _core(
    number: int,
    place: tuple[int, int],
    wires: Wires,
    axons: Axons,
    stored: _StoredRows,
    values: dict[str, np.ndarray],
    places: tuple[np.ndarray, np.ndarray],
    chip: RancChip,
) -> GridCore:
    """number: of the placement, or one that is none. place, places: x and y, of this core and of all."""
    own, rows = axons.core == number, stored.rows
    here = np.flatnonzero(rows.core == number)
    splits, target = rows.splits[here], rows.target[here]
    neuron = np.where(splits, wires.n, rows.neuron[here])
    kind = np.zeros(chip.core.axons, dtype=np.int64)
    kind[: int(own.sum())] = wires.kind[axons.wire[own]]
    index = np.full(wires.source.size, -1, dtype=np.int64)
    index[axons.wire[own]] = axons.index[own]
    connected = np.zeros((here.size, chip.core.axons), dtype=np.bool_)
    connected[np.flatnonzero(splits), rows.hears[here][splits]] = True
    for row in np.flatnonzero(~splits).tolist():
        k = int(neuron[row])
        connected[row, index[wires.wire[wires.start[k] : wires.start[k + 1]]]] = True
    return GridCore(
        x=place[0],
        y=place[1],
        axon_type=kind,
        connected=connected,
        weights=np.stack([values[name][neuron] for name in weight_names(chip)], axis=1),
        params={name: values[name][neuron] for name in PARAMETERS},
        dx=places[0][target] - place[0],  # OUTPUT is the last place
        dy=places[1][target] - place[1],
        axon=rows.axon[here],
        delay=rows.delay[here],
    )


def _inputs(wires: Wires, axons: Axons, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    source = wires.source[axons.wire]
    outer = source >= wires.n
    core = axons.core[outer]
    lines = np.stack(
        [source[outer] - wires.n, x[core], y[core], axons.index[outer], wires.delay[axons.wire[outer]]],
        axis=1,
    )
    return lines[np.lexsort(lines.T[::-1])]


def _symbols(network: QuantizedNetwork, wires: Wires, stored: _StoredRows, rank: np.ndarray) -> Symbols:
    """rank: of each core among all by position. Machine neurons are the rows in that order."""
    rows = stored.rows
    number = np.empty(rows.core.size, dtype=np.int64)
    number[np.lexsort((stored.slot, rank[rows.core]))] = np.arange(rows.core.size)
    of = np.empty(wires.n, dtype=np.int64)
    of[rows.neuron[stored.original]] = number[stored.original]
    plain = plain_symbols(network)
    copies: list[CopySymbols] = []
    for p in plain.populations:
        first, size = wires.first[p.name], p.machine_index.size
        own = (rows.neuron >= first) & (rows.neuron < first + size) & ~stored.original
        for role, late, chosen in (("copy", 0, own & ~rows.splits), ("splitter", 1, own & rows.splits)):
            at = np.flatnonzero(chosen)
            if at.size:
                neuron = rows.neuron[at] - first
                copies.append(
                    CopySymbols(
                        population=p.name,
                        role=role,
                        delay_steps=late,
                        machine_index=number[at],
                        neuron=neuron,
                    )
                )
    placed = tuple(replace(p, machine_index=of[p.machine_index]) for p in plain.populations)
    return Symbols(populations=placed, inputs=plain.inputs, copies=tuple(copies), outputs=plain.outputs)
