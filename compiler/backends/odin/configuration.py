"""Configures the chips of a placed network, each neuron at its place, and the symbols that name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ....targets.configuration import PopulationSymbols, Symbols
from ....targets.machines.crossbar_events import EventCore, EventMachine, HostRoutes
from ....targets.odin.empty_core import empty_core
from ....targets.odin.model import OdinChip
from ...ir.placement import Placement
from ..shared.outputs import host_reads
from ..shared.unplaced import plain_symbols
from .quantized_network import QuantizedNetwork
from .routes import StoredSynapses, answers_of, events_of, host_routes, own_signs, starts, stored_synapses


@dataclass(frozen=True)
class _Seated:
    """seat: (sources,) machine number of each neuron and input element, populations and inputs end to end.
    sent: of each core, the rows of the host that weigh something there, ascending; behind: of each core, how many
    rows of neurons come before them."""

    network: QuantizedNetwork
    chip: OdinChip
    synapses: StoredSynapses
    start: np.ndarray
    seat: np.ndarray
    sent: tuple[np.ndarray, ...]
    behind: tuple[int, ...]

    @property
    def post(self) -> np.ndarray:
        """Machine neuron of each synapse's target, (k,)."""
        return self.seat[self.start[self.synapses.post] + self.synapses.neuron]

    @property
    def neurons(self) -> np.ndarray:
        """Machine numbers of all neurons, (n,)."""
        return self.seat[: self.start[len(self.network.populations)]]


def configuration(
    network: QuantizedNetwork, placement: Placement, chip: OdinChip
) -> tuple[EventMachine, Symbols]:
    """Fill the chips' crossbars and registers.

    Rows of the host are in the order in which it sends them, behind those of the neurons where the loop is closed."""
    events, seated = events_of(network), _seated(network, placement, chip)
    rows = np.arange(chip.capacity.rows)
    orders: list[np.ndarray] = []
    last: list[int] = []
    for sent, behind in zip(seated.sent, seated.behind, strict=True):
        used = behind + np.arange(sent.size)
        before = int((sent < events.sign.size - events.behind).sum())
        last.append(sent.size - before)
        orders.append(np.concatenate([used[:before], np.setdiff1d(rows, used), used[before:]]))
    symbols = _symbols(seated)
    machine = EventMachine(
        n_inputs=sum(port.size for port in network.inputs),
        cores=tuple(_core(seated, number) for number in range(placement.cores)),
        routes=_routes(seated),
        row_order=tuple(orders),
        leaks=events.leaks,
        protocol=events.protocol,
        exports=host_reads(network, symbols.populations),
        answers=_answers(seated, placement.cores),
        behind=tuple(last) if any(last) else (),
    )
    return machine, symbols


def rows_used(network: QuantizedNetwork, placement: Placement, chip: OdinChip) -> list[int]:
    """Count the rows in use of each core."""
    seated = _seated(network, placement, chip)
    return [sent.size + behind for sent, behind in zip(seated.sent, seated.behind, strict=True)]


def _seated(network: QuantizedNetwork, placement: Placement, chip: OdinChip) -> _Seated:
    start, synapses, size = starts(network), stored_synapses(network), chip.capacity.neurons
    seat = np.full(int(start[-1]), -1, dtype=np.int64)
    first = {p.name: int(start[k]) for k, p in enumerate(network.populations)}
    counts = [0] * placement.cores
    for piece in placement.slices:
        base = piece.core * size + piece.slot
        seat[first[piece.population] + placement.neurons(piece)] = base + np.arange(piece.size)
        counts[piece.core] += piece.size
    n = int(start[len(network.populations)])
    seat[n:] = placement.cores * size + np.arange(seat.size - n)
    core = seat[start[synapses.post] + synapses.neuron] // size
    closed = events_of(network).closed_loop
    return _Seated(
        network=network,
        chip=chip,
        synapses=synapses,
        start=start,
        seat=seat,
        sent=tuple(
            np.unique(synapses.row[(core == k) & (synapses.row >= 0)]) for k in range(placement.cores)
        ),
        behind=tuple(count if closed else 0 for count in counts),
    )


def _routes(seated: _Seated) -> HostRoutes:
    events = events_of(seated.network)
    parts = [np.zeros((4, 0), dtype=np.int64)]
    for core, (sent, behind) in enumerate(zip(seated.sent, seated.behind, strict=True)):
        mine = np.isin(events.route_row, sent)
        source = seated.seat[seated.start[events.route_source] + events.route_element]
        row = behind + np.searchsorted(sent, events.route_row[mine])
        parts.append(host_routes(events, mine, source, core, row))
    source, core, row, delay = np.concatenate(parts, axis=1)
    return HostRoutes(source=source, core=core, row=row, delay=delay)


def _answers(seated: _Seated, cores: int) -> tuple[np.ndarray, ...]:
    """What the host answers spikes with, of each core."""
    levels = answers_of(seated.network)
    if not levels.any():
        return ()
    answers = np.zeros(cores * seated.chip.capacity.neurons, dtype=np.int64)
    answers[seated.neurons] = levels
    return tuple(np.split(answers, cores))


def _core(seated: _Seated, number: int) -> EventCore:
    events, chip, synapses = events_of(seated.network), seated.chip, seated.synapses
    size, signed = chip.capacity.neurons, chip.execution.sign == "weight"
    sent, behind = seated.sent[number], seated.behind[number]
    mine = np.flatnonzero(seated.neurons // size == number)
    slots = seated.neurons[mine] % size
    core = empty_core(chip, last_neuron=mine.size - 1, closed_loop=events.closed_loop)
    stored_here = np.flatnonzero(seated.post // size == number)
    source = seated.seat[seated.start[synapses.source[stored_here]] + synapses.element[stored_here]]
    row = synapses.row[stored_here]
    row = np.where(row < 0, source % size, behind + np.searchsorted(sent, row))
    post, weight = seated.post[stored_here] % size, synapses.weight[stored_here]
    weights, mapped, inhibitory = core.weights.copy(), core.mapped.copy(), core.inhibitory.copy()
    weights[row, post] = weight if signed else np.abs(weight)
    mapped[row, post] = True
    if not signed:
        own = own_signs(seated.network)
        of_neurons = np.concatenate([own[p.name] for p in seated.network.populations])[mine]
        inhibitory[slots] = of_neurons < 0
        inhibitory[behind + np.arange(sent.size)] = events.sign[sent] < 0
    return replace(
        core,
        params=_written(core.params, seated.network, mine, slots),
        initial=_written(core.initial, seated.network, mine, slots),
        weights=weights,
        mapped=mapped,
        inhibitory=inhibitory,
    )


def _written(
    empty: Mapping[str, np.ndarray], network: QuantizedNetwork, mine: np.ndarray, slots: np.ndarray
) -> dict[str, np.ndarray]:
    """What the unused neurons hold, with the network's in their places."""
    values_of: dict[str, np.ndarray] = {}
    for name, values in empty.items():
        values_of[name] = values.copy()
        values_of[name][slots] = np.concatenate([p.params[name] for p in network.populations])[mine]
    return values_of


def _symbols(seated: _Seated) -> Symbols:
    network, start = seated.network, seated.start
    populations = tuple(
        PopulationSymbols(
            name=p.name,
            shape=p.shape,
            machine_index=seated.seat[start[k] : start[k + 1]],
            lag_steps=p.lag_steps,
            role=p.role,
            scales=p.scales,
        )
        for k, p in enumerate(network.populations)
    )
    plain = plain_symbols(network)
    return Symbols(populations=populations, inputs=plain.inputs, outputs=plain.outputs)
