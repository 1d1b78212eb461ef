"""Static half of the placement verdict: what is loaded is the quantised network, and nothing else.

Every number of every neuron, the multiset of synapses with their delays, the order in which each chip is sent its rows
and all registers are compared through the symbols. No stimulus is involved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ....targets.configuration import Symbols
from ....targets.machines.crossbar_events import EventCore, EventMachine
from ....targets.odin.empty_core import empty_core
from ....targets.odin.model import Revision
from ...ir.stages import StaticVerdict
from ..loihi.verify_words import Findings
from .quantized_network import QuantizedNetwork
from .routes import events_of, starts

Synapse = tuple[int, int, int, int]
"""Source and target (numbers in the network: neurons, then input elements), weight, delay."""


@dataclass(frozen=True, kw_only=True)
class _Names:
    """of: (machine neurons + input elements,) number in the network, -1 for unused neurons."""

    network: QuantizedNetwork
    of: np.ndarray

    def text(self, source: int) -> str:
        start = starts(self.network)
        k = int(np.searchsorted(start, source, side="right")) - 1
        part = (*self.network.populations, *self.network.inputs)[k]
        index = np.unravel_index(source - int(start[k]), part.shape or (1,))
        return f"{part.name}[{', '.join(str(int(i)) for i in index)}]"


def static_verdict(
    network: QuantizedNetwork, machine: EventMachine, symbols: Symbols, chip: Revision
) -> StaticVerdict:
    """Never raises for a wrong machine or wrong symbols: everything that is wrong is a finding."""
    findings = Findings(shown=[])
    names = _names(network, machine, symbols, findings)
    if names is not None:
        _host(network, machine, findings)
        for number, core in enumerate(machine.cores):
            _registers(network, core, number, names, machine, chip, findings)
            _unused(core, number, names, machine, chip, findings)
        _neurons(network, machine, names, chip, findings)
        _synapses(network, machine, names, chip, findings)
        _order(network, machine, names, findings)
    return findings.verdict()


def _names(
    network: QuantizedNetwork, machine: EventMachine, symbols: Symbols, findings: Findings
) -> _Names | None:
    """None, with a finding, where the symbols do not name each of the network's neurons and elements once."""
    wanted = [(p.name, p.shape, p.lag_steps, p.role, dict(p.scales)) for p in network.populations]
    listed = [(p.name, p.shape, p.lag_steps, p.role, dict(p.scales)) for p in symbols.populations]
    ports = [(p.name, p.shape, p.size, p.constant, p.onset_step) for p in network.inputs]
    given = [(p.name, p.shape, p.size, p.constant, p.onset_step) for p in symbols.inputs]
    for what, a, b in (("populations", wanted, listed), ("inputs", ports, given)):
        if a != b:
            findings.add(f"the symbols list {what} {b}; the network has {a}")
            return None
    n, start = machine.n_neurons, starts(network)
    neurons = int(start[len(network.populations)])
    pieces = [p.machine_index for p in symbols.populations]
    right = all(
        p.machine_index.shape == (q.size,)
        for p, q in zip(symbols.populations, network.populations, strict=True)
    )
    index = np.concatenate([np.zeros(0, dtype=np.int64), *pieces])
    elements = np.concatenate([np.zeros(0, np.int64), *(p.first + np.arange(p.size) for p in symbols.inputs)])
    if (
        not right
        or np.unique(index).size != index.size
        or bool(((index < 0) | (index >= n)).any())
        or not np.array_equal(np.sort(elements), np.arange(machine.n_inputs))
    ):
        findings.add("the symbols do not give each neuron and input element one number of its own")
        return None
    of = np.full(n + machine.n_inputs, -1, dtype=np.int64)
    of[index] = np.arange(neurons)
    of[n + elements] = neurons + np.arange(elements.size)
    return _Names(network=network, of=of)


def _host(network: QuantizedNetwork, machine: EventMachine, findings: Findings) -> None:
    events = events_of(network)
    for what, found, wanted in (
        ("protocol", machine.protocol, events.protocol),
        ("leak events of a step", machine.leaks, events.leaks),
    ):
        if found != wanted:
            findings.add(f"{what}: expected {wanted}, found {found}")


def _registers(
    network: QuantizedNetwork, core: EventCore, number: int, names: _Names, machine: EventMachine, chip: Revision,
    findings: Findings,
) -> None:  # fmt: skip
    first = machine.first_neuron[number]
    used = int((names.of[first : first + core.n_neurons] >= 0).sum())
    events = events_of(network)
    empty = empty_core(chip, last_neuron=used - 1, closed_loop=events.closed_loop)
    for what, found, wanted in (
        ("last neuron", core.last_neuron, empty.last_neuron),
        ("closed loop", core.closed_loop, events.closed_loop),
        ("queue", core.queue, events.queue),
        ("rows reported", core.report_rows, False),
        ("learning", core.learning, empty.learning),
    ):
        if found != wanted:
            findings.add(f"chip {number}: {what} expected {wanted}, found {found}")


def _unused(
    core: EventCore, number: int, names: _Names, machine: EventMachine, chip: Revision, findings: Findings
) -> None:
    """Neurons that nothing names are as an empty chip has them."""
    first = machine.first_neuron[number]
    spare = np.flatnonzero(names.of[first : first + core.n_neurons] < 0)
    empty = empty_core(chip, last_neuron=0, closed_loop=False)
    for name, values in sorted({**core.params, **core.initial}.items()):
        wanted = {**empty.params, **empty.initial}[name][spare]
        for at in np.flatnonzero(values[spare] != wanted):
            findings.add(
                f"chip {number}, unused neuron {int(spare[at])}: {name} expected {int(wanted[at])}, "
                f"found {int(values[spare[at]])}"
            )


def _neurons(
    network: QuantizedNetwork, machine: EventMachine, names: _Names, chip: Revision, findings: Findings
) -> None:
    there = np.flatnonzero(names.of[: machine.n_neurons] >= 0)
    for name in (*chip.neuron.PARAMETERS, *chip.neuron.STATES):
        part = "params" if name in chip.neuron.PARAMETERS else "initial"
        found = np.concatenate([getattr(core, part)[name] for core in machine.cores])[there]
        wanted = np.concatenate([p.params[name] for p in network.populations])[names.of[there]]
        for at in np.flatnonzero(found != wanted):
            findings.add(
                f"{names.text(int(names.of[there[at]]))}: {name} expected {int(wanted[at])}, found {int(found[at])}"
            )


def _synapses(
    network: QuantizedNetwork, machine: EventMachine, names: _Names, chip: Revision, findings: Findings
) -> None:
    found: Counter[Synapse] = Counter()
    for number in range(len(machine.cores)):
        found.update(_held(machine, number, names, chip, findings))
    start = starts(network)
    place = {p.name: int(start[k]) for k, p in enumerate((*network.populations, *network.inputs))}
    wanted: Counter[Synapse] = Counter()
    for p in network.projections:
        columns = (place[p.pre] + p.cols, place[p.post] + p.rows, p.code, p.delay)
        wanted.update(zip(*(c.tolist() for c in columns), strict=True))
    for pre, post, weight, delay in sorted((wanted - found) + (found - wanted)):
        findings.add(
            f"synapse {names.text(pre)} -> {names.text(post)} of weight {weight}, {delay} step(s) later: expected "
            f"{wanted[pre, post, weight, delay]}, found {found[pre, post, weight, delay]}"
        )


def _held(
    machine: EventMachine, number: int, names: _Names, chip: Revision, findings: Findings
) -> Iterator[Synapse]:
    """What a core's rows weigh, by what they are driven by."""
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
                yield pre, post, int(delivered[row, neuron]), delay
    if chip.execution.sign == "row":
        for row, neuron in zip(*np.nonzero(core.mapped != (core.weights != 0)), strict=True):
            findings.add(
                f"chip {number}, row {row}, neuron {neuron}: a mapping bit and no weight, or a weight without"
            )
    for row in np.flatnonzero(~driven & (core.weights != 0).any(axis=1)):
        findings.add(f"chip {number}, row {int(row)}: weights that nothing drives")


def _order(network: QuantizedNetwork, machine: EventMachine, names: _Names, findings: Findings) -> None:
    """The rows of each chip are sent in the order of the network's."""
    events, start = events_of(network), starts(network)
    rank: dict[tuple[int, int, int], int] = {}
    sources = start[events.route_source] + events.route_element
    signs = events.sign[events.route_row]
    for source, delay, sign, row in zip(
        *(c.tolist() for c in (sources, events.route_delay, signs, events.route_row)), strict=True
    ):
        rank[source, delay, sign] = row
    for number, core in enumerate(machine.cores):
        routes, here = machine.routes, machine.routes.core == number
        of_row: dict[int, set[int]] = {}
        for source, row, delay in zip(
            routes.source[here].tolist(), routes.row[here].tolist(), routes.delay[here].tolist(), strict=True
        ):
            held = np.sign(core.delivered[row])
            sign = 0 if not events.sign.any() else int(held[np.flatnonzero(held)[0]]) if held.any() else 0
            of_row.setdefault(row, set()).add(rank.get((int(names.of[source]), delay, sign), -1))
        ranks = [sorted(of_row[row]) for row in machine.row_order[number].tolist() if row in of_row]
        if any(len(found) > 1 or found[0] < 0 for found in ranks):
            findings.add(f"chip {number}: a row is driven by sources that the network keeps apart")
        elif [found[0] for found in ranks] != sorted(found[0] for found in ranks):
            findings.add(f"chip {number}: rows are not sent in the network's order")
