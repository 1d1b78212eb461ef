"""Checks that the decoded grid, its copies resolved to their originals, is the network and nothing else: the static
verdict.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....targets.configuration import Symbols
from ....targets.machines.crossbar_grid import PARAMETERS, GridMachine
from ....targets.ranc.limits import shared_axons, violations
from ....targets.ranc.model import RancChip
from ...ir.stages import StaticVerdict
from ..shared.static import (
    Findings,
    Names,
    NetworkTable,
    WordTable,
    compare,
    joined,
    named,
    numbered,
    synapse_columns,
)
from .axon_lines import Wires, wires_of
from .configuration import with_splitter
from .quantized_network import QuantizedNetwork
from .unplaced import synapse_weights, weight_names

OUTPUT = -1


@dataclass(frozen=True, kw_only=True)
class _Owners:
    """Of each machine neuron the neuron that it is, copies or repeats; how much later it spikes; whether it is a
    splitter, (m,) each."""

    neuron: np.ndarray
    late: np.ndarray
    splits: np.ndarray


def static_verdict(
    network: QuantizedNetwork, machine: GridMachine, symbols: Symbols, chip: RancChip
) -> StaticVerdict:
    """Compare a decoded grid, through its symbols, with the network.

    Never raises for a wrong grid or wrong symbols: everything that is wrong is a finding."""
    findings = Findings()
    _limits(machine, chip, findings)
    wires = wires_of(network)
    names = named(network, symbols, machine.n_neurons, findings, spare=True)
    owners = None if names is None else _owners(network, machine, symbols, names, findings)
    if names is not None and owners is not None:
        words = _words(wires, machine, owners, chip, findings)
        compare(words, _asked(network, chip), names, findings)
        _splitters(network, machine, words, owners, chip, findings)
        _outputs(wires, machine, owners, findings)
    return findings.verdict()


def _limits(machine: GridMachine, chip: RancChip, findings: Findings) -> None:
    for v in violations(machine, chip):
        findings.add(f"{v.what} of {v.place} is {v.found}, not in {v.low} .. {v.high}")
    for shared in shared_axons(machine):
        core = machine.cores[shared.core]
        findings.add(f"core {core.x},{core.y}: axon {shared.axon} has {shared.senders} senders")


def _owners(
    network: QuantizedNetwork, machine: GridMachine, symbols: Symbols, names: Names, findings: Findings
) -> _Owners | None:
    """None, with a finding, when originals and copies do not name every machine neuron exactly once."""
    inputs = sum(port.size for port in network.inputs)
    if machine.n_inputs != inputs:
        findings.add(f"{machine.n_inputs} input elements; the network has {inputs}")
        return None
    number, m = numbered(network), machine.n_neurons
    owners = _Owners(
        neuron=names.of[:m].copy(), late=np.zeros(m, dtype=np.int64), splits=np.zeros(m, dtype=np.bool_)
    )
    times = (owners.neuron >= 0).astype(np.int64)
    populations = {p.name: p.size for p in network.populations}
    for c in symbols.copies:
        index, size = c.machine_index, populations.get(c.population, 0)
        outside = index.size and not 0 <= int(index.min()) <= int(index.max()) < m
        unknown = c.neuron.size and not 0 <= int(c.neuron.min()) <= int(c.neuron.max()) < size
        if index.shape != c.neuron.shape or outside or unknown:
            findings.add(
                f"the symbols name neurons of {c.population} that the grid or the network does not have"
            )
            return None
        np.add.at(times, index, 1)
        owners.neuron[index] = number[c.population][c.neuron]
        owners.late[index], owners.splits[index] = c.delay_steps, c.role != "copy"
    if (times != 1).any():
        at = int(np.argmax(times != 1))
        findings.add(f"the symbols name machine neuron {at} {int(times[at])} times")
        return None
    return owners


def _words(
    wires: Wires, machine: GridMachine, owners: _Owners, chip: RancChip, findings: Findings
) -> WordTable:
    """Copies stand for their originals; splitters are compared apart."""
    registers = {name: np.concatenate([core.params[name] for core in machine.cores]) for name in PARAMETERS}
    weights = np.concatenate([core.weights for core in machine.cores])
    registers |= {name: weights[:, k] for k, name in enumerate(weight_names(chip))}
    return WordTable(
        owner=np.where(owners.splits, -1, owners.neuron),
        registers=registers,
        synapses=_summed(_arrivals(wires, machine, owners, findings)),
        place=lambda at: _place(machine, at),
    )


def _arrivals(wires: Wires, machine: GridMachine, owners: _Owners, findings: Findings) -> np.ndarray:
    """(5, K) what reaches every row over the axons that it is connected to."""
    source, late = _senders(wires, machine, owners)
    parts: list[np.ndarray] = []
    for k, core in enumerate(machine.cores):
        driven, connected = source[k] >= 0, core.connected.any(axis=0)
        for axon in np.flatnonzero(connected & ~driven).tolist():
            findings.add(f"core {core.x},{core.y}: nothing drives axon {axon}")
        for axon in np.flatnonzero(~connected & driven).tolist():
            findings.add(f"core {core.x},{core.y}: axon {axon} is driven and reaches no neuron")
        for axon in np.flatnonzero(~connected & ~driven & (core.axon_type != 0)).tolist():
            findings.add(
                f"core {core.x},{core.y}: axon {axon} is not in use and has type {core.axon_type[axon]}, not 0"
            )
        row, axon = np.nonzero(core.connected & driven)
        weight, at = core.crossbar[row, axon], int(machine.first[k]) + row
        for k_th in np.flatnonzero(weight == 0).tolist():
            findings.add(
                f"{_place(machine, int(at[k_th]))}: axon {int(axon[k_th])} is connected and has no weight"
            )
        parts.append(synapse_columns(source[k][axon], at, weight, late[k][axon]))
    return joined(parts)


def _senders(wires: Wires, machine: GridMachine, owners: _Owners) -> tuple[np.ndarray, np.ndarray]:
    """(cores, axons) each: the source that drives an axon, -1 for none, and how much later than it could."""
    source = np.full((len(machine.cores), machine.n_axons), -1, dtype=np.int64)
    late = np.zeros_like(source)
    number, axon, delay = machine.targets()
    inner = (number >= 0) & (axon < machine.n_axons)
    source[number[inner], axon[inner]] = owners.neuron[inner]
    late[number[inner], axon[inner]] = (delay + owners.late)[inner]
    element, x, y, input_axon, input_delay = machine.inputs.T
    at = machine.core_numbers(x, y)
    outer = (at >= 0) & (input_axon < machine.n_axons)
    source[at[outer], input_axon[outer]] = wires.n + element[outer]
    late[at[outer], input_axon[outer]] = input_delay[outer]
    return source, late


def _summed(synapses: np.ndarray) -> np.ndarray:
    """The same with the weights from one source at one delay onto one neuron added up."""
    source, target, weight, delay, _ = synapses
    keys, place = np.unique(np.stack([source, target, delay]), axis=1, return_inverse=True)
    total = np.zeros(keys.shape[1], dtype=np.int64)
    np.add.at(total, place.reshape(-1), weight)
    return synapse_columns(keys[0], keys[1], total, keys[2])


def _asked(network: QuantizedNetwork, chip: RancChip) -> NetworkTable:
    number, by_name = numbered(network), {p.name: p for p in network.populations}
    return NetworkTable(
        registers={name: values[:-1] for name, values in with_splitter(network, chip).items()},
        synapses=_summed(
            joined(
                [
                    synapse_columns(
                        number[p.pre][p.cols],
                        number[p.post][p.rows],
                        synapse_weights(p, by_name[p.post], chip),
                        p.delay,
                    )
                    for p in network.projections
                ]
            )
        ),
    )


def _splitters(
    network: QuantizedNetwork,
    machine: GridMachine,
    words: WordTable,
    owners: _Owners,
    chip: RancChip,
    findings: Findings,
) -> None:
    """Each hears its neuron alone, with a weight of 1, and repeats it one step later than it arrives."""
    expected = {name: int(values[-1]) for name, values in with_splitter(network, chip).items()}
    source, target, weight, delay, _ = words.synapses
    for at in np.flatnonzero(owners.late != owners.splits).tolist():
        findings.add(f"{_place(machine, at)}: named as {int(owners.late[at])} steps late")
    for at in np.flatnonzero(owners.splits).tolist():
        for name, value in expected.items():
            found = int(words.registers[name][at])
            if found != value:
                findings.add(f"{_place(machine, at)}: a splitter: {name} expected {value}, found {found}")
        mine = target == at
        heard = list(zip(source[mine].tolist(), delay[mine].tolist(), weight[mine].tolist(), strict=True))
        if heard != [(int(owners.neuron[at]), int(owners.late[at]) - 1, 1)]:
            findings.add(f"{_place(machine, at)}: a splitter that hears something else than its neuron")


def _outputs(wires: Wires, machine: GridMachine, owners: _Owners, findings: Findings) -> None:
    """The neurons that are read drive the lines of the bus in their order, each one; others only the line behind."""
    number, line, delay = machine.targets()
    read = np.flatnonzero(wires.read)
    expected_line = np.full(wires.n, read.size)
    expected_line[read] = np.arange(read.size)
    on_bus = np.flatnonzero(number == OUTPUT)
    times = np.bincount(owners.neuron[on_bus], minlength=wires.n)
    for neuron in np.flatnonzero((times != 1) & wires.read).tolist():
        findings.add(f"neuron {neuron} drives {int(times[neuron])} lines of the output bus, not 1")
    for at in on_bus[line[on_bus] != expected_line[owners.neuron[on_bus]]].tolist():
        expected = int(expected_line[owners.neuron[at]])
        findings.add(f"{_place(machine, at)}: drives output line {int(line[at])}, not {expected}")
    for at in on_bus[
        delay[on_bus] != 0
    ].tolist():  # the bus has no delays: the field is unused, and written as 0
        findings.add(f"{_place(machine, at)}: a delay of {int(delay[at])} to the output bus, not 0")
    if machine.n_outputs != max(1, int(line[on_bus].max(initial=-1)) + 1):
        findings.add(f"{machine.n_outputs} output lines, of which not all are driven")


def _place(machine: GridMachine, at: int) -> str:
    k = int(np.searchsorted(machine.first, at, side="right")) - 1
    while machine.cores[k].n_neurons == 0:
        k -= 1
    core = machine.cores[k]
    return f"core {core.x},{core.y} row {at - int(machine.first[k])}"
