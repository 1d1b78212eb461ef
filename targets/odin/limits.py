"""Checks a machine against the limits of an event-driven chip: lists all that it breaks, with numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..machines.crossbar_events import EventCore, EventMachine
from ..violation import Violation, worst
from .arithmetics import modules_of
from .model import OdinChip

MOST_LEAKS, MOST_INPUTS = 1 << 10, 1 << 20  # of the host; ours


def violations(machine: EventMachine, chip: OdinChip) -> tuple[Violation, ...]:
    """List every limit that is broken, at its worst place on each core. The arrays must agree in their sizes: see
    `check_shapes`."""
    check_shapes(machine)
    checked = [*_host(machine, chip)]
    for number, core in enumerate(machine.cores):
        checked += _core(core, f"chip {number}", chip)
    return tuple(v for v in checked if not v.holds)


def check_shapes(machine: EventMachine) -> None:
    """Raise ValueError for arrays that belong to no one machine."""
    r = machine.routes
    if any(part.shape != r.source.shape or part.ndim != 1 for part in (r.core, r.row, r.delay)):
        raise ValueError("routes have the wrong shape")
    sizes = [core.weights.shape[1:] for core in machine.cores]
    if machine.answers and [answer.shape for answer in machine.answers] != sizes:
        raise ValueError("answers have the wrong shape")
    if machine.behind and len(machine.behind) != len(machine.cores):
        raise ValueError("how many rows are behind the leaks is missing for a core")
    if len(machine.row_order) != len(machine.cores):
        raise ValueError("an order of rows for each core is missing")
    for core, order in zip(machine.cores, machine.row_order, strict=True):
        rows, neurons = core.weights.shape
        if not np.array_equal(np.sort(order), np.arange(rows)):
            raise ValueError("an order of rows names a row twice, or not at all")
        if core.mapped.shape != core.weights.shape or core.inhibitory.shape != (rows,):
            raise ValueError("mapped or inhibitory has the wrong shape")
        for name, values in sorted({**core.params, **core.initial}.items()):
            if values.shape != (neurons,):
                raise ValueError(f"{name} has the wrong shape")


def _host(machine: EventMachine, chip: OdinChip) -> Iterator[Violation]:
    routes, chips = machine.routes, len(machine.cores)
    yield Violation("chips", "machine", chips, 1, chip.capacity.chips)
    yield Violation("leak events of a step", "machine", machine.leaks, 0, MOST_LEAKS)
    for number, (core, behind) in enumerate(zip(machine.cores, machine.behind_leaks, strict=True)):
        yield Violation("rows behind the leaks", f"chip {number}", behind, 0, core.n_rows)
    yield Violation("inputs", "machine", machine.n_inputs, 0, MOST_INPUTS)
    sources = machine.n_neurons + machine.n_inputs
    yield from worst("source", "route", routes.source, (0, sources - 1))
    yield from worst("chip", "route", routes.core, (0, chips - 1))
    yield from worst("row", "route", routes.row, (0, chip.capacity.rows - 1))
    yield from worst("delay", "route", routes.delay, (0, chip.capacity.delay))
    own = np.searchsorted(machine.first_neuron, routes.source, side="right") - 1
    late = (routes.source < machine.n_neurons) & (routes.delay == 0) & (routes.core <= own)
    yield from worst("spike to a chip that has had its turn", "route", late, (0, 0))
    closed = sum(core.closed_loop for core in machine.cores)
    if machine.protocol == "burst":
        yield Violation("closed loops that are sent bursts", "machine", closed, 0, 0)
    if machine.answers:
        waits = machine.protocol == "wait"
        yield Violation("closed loops whose spikes are answered", "machine", closed, 0, 0)
        yield Violation("answers without waiting for the core", "machine", int(not waits), 0, 0)
        size, most = machine.cores[0].n_neurons, modules_of(chip).codes.ADDRESSED_ALONE - 1
        yield from worst("answered", "neuron of a chip", np.flatnonzero(machine.answered) % size, (0, most))
        yield from worst("answer", "neuron", machine.answered, (0, chip.ranges.weight[1]))
        threshold = np.concatenate([core.params["threshold"] for core in machine.cores])
        fires = (threshold <= machine.answered) & (machine.answered > 0)
        yield from worst("answer that fires", "neuron", fires, (0, 0))


def _core(core: EventCore, place: str, chip: OdinChip) -> Iterator[Violation]:
    capacity, signed = chip.capacity, chip.execution.sign == "weight"
    yield Violation("neurons", place, core.n_neurons, capacity.neurons, capacity.neurons)
    yield Violation("rows", place, core.n_rows, capacity.rows, capacity.rows)
    yield Violation("queue", place, core.queue, capacity.queue, capacity.queue)
    first = 0 if chip.execution.scan == "up_to_last" else capacity.neurons - 1
    yield Violation("last neuron", place, core.last_neuron, first, capacity.neurons - 1)
    known = {*modules_of(chip).neuron.PARAMETERS, *modules_of(chip).neuron.STATES}
    yield Violation("unknown parameters", place, len({*core.params, *core.initial} ^ known), 0, 0)
    for name, values in sorted({**core.params, **core.initial}.items()):
        if name in known:
            field = modules_of(chip).words.FIELDS[name]
            yield from worst(name, f"{place} neuron", values, (field.low, field.high))
    yield from worst("weight", f"{place} synapse", core.weights.ravel(), chip.ranges.weight)
    if signed:
        yield from worst("row sign", f"{place} row", core.inhibitory, (0, 0))
        yield from worst("mapping bit", f"{place} synapse", core.mapped.ravel(), (1, 1))
    switches = (core.learning.unmapped_learn, core.learning.unmapped_deliver, core.learning.single_learn)
    yield Violation("learning switches", place, sum(switches), 0, 3 * chip.execution.learning)
