"""The static verdict: right machines pass, and no single change of any number, of any route or of any name does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from spikec.compiler.backends.odin.verify_words import static_verdict
from spikec.targets.configuration import Symbols
from spikec.targets.machines.crossbar_events import EventCore, EventMachine, HostRoutes

from ...effort import thinned
from .nets import any_network, chip, layers, leaky, made, quantized

SMALL = {name: chip(name, neurons=14, rows=22) for name in ("odin", "tinyodin")}


def changed(values: np.ndarray, at: tuple[int, ...]) -> np.ndarray:
    copy = values.copy()
    copy[at] = ~copy[at] if copy.dtype == np.bool_ else copy[at] + (1 if copy[at] <= 0 else -1)
    return copy


def with_core(machine: EventMachine, k: int, core: EventCore) -> EventMachine:
    return replace(machine, cores=(*machine.cores[:k], core, *machine.cores[k + 1 :]))


def core_faults(core: EventCore) -> Iterator[tuple[str, EventCore]]:
    for at in np.ndindex(core.weights.shape):
        yield f"weight{at}", replace(core, weights=changed(core.weights, at))
    for name in sorted(core.params):
        for at in np.ndindex(core.params[name].shape):
            yield f"{name}{at}", replace(core, params={**core.params, name: changed(core.params[name], at)})
    for name in sorted(core.initial):
        for at in np.ndindex(core.initial[name].shape):
            yield (
                f"{name}{at}",
                replace(core, initial={**core.initial, name: changed(core.initial[name], at)}),
            )
    yield "last neuron", replace(core, last_neuron=core.last_neuron - 1)
    yield "loop", replace(core, closed_loop=not core.closed_loop)
    yield "queue", replace(core, queue=core.queue - 1)
    yield "rows reported", replace(core, report_rows=True)
    yield "learning", replace(core, learning=replace(core.learning, unmapped_deliver=True))


def faults(machine: EventMachine) -> Iterator[tuple[str, EventMachine]]:
    for k, core in enumerate(machine.cores):
        for what, wrong in core_faults(core):
            yield f"core {k} {what}", with_core(machine, k, wrong)
    routes = machine.routes
    columns = {name: getattr(routes, name) for name in ("source", "core", "row", "delay")}
    for k in range(routes.row.size):
        for name in columns:
            made_wrong = HostRoutes(**{**columns, name: changed(columns[name], (k,))})
            yield f"route {k} {name}", replace(machine, routes=made_wrong)
        fewer = HostRoutes(**{name: np.delete(values, k) for name, values in columns.items()})
        yield f"route {k} lost", replace(machine, routes=fewer)
        twice = HostRoutes(**{name: np.append(values, values[k]) for name, values in columns.items()})
        yield f"route {k} twice", replace(machine, routes=twice)
    yield "leaks", replace(machine, leaks=machine.leaks + 1)
    yield "protocol", replace(machine, protocol="eager")


@pytest.mark.parametrize(("name", "seed", "chips"), [("tinyodin", 2, 1), ("odin", 13, 3), ("tinyodin", 8, 3)])
def test_no_number_may_be_off_by_one(name: str, seed: int, chips: int) -> None:
    on = SMALL[name]
    found = quantized(leaky(any_network(seed), seed), on, chips)
    machine, symbols = made(found, on, chips)
    assert static_verdict(found.network, machine, symbols, on).identical
    tried = 0
    for what, wrong in thinned(faults(machine), 5):
        assert not static_verdict(found.network, wrong, symbols, on).identical, what
        tried += 1
    assert tried > 400 // 5


def test_rows_that_weigh_the_other_way_and_synapses_that_are_not_mapped() -> None:
    on = SMALL["odin"]
    found = quantized(layers(4, 5, 3), on)
    machine, symbols = made(found, on)
    core = machine.cores[0]
    for row in np.flatnonzero(core.weights.any(axis=1)):
        other = replace(core, inhibitory=changed(core.inhibitory, (int(row),)))
        assert not static_verdict(found.network, with_core(machine, 0, other), symbols, on).identical
    for row, neuron in zip(*np.nonzero(core.weights), strict=True):
        off = replace(core, mapped=changed(core.mapped, (int(row), int(neuron))))
        assert not static_verdict(found.network, with_core(machine, 0, off), symbols, on).identical


def test_the_order_of_rows_counts() -> None:
    on = SMALL["tinyodin"]
    found = quantized(layers(4, 5, 3), on)
    machine, symbols = made(found, on)
    order = machine.row_order[0].copy()
    order[[0, 1]] = order[[1, 0]]
    verdict = static_verdict(found.network, replace(machine, row_order=(order,)), symbols, on)
    assert verdict.findings == ("chip 0: rows are not sent in the network's order",)


def wrong_symbols(symbols: Symbols) -> Iterator[Symbols]:
    first = symbols.populations[0]
    others = symbols.populations[1:]
    yield replace(
        symbols, populations=(replace(first, machine_index=first.machine_index[::-1].copy()), *others)
    )
    yield replace(symbols, populations=(replace(first, machine_index=first.machine_index + 1000), *others))
    yield replace(symbols, populations=(replace(first, machine_index=first.machine_index[:-1]), *others))
    yield replace(symbols, populations=(replace(first, lag_steps=9), *others))
    yield replace(symbols, populations=others)
    yield replace(symbols, inputs=(replace(symbols.inputs[0], first=1), *symbols.inputs[1:]))


def test_wrong_symbols_are_found() -> None:
    on = SMALL["tinyodin"]
    found = quantized(layers(4, 5, 3), on)
    machine, symbols = made(found, on)
    for wrong in wrong_symbols(symbols):
        assert not static_verdict(found.network, machine, wrong, on).identical
