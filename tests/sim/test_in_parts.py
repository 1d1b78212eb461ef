"""A run that is handed its events some steps at a time is the whole run bit for bit, on every engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pytest
from spikec.sim.engines.choice import Span, whole
from spikec.sim.engines.convolution import ConvolutionRun, start_layers
from spikec.sim.engines.crossbar_events import start_events
from spikec.sim.engines.crossbar_grid import start_grid
from spikec.sim.engines.ordered import start_ordered
from spikec.sim.engines.synapse_list import Run, start
from spikec.targets.loihi1 import neuron as loihi_neuron
from spikec.targets.machines.crossbar_events import EventCore, EventMachine, HostRoutes
from spikec.targets.odin import neuron as odin_neuron
from spikec.targets.odin.tinyodin import neuron as tinyodin_neuron
from spikec.targets.ranc.neuron import Arithmetic
from spikec.targets.speck import neuron as speck_neuron
from spikec.targets.speck.configuration import machine as speck_machine
from spikec.targets.xylo import neuron as xylo_neuron
from spikec.targets.xylo.configuration import machine as xylo_machine

from . import event_networks, grid_networks, speck_networks, xylo_networks
from .test_engine_choice import LOIHI, drive, machine
from .test_event_engine import layered

STEPS, BATCH = 23, 3
LENGTHS = ([1] * STEPS, [2, 9, 1, 11], [23])
Begin = Callable[[Span], Callable[[np.ndarray], Run]]


def summed(seed: int, engine: Any) -> tuple[Begin, np.ndarray]:
    """Loops, delays of 0 to 5 steps, sums that wrap."""
    made = machine(seed, top=1 << 9 if seed else 1 << 17)
    begin = partial(start, made, loihi_neuron, LOIHI.latency, states=True, engine=engine)
    return begin, drive(seed, made.n_inputs, STEPS, BATCH)


def grid(seed: int, engine: Any) -> tuple[Begin, np.ndarray]:
    made = grid_networks.grid(np.random.default_rng(seed), grid_networks.small())
    begin = partial(start_grid, made, Arithmetic(9), states=True, engine=engine)
    return begin, drive(seed, made.n_inputs, STEPS, BATCH)


def ordered(seed: int, engine: str) -> tuple[Begin, np.ndarray]:
    random = np.random.default_rng(seed)
    chip = xylo_networks.configuration(random, largest=8)
    events = [xylo_networks.events(random, len(chip.weights_in), STEPS) for _ in range(BATCH)]
    begin = partial(start_ordered, xylo_machine(chip), xylo_neuron, states=True, fast=engine == "fast")
    return begin, np.stack(events, axis=1)


def through_the_host(seed: int, engine: str) -> tuple[Begin, np.ndarray]:
    """Cores behind one another, with spikes on their way for three steps."""
    random = np.random.default_rng(seed)
    made = layered(random, 3, delay=3)
    events = (random.random((STEPS, BATCH, 20)) < 0.2).astype(np.uint8) * 2
    return partial(start_events, made, tinyodin_neuron, states=True), events


def one_core(core: EventCore) -> EventMachine:
    inputs = np.arange(20)
    none = np.zeros(20, dtype=np.int64)
    return EventMachine(
        n_inputs=20,
        cores=(core,),
        routes=HostRoutes(source=256 + inputs, core=none, row=236 + inputs, delay=none),
        row_order=(np.arange(256),),
        leaks=1,
        protocol="wait",
    )


def learning(seed: int, engine: str) -> tuple[Begin, np.ndarray]:
    """A closed loop whose weights change."""
    random = np.random.default_rng(seed)
    made = one_core(event_networks.odin(random, closed=True))
    events = (random.random((STEPS, BATCH, 20)) < 0.3).astype(np.uint8)
    return partial(start_events, made, odin_neuron, states=True), events


def backwards(seed: int, engine: str) -> tuple[Begin, np.ndarray]:
    """Two cores that send each other spikes, two steps late."""
    random = np.random.default_rng(seed)
    cores = [event_networks.tinyodin(random, busy=True, closed=False, last=255) for _ in range(2)]
    parts = [(512 + n, n % 2, n, 0) for n in range(20)]
    parts += [(n, 1, 100 + n, 0) for n in range(20)] + [(256 + n, 0, 100 + n, 2) for n in range(20)]
    source, to, row, delay = np.array(parts, dtype=np.int64).T
    made = EventMachine(
        n_inputs=20,
        cores=tuple(cores),
        routes=HostRoutes(source=source, core=to, row=row, delay=delay),
        row_order=(np.arange(256), np.arange(256)),
        leaks=1,
        protocol="burst",
    )
    events = (random.random((STEPS, BATCH, 20)) < 0.3).astype(np.uint8)
    return partial(start_events, made, tinyodin_neuron, states=True), events


CASES = {
    "summed numpy": (summed, "numpy"), "summed events": (summed, "events"), "summed jax": (summed, "jax"),
    "grid numpy": (grid, "numpy"), "grid events": (grid, "events"), "grid jax": (grid, "jax"),
    "ordered": (ordered, "fast"), "ordered, all clipped": (ordered, "slow"),
    "events": (through_the_host, ""), "events, learning": (learning, ""), "events, backwards": (backwards, ""),
}  # fmt: skip


def in_parts(begin: Begin, events: np.ndarray, lengths: Sequence[int]) -> list[Any]:
    advance = begin(Span(steps=len(events), batch=events.shape[1], at_once=max(lengths)))
    return [advance(part) for part in np.split(events, np.cumsum(lengths)[:-1])]


@pytest.mark.parametrize("name", CASES)
def test_parts_are_the_whole(name: str) -> None:
    make, engine = CASES[name]
    spikes = counted = 0
    for seed in (0, 1):
        begin, events = make(seed, engine)
        wanted = begin(whole(events))(events)
        for lengths in LENGTHS:
            parts = in_parts(begin, events, lengths)
            np.testing.assert_array_equal(np.concatenate([part.spikes for part in parts]), wanted.spikes)
            for state in wanted.states:
                joined = np.concatenate([part.states[state] for part in parts])
                np.testing.assert_array_equal(joined, wanted.states[state], state)
            for counter in wanted.counters:
                total = sum(part.counters[counter] for part in parts)
                np.testing.assert_array_equal(total, wanted.counters[counter], counter)
        spikes += int(wanted.spikes[1:].sum())
        counted += sum(int(values.sum()) for values in wanted.counters.values())
    assert spikes > 50
    assert counted > 0 or name.startswith(("ordered", "events"))


@pytest.mark.parametrize("lengths", LENGTHS)
def test_work_of_cores_is_that_of_the_parts(lengths: list[int]) -> None:
    begin, events = learning(2, "")
    wanted: Any = begin(whole(events))(events)
    works = [part.work for part in in_parts(begin, events, lengths)]
    assert max(work.max_queue for work in works) == wanted.work.max_queue > 0
    for name in ("input_events", "row_events", "leak_events", "single_events"):
        joined = np.concatenate([getattr(work, name) for work in works])
        np.testing.assert_array_equal(joined, getattr(wanted.work, name), name)


@pytest.mark.parametrize("lengths", LENGTHS)
def test_layers_of_convolutions(lengths: list[int]) -> None:
    random = np.random.default_rng(11)
    layers = speck_machine(speck_networks.configuration(random, largest=7))
    events = np.stack(
        [speck_networks.events(random, layers.input_shape, STEPS) for _ in range(BATCH)], axis=1
    )

    def begin(span: Span) -> Callable[[np.ndarray], ConvolutionRun]:
        return start_layers(layers, speck_neuron, span, states=True)

    wanted, parts = begin(whole(events))(events), in_parts(begin, events, lengths)  # pyright: ignore[reportArgumentType]
    assert sum(int(values.sum()) for values in wanted.spikes.values()) > 100
    for number in wanted.spikes:
        for field in ("spikes", "states"):
            joined = np.concatenate([getattr(part, field)[number] for part in parts])
            np.testing.assert_array_equal(joined, getattr(wanted, field)[number])
        beyond = sum(part.beyond_16_bits[number] for part in parts)
        np.testing.assert_array_equal(beyond, wanted.beyond_16_bits[number])
