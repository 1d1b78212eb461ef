"""Builds the unplaced machine of ODIN: crossbars as large as they have to be, in the same order, with the same
queue.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....targets.configuration import Symbols
from ....targets.machines.crossbar_events import EventCore, EventMachine, HostRoutes
from ....targets.odin.arithmetics import modules_of
from ....targets.odin.model import OdinChip
from ...ir.quantized import QuantizedPopulation
from ..shared.outputs import host_reads
from ..shared.unplaced import plain_symbols
from .quantized_network import QuantizedNetwork
from .routes import answers_of, events_of, host_routes, own_signs, starts, stored_synapses


def expand(network: QuantizedNetwork, chip: OdinChip) -> tuple[EventMachine, Symbols]:
    """Build the unplaced machine: neurons in order of populations, inputs in order of ports."""
    if events_of(network).closed_loop:
        return _closed(network, chip), plain_symbols(network)
    return _open(network, chip), plain_symbols(network)


def _closed(network: QuantizedNetwork, chip: OdinChip) -> EventMachine:
    """Rows of the neurons first, then those of the host."""
    events, synapses = events_of(network), stored_synapses(network)
    first = starts(network)
    n, sent = int(first[len(network.populations)]), events.sign.size
    row = np.where(synapses.row < 0, first[synapses.source] + synapses.element, n + synapses.row)
    own = own_signs(network)
    signs = np.concatenate(
        [np.zeros(0, dtype=np.int64), *(own[p.name] for p in network.populations), events.sign]
    )
    core = _core(network.populations, (n + sent, n), (row, first[synapses.post] + synapses.neuron, synapses.weight),
                 signs, network, chip)  # fmt: skip
    sources, every = (
        first[events.route_source] + events.route_element,
        np.ones(events.route_row.size, np.bool_),
    )
    source, core_number, row_number, delay = host_routes(events, every, sources, 0, n + events.route_row)
    routes = HostRoutes(source=source, core=core_number, row=row_number, delay=delay)
    order = np.concatenate([n + np.arange(sent), np.arange(n)])
    return _machine(network, (core,), routes, (order,))


def _open(network: QuantizedNetwork, chip: OdinChip) -> EventMachine:
    """Every core has all the rows; those that weigh nothing there are not sent."""
    events, synapses = events_of(network), stored_synapses(network)
    first, rows = starts(network), events.sign.size
    cores: list[EventCore] = []
    parts = [np.zeros((4, 0), dtype=np.int64)]
    for k, population in enumerate(network.populations):
        mine = synapses.post == k
        weights = (synapses.row[mine], synapses.neuron[mine], synapses.weight[mine])
        cores.append(_core((population,), (rows, population.size), weights, events.sign, network, chip))
        used = np.isin(events.route_row, synapses.row[mine])
        source = first[events.route_source] + events.route_element
        parts.append(host_routes(events, used, source, k, events.route_row[used]))
    source, core, row, delay = np.concatenate(parts, axis=1)
    routes = HostRoutes(source=source, core=core, row=row, delay=delay)
    return _machine(network, tuple(cores), routes, tuple(np.arange(rows) for _ in cores))


def _core(
    populations: Sequence[QuantizedPopulation],
    shape: tuple[int, int],
    synapses: tuple[np.ndarray, np.ndarray, np.ndarray],
    signs: np.ndarray,
    network: QuantizedNetwork,
    chip: OdinChip,
) -> EventCore:
    """synapses: rows, neurons, weights."""
    events, module = events_of(network), modules_of(chip).neuron
    signed = chip.execution.sign == "weight"
    weights = np.zeros(shape, dtype=np.int8)
    weights[synapses[0], synapses[1]] = synapses[2] if signed else np.abs(synapses[2])

    def joined(name: str) -> np.ndarray:
        return np.concatenate([np.zeros(0, dtype=np.int64), *(p.params[name] for p in populations)])

    return EventCore(
        params={name: joined(name) for name in module.PARAMETERS},
        initial={name: joined(name) for name in module.STATES},
        weights=weights,
        inhibitory=np.zeros(shape[0], dtype=np.bool_) if signed else signs < 0,
        mapped=weights != 0 if not signed else np.ones(shape, dtype=np.bool_),
        last_neuron=shape[1] - 1,
        closed_loop=events.closed_loop,
        queue=events.queue,
    )


def _machine(
    network: QuantizedNetwork, cores: tuple[EventCore, ...], routes: HostRoutes, order: tuple[np.ndarray, ...]
) -> EventMachine:
    events, answers = events_of(network), answers_of(network)
    ends = np.cumsum([core.n_neurons for core in cores])[:-1]
    return EventMachine(
        n_inputs=sum(port.size for port in network.inputs),
        cores=cores,
        routes=routes,
        row_order=order,
        leaks=events.leaks,
        protocol=events.protocol,
        exports=host_reads(network, plain_symbols(network).populations),
        answers=tuple(np.split(answers, ends)) if answers.any() else (),
        behind=(events.behind,) * len(cores) if events.behind else (),
    )
