"""Placement, static half: the decoded grid, its copies resolved to their originals, is the network and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....targets.configuration import Symbols
from ....targets.machines.crossbar_grid import PARAMETERS, GridMachine
from ....targets.ranc.limits import shared_axons, violations
from ....targets.ranc.model import Revision
from ...ir.stages import StaticVerdict
from ..loihi.verify_words import Findings
from ..shared.unplaced import plain_symbols
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
    network: QuantizedNetwork, machine: GridMachine, symbols: Symbols, chip: Revision
) -> StaticVerdict:
    """Never raises for a wrong grid or wrong symbols: everything that is wrong is a finding."""
    findings = Findings(shown=[])
    _limits(machine, chip, findings)
    wires = wires_of(network)
    owners = _owners(network, wires, machine, symbols, findings)
    if owners is not None:
        _neurons(network, machine, owners, chip, findings)
        _synapses(network, wires, machine, owners, chip, findings)
        _outputs(wires, machine, owners, findings)
    return findings.verdict()


def _limits(machine: GridMachine, chip: Revision, findings: Findings) -> None:
    for v in violations(machine, chip):
        findings.add(f"{v.what} of {v.place} is {v.found}, not in {v.low} .. {v.high}")
    for shared in shared_axons(machine):
        core = machine.cores[shared.core]
        findings.add(f"core {core.x},{core.y}: axon {shared.axon} has {shared.senders} senders")


def _owners(
    network: QuantizedNetwork, wires: Wires, machine: GridMachine, symbols: Symbols, findings: Findings
) -> _Owners | None:
    """None, with a finding, when the symbols do not name every machine neuron and input element exactly once."""
    wanted = plain_symbols(network)
    listed = [(p.name, p.shape, p.lag_steps, p.role, dict(p.scales)) for p in wanted.populations]
    given = [(p.name, p.shape, p.lag_steps, p.role, dict(p.scales)) for p in symbols.populations]
    if listed != given or wanted.inputs != symbols.inputs:
        findings.add(
            f"the symbols list {given} and {symbols.inputs}; the network has {listed} and {wanted.inputs}"
        )
        return None
    if machine.n_inputs != wires.n_sources - wires.n:
        findings.add(f"{machine.n_inputs} input elements; the network has {wires.n_sources - wires.n}")
        return None
    sizes = {p.name: p.size for p in network.populations}
    pieces = [(p.name, p.machine_index, np.arange(sizes[p.name]), 0, False) for p in symbols.populations]
    pieces += [
        (c.population, c.machine_index, c.neuron, c.delay_steps, c.role != "copy") for c in symbols.copies
    ]
    owners = _Owners(
        neuron=np.full(machine.n_neurons, -1),
        late=np.zeros(machine.n_neurons, dtype=np.int64),
        splits=np.zeros(machine.n_neurons, dtype=np.bool_),
    )
    named = np.zeros(machine.n_neurons, dtype=np.int64)
    for name, index, neuron, late, splits in pieces:
        outside = index.size and not 0 <= int(index.min()) <= int(index.max()) < machine.n_neurons
        unknown = name not in sizes or (neuron.size and not 0 <= neuron.min() <= neuron.max() < sizes[name])
        if index.shape != neuron.shape or outside or unknown:
            findings.add(f"the symbols name neurons of {name} that the grid or the network does not have")
            return None
        np.add.at(named, index, 1)
        owners.neuron[index] = wires.first[name] + neuron
        owners.late[index], owners.splits[index] = late, splits
    if (named != 1).any():
        at = int(np.argmax(named != 1))
        findings.add(f"the symbols name machine neuron {at} {int(named[at])} times")
        return None
    return owners


def _neurons(
    network: QuantizedNetwork, machine: GridMachine, owners: _Owners, chip: Revision, findings: Findings
) -> None:
    """Every row has the registers of its neuron."""
    wanted, names = with_splitter(network, chip), (*PARAMETERS, *weight_names(chip))
    of = np.where(owners.splits, sum(p.size for p in network.populations), owners.neuron)
    found = {name: np.concatenate([core.params[name] for core in machine.cores]) for name in PARAMETERS}
    weights = np.concatenate([core.weights for core in machine.cores])
    found |= {name: weights[:, k] for k, name in enumerate(weight_names(chip))}
    for name in names:
        expected = wanted[name][of]
        for at in np.flatnonzero(found[name] != expected).tolist():
            findings.add(
                f"{_place(machine, at)}: {_name(network, int(owners.neuron[at]))}: {name} expected "
                f"{int(expected[at])}, found {int(found[name][at])}"
            )


def _synapses(
    network: QuantizedNetwork,
    wires: Wires,
    machine: GridMachine,
    owners: _Owners,
    chip: Revision,
    findings: Findings,
) -> None:
    """For each row the sources, delays and weights that reach it over the axons are those of its neuron."""
    senders = _senders(wires, machine, owners)
    wanted = _expected(network, wires, chip)
    for k, core in enumerate(machine.cores):
        source, late = senders[0][k], senders[1][k]
        connected = core.connected.any(axis=0)
        for axon in np.flatnonzero(connected & (source < 0)).tolist():
            findings.add(f"core {core.x},{core.y}: nothing drives axon {axon}")
        for axon in np.flatnonzero(~connected & (source >= 0)).tolist():
            findings.add(f"core {core.x},{core.y}: axon {axon} is driven and reaches no neuron")
        for row in range(core.n_neurons):
            at = int(machine.first[k]) + row
            here = np.flatnonzero(core.connected[row] & (source >= 0))
            found = _summed(source[here], late[here], core.crossbar[row, here])
            neuron = int(owners.neuron[at])
            for axon in here[core.crossbar[row, here] == 0].tolist():
                findings.add(f"{_place(machine, at)}: axon {axon} is connected and has no weight")
            late_by = int(owners.late[at])
            expected = {(neuron, late_by - 1): 1} if owners.splits[at] else wanted[neuron]
            if found != expected:
                findings.add(f"{_place(machine, at)}: {_difference(network, neuron, expected, found)}")
            if late_by != owners.splits[at]:
                findings.add(f"{_place(machine, at)}: named as {late_by} steps late")


Arrivals = dict[tuple[int, int], int]


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


def _expected(network: QuantizedNetwork, wires: Wires, chip: Revision) -> list[Arrivals]:
    """Of each neuron (source, delay) -> weight."""
    by_name = {p.name: p for p in network.populations}
    found: list[Arrivals] = [{} for _ in range(wires.n)]
    for p in network.projections:
        weight = synapse_weights(p, by_name[p.post], chip)
        columns = (wires.first[p.post] + p.rows, wires.first[p.pre] + p.cols, p.delay, weight)
        for post, source, delay, w in zip(*(column.tolist() for column in columns), strict=True):
            found[post][source, delay] = found[post].get((source, delay), 0) + w
    return found


def _summed(source: np.ndarray, late: np.ndarray, weight: np.ndarray) -> Arrivals:
    found: Arrivals = {}
    for s, d, w in zip(source.tolist(), late.tolist(), weight.tolist(), strict=True):
        found[s, d] = found.get((s, d), 0) + w
    return found


def _difference(network: QuantizedNetwork, neuron: int, wanted: Arrivals, found: Arrivals) -> str:
    source, delay = min(key for key in {**wanted, **found} if wanted.get(key) != found.get(key))
    a, b = wanted.get((source, delay)), found.get((source, delay))
    return (
        f"{_name(network, neuron)}: from {_name(network, source)} after {delay} expected "
        f"{'nothing' if a is None else a}, found {'nothing' if b is None else b}"
    )


def _outputs(wires: Wires, machine: GridMachine, owners: _Owners, findings: Findings) -> None:
    """The neurons that are read drive the lines of the bus in their order, each one; others only the line behind."""
    number, line, delay = machine.targets()
    read = np.flatnonzero(wires.read)
    wanted = np.full(wires.n, read.size)
    wanted[read] = np.arange(read.size)
    on_bus = np.flatnonzero(number == OUTPUT)
    times = np.bincount(owners.neuron[on_bus], minlength=wires.n)
    for neuron in np.flatnonzero((times != 1) & wires.read).tolist():
        findings.add(f"neuron {neuron} drives {int(times[neuron])} lines of the output bus, not 1")
    for at in on_bus[line[on_bus] != wanted[owners.neuron[on_bus]]].tolist():
        expected = int(wanted[owners.neuron[at]])
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


def _name(network: QuantizedNetwork, source: int) -> str:
    """`path[3]` of a neuron or an input element."""
    for part in (*network.populations, *network.inputs):
        if source < part.size:
            return f"{part.name}[{source}]"
        source -= part.size
    return f"source {source}"
