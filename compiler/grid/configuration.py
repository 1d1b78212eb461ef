"""A placement as the grid's registers: axons of each core, rows of each neuron and its copies, and their targets."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...targets.configuration import CopySymbols, Symbols
from ...targets.grid import PARAMETERS, GridCore, GridMachine
from ...targets.ranc.model import Revision
from ..placement import Placement
from ..quantized import QuantizedNetwork
from ..unlimited import plain_symbols
from .expand import registers, weight_names
from .place import Shape
from .wires import Wires, axons_of, wires_of

OUTPUT = -1


@dataclass(frozen=True, kw_only=True)
class _Axons:
    """All axons, (a,) int64 each, sorted by core and wire; `index` on the core."""

    core: np.ndarray
    wire: np.ndarray
    index: np.ndarray


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """One for each neuron and copy, (r,) int64: on `core` in row `slot`, does what `neuron` does; its spikes go to axon
    or line `axon` of core `target` (OUTPUT: the bus) after `delay`. original: the first row of its neuron."""

    core: np.ndarray
    slot: np.ndarray
    neuron: np.ndarray
    target: np.ndarray
    axon: np.ndarray
    delay: np.ndarray
    original: np.ndarray


def configuration(
    network: QuantizedNetwork, placement: Placement, chip: Revision
) -> tuple[GridMachine, Symbols]:
    """The last site of the placement is the output bus; positions without a core hold one without neurons.

    A neuron that nothing hears drives a line of the bus behind all that are read."""
    wires = wires_of(network)
    core, slot = _where(network, placement, wires)
    heard, wire = axons_of(wires, core)
    first = np.searchsorted(heard, np.arange(placement.cores))
    axons = _Axons(core=heard, wire=wire, index=np.arange(heard.size) - first[heard])
    rows = _rows(wires, core, slot, axons)
    shape = Shape.of(placement.cores)
    sites = np.array(placement.sites)
    x, y = sites % shape.columns, sites // shape.columns
    on = {int(site): k for k, site in enumerate(placement.sites[:-1])}
    values = registers(network, (*PARAMETERS, *weight_names(chip)))
    cores = tuple(
        _core(
            on.get(site, -2),
            site % shape.columns,
            site // shape.columns,
            wires,
            axons,
            rows,
            values,
            (x, y),
            chip,
        )
        for site in range(shape.columns * shape.rows)
        if site != placement.sites[-1]
    )
    lines = int(wires.read.sum())
    machine = GridMachine(
        columns=shape.columns,
        rows=shape.rows,
        output=(int(x[-1]), int(y[-1])),
        n_outputs=max(1, lines, int(rows.axon[rows.target == OUTPUT].max(initial=0)) + 1),
        cores=cores,
        n_inputs=wires.n_sources - wires.n,
        inputs=_inputs(wires, axons, x, y),
    )
    return machine, _symbols(network, wires, rows, np.argsort(np.argsort(sites[:-1])))


def _where(network: QuantizedNetwork, placement: Placement, wires: Wires) -> tuple[np.ndarray, np.ndarray]:
    """(n,) core and slot of each neuron."""
    core, slot = np.zeros(wires.n, dtype=np.int64), np.zeros(wires.n, dtype=np.int64)
    for piece in placement.slices:
        neurons = wires.first[piece.population] + placement.neurons(piece)
        core[neurons], slot[neurons] = piece.core, np.arange(piece.slot, piece.slot + piece.size)
    return core, slot


def _rows(wires: Wires, core: np.ndarray, slot: np.ndarray, axons: _Axons) -> _Rows:
    source = wires.source[axons.wire]
    inner = source < wires.n
    read = np.flatnonzero(wires.read)
    served = np.zeros(wires.n, dtype=np.bool_)
    served[source[inner]] = True
    alone = np.flatnonzero(~served & ~wires.read)
    parts = (
        np.stack([read, np.full(read.size, OUTPUT), np.arange(read.size), np.zeros(read.size, np.int64)]),
        np.stack([source, axons.core, axons.index, wires.delay[axons.wire]])[:, inner],
        np.stack([alone, np.full(alone.size, OUTPUT), np.full(alone.size, read.size), np.zeros_like(alone)]),
    )
    neuron, target, axon, delay = np.concatenate(parts, axis=1)
    order = np.lexsort((axon, target, slot[neuron], core[neuron]))
    neuron, target, axon, delay = neuron[order], target[order], axon[order], delay[order]
    _, first = np.unique(neuron, return_index=True)
    original = np.zeros(neuron.size, dtype=np.bool_)
    original[first] = True
    row = np.where(original, slot[neuron], -1)
    for c in np.unique(core).tolist():
        more = (core[neuron] == c) & ~original
        row[more] = int((core == c).sum()) + np.arange(int(more.sum()))
    order = np.lexsort((row, core[neuron]))
    neuron = neuron[order]
    return _Rows(
        core=core[neuron],
        slot=row[order],
        neuron=neuron,
        target=target[order],
        axon=axon[order],
        delay=delay[order],
        original=original[order],
    )


def _core(
    number: int,
    x: int,
    y: int,
    wires: Wires,
    axons: _Axons,
    rows: _Rows,
    values: dict[str, np.ndarray],
    places: tuple[np.ndarray, np.ndarray],
    chip: Revision,
) -> GridCore:
    """number: of the placement, or one that is none."""
    own, here = axons.core == number, np.flatnonzero(rows.core == number)
    neuron, target = rows.neuron[here], rows.target[here]
    kind = np.zeros(chip.core.axons, dtype=np.int64)
    kind[: int(own.sum())] = wires.kind[axons.wire[own]]
    index = np.full(wires.source.size, -1, dtype=np.int64)
    index[axons.wire[own]] = axons.index[own]
    connected = np.zeros((here.size, chip.core.axons), dtype=np.bool_)
    for row, k in enumerate(neuron.tolist()):
        connected[row, index[wires.wire[wires.start[k] : wires.start[k + 1]]]] = True
    return GridCore(
        x=x,
        y=y,
        axon_type=kind,
        connected=connected,
        weights=np.stack([values[name][neuron] for name in weight_names(chip)], axis=1),
        params={name: values[name][neuron] for name in PARAMETERS},
        dx=places[0][target] - x,  # OUTPUT is the last place
        dy=places[1][target] - y,
        axon=rows.axon[here],
        delay=rows.delay[here],
    )


def _inputs(wires: Wires, axons: _Axons, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    source = wires.source[axons.wire]
    outer = source >= wires.n
    core = axons.core[outer]
    found = np.stack(
        [source[outer] - wires.n, x[core], y[core], axons.index[outer], wires.delay[axons.wire[outer]]],
        axis=1,
    )
    return found[np.lexsort(found.T[::-1])]


def _symbols(network: QuantizedNetwork, wires: Wires, rows: _Rows, rank: np.ndarray) -> Symbols:
    """rank: of each core among all by position. Machine neurons are the rows in that order."""
    number = np.empty(rows.core.size, dtype=np.int64)
    number[np.lexsort((rows.slot, rank[rows.core]))] = np.arange(rows.core.size)
    of = np.empty(wires.n, dtype=np.int64)
    of[rows.neuron[rows.original]] = number[rows.original]
    plain = plain_symbols(network)
    copies: list[CopySymbols] = []
    for p in plain.populations:
        first, size = wires.first[p.name], p.machine_index.size
        own = (rows.neuron >= first) & (rows.neuron < first + size)
        more = np.flatnonzero(own & ~rows.original)
        if more.size:
            copy = CopySymbols(
                population=p.name,
                role="copy",
                delay_steps=0,
                machine_index=number[more],
                neuron=rows.neuron[more] - first,
            )
            copies.append(copy)
    placed = tuple(replace(p, machine_index=of[p.machine_index]) for p in plain.populations)
    return Symbols(populations=placed, inputs=plain.inputs, copies=tuple(copies))
