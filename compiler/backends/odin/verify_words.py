"""Checks that what is loaded is the quantised network and nothing else: the static half of the placement verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ....targets.configuration import Symbols
from ....targets.machines.crossbar_events import EventCore, EventMachine
from ....targets.odin.arithmetics import modules_of
from ....targets.odin.empty_core import empty_core
from ....targets.odin.model import OdinChip
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
from .quantized_network import QuantizedNetwork
from .routes import events_of, starts
from .verify_loading import loading_findings
from .verify_lowered import compare_lowered
from .verify_rest import compare_rest


def static_verdict(
    network: QuantizedNetwork,
    machine: EventMachine,
    symbols: Symbols,
    chip: OdinChip,
    files: Mapping[str, bytes] | None = None,
) -> StaticVerdict:
    """Compare a machine, through its symbols, with the network. files: those that the machine was decoded from, of
    which the writes are checked as well.

    Never raises for a wrong machine or wrong symbols: everything that is wrong is a finding."""
    findings = Findings()
    for text in () if files is None else loading_findings(machine, files, chip):
        findings.add(text)
    names = named(network, symbols, machine.n_neurons, findings, spare=True)
    if names is not None and _same_inputs(network, machine, findings):
        _host(network, machine, findings)
        for number, core in enumerate(machine.cores):
            _registers(network, core, number, names, machine, chip, findings)
            _unused(core, number, names, machine, chip, findings)
        compare(_words(machine, names, chip, findings), _asked(network, chip), names, findings)
        _order(network, machine, names, findings)
        compare_rest(network, machine, names, findings)
        compare_lowered(network, machine, names, findings)
    return findings.verdict()


def _same_inputs(network: QuantizedNetwork, machine: EventMachine, findings: Findings) -> bool:
    inputs = sum(port.size for port in network.inputs)
    if machine.n_inputs != inputs:
        findings.add(f"{machine.n_inputs} input elements; the network has {inputs}")
    return machine.n_inputs == inputs


def _host(network: QuantizedNetwork, machine: EventMachine, findings: Findings) -> None:
    events = events_of(network)
    for what, found, expected in (
        ("protocol", machine.protocol, events.protocol),
        ("leak events of a step", machine.leaks, events.leaks),
    ):
        if found != expected:
            findings.add(f"{what}: expected {expected}, found {found}")


def _registers(
    network: QuantizedNetwork, core: EventCore, number: int, names: Names, machine: EventMachine, chip: OdinChip,
    findings: Findings,
) -> None:  # fmt: skip
    first = machine.first_neuron[number]
    used = int((names.of[first : first + core.n_neurons] >= 0).sum())
    events = events_of(network)
    empty = empty_core(chip, last_neuron=used - 1, closed_loop=events.closed_loop)
    for what, found, expected in (
        ("last neuron", core.last_neuron, empty.last_neuron),
        ("closed loop", core.closed_loop, events.closed_loop),
        ("queue", core.queue, events.queue),
        ("rows reported", core.report_rows, False),
        ("learning", core.learning, empty.learning),
    ):
        if found != expected:
            findings.add(f"chip {number}: {what} expected {expected}, found {found}")


def _unused(
    core: EventCore, number: int, names: Names, machine: EventMachine, chip: OdinChip, findings: Findings
) -> None:
    """Neurons that nothing names are as an empty chip has them."""
    first = machine.first_neuron[number]
    spare = np.flatnonzero(names.of[first : first + core.n_neurons] < 0)
    empty = empty_core(chip, last_neuron=0, closed_loop=False)
    for name, values in sorted({**core.params, **core.initial}.items()):
        expected = {**empty.params, **empty.initial}[name][spare]
        for at in np.flatnonzero(values[spare] != expected):
            findings.add(
                f"chip {number}, unused neuron {int(spare[at])}: {name} expected {int(expected[at])}, "
                f"found {int(values[spare[at]])}"
            )


def _words(machine: EventMachine, names: Names, chip: OdinChip, findings: Findings) -> WordTable:
    size = [core.n_neurons for core in machine.cores]
    first = machine.first_neuron

    def place(neuron: int) -> str:
        number = int(np.searchsorted(first, neuron, side="right")) - 1
        return f"chip {number} neuron {neuron - first[number]}"

    module = modules_of(chip).neuron
    registers = {
        name: np.concatenate([core.params[name] for core in machine.cores]) for name in module.PARAMETERS
    } | {name: np.concatenate([core.initial[name] for core in machine.cores]) for name in module.STATES}
    stored = [row for number in range(len(size)) for row in _stored(machine, number, names, chip, findings)]
    source, target, weight, delay = np.array(stored, dtype=np.int64).reshape(-1, 4).T
    return WordTable(
        owner=names.of[: machine.n_neurons],
        registers=registers,
        synapses=synapse_columns(source, target, weight, delay),
        place=place,
    )


def _asked(network: QuantizedNetwork, chip: OdinChip) -> NetworkTable:
    number, module = numbered(network), modules_of(chip).neuron
    return NetworkTable(
        registers={
            name: np.concatenate([p.params[name] for p in network.populations])
            for name in (*module.PARAMETERS, *module.STATES)
        },
        synapses=joined(
            [
                np.repeat(
                    synapse_columns(number[p.pre][p.cols], number[p.post][p.rows], p.code, p.delay),
                    p.times,
                    axis=1,
                )
                for p in network.projections
            ]
        ),
    )


def _stored(
    machine: EventMachine, number: int, names: Names, chip: OdinChip, findings: Findings
) -> Iterator[tuple[int, int, int, int]]:
    """What a core's rows weigh, by what drives them: number of the source, machine neuron, weight, delay."""
    core, first, routes = machine.cores[number], machine.first_neuron[number], machine.routes
    here = routes.core == number
    sources = list(
        zip(routes.source[here].tolist(), routes.row[here].tolist(), routes.delay[here].tolist(), strict=True)
    )
    if core.closed_loop:
        sources += [(first + n, n, 0) for n in range(core.last_neuron + 1) if not core.params["disable"][n]]
    delivered = core.delivered
    driven = np.zeros(core.n_rows, dtype=np.bool_)
    for source, row, delay in sorted(sources):
        driven[row] = True
        pre = int(names.of[source])
        if pre < 0:
            findings.add(f"chip {number}, row {row}: driven by machine neuron {source}, which is unused")
            continue
        for neuron in np.flatnonzero(delivered[row]).tolist():
            post = int(names.of[first + neuron])
            if post < 0:
                findings.add(f"chip {number}, row {row}: a weight onto unused neuron {neuron}")
            else:
                yield pre, first + neuron, int(delivered[row, neuron]), delay
    if chip.execution.sign == "row":
        for row, neuron in zip(*np.nonzero(core.mapped != (core.weights != 0)), strict=True):
            findings.add(
                f"chip {number}, row {row}, neuron {neuron}: a mapping bit and no weight, or a weight without"
            )
    for row in np.flatnonzero(~driven & (core.weights != 0).any(axis=1)):
        findings.add(f"chip {number}, row {int(row)}: weights that nothing drives")


def _order(network: QuantizedNetwork, machine: EventMachine, names: Names, findings: Findings) -> None:
    """The rows of each chip are sent in the order of the network's."""
    events, start = events_of(network), starts(network)
    sources = start[events.route_source] + events.route_element
    signs = events.sign[events.route_row]
    columns = (sources, events.route_delay, signs, events.route_row, events.route_times)
    sent: dict[tuple[int, int, int, int], int] = {}
    for source, delay, sign, row, times in zip(*(c.tolist() for c in columns), strict=True):
        # a coarse and a fine digit that are the same have one row, which is sent for both
        sent[source, delay, sign, row] = sent.get((source, delay, sign, row), 0) + times
    rank = {(*key[:3], times): key[3] for key, times in sent.items()}
    for number, core in enumerate(machine.cores):
        routes, here = machine.routes, machine.routes.core == number
        of_row: dict[int, set[int]] = {}
        listed = np.stack([routes.source[here], routes.row[here], routes.delay[here]])
        distinct, often = np.unique(listed, axis=1, return_counts=True)
        for (source, row, delay), times in zip(distinct.T.tolist(), often.tolist(), strict=True):
            row_signs = np.sign(core.delivered[row])
            sign = (
                0
                if not events.sign.any()
                else int(row_signs[np.flatnonzero(row_signs)[0]])
                if row_signs.any()
                else 0
            )
            of_row.setdefault(row, set()).add(rank.get((int(names.of[source]), delay, sign, times), -1))
        ranks = [sorted(of_row[row]) for row in machine.row_order[number].tolist() if row in of_row]
        if any(len(ranks_of_row) > 1 or ranks_of_row[0] < 0 for ranks_of_row in ranks):
            findings.add(f"chip {number}: a row is driven by sources that the network keeps apart")
        elif [ranks_of_row[0] for ranks_of_row in ranks] != sorted(ranks_of_row[0] for ranks_of_row in ranks):
            findings.add(f"chip {number}: rows are not sent in the network's order")
