"""Runs a machine with input buffers by own steps: every core does its own step k before any does step k + 1.

On the chip cores start one after the other, and a spike carries the step of its sender. In the order of their starts,
own steps see the same numbers, for all configurations that `own_step_order` allows. So all cores are at the same step
of the network, whatever their place in a chain of layers.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from types import ModuleType
from typing import Literal, Protocol
from weakref import WeakKeyDictionary

import numpy as np

from ....targets.machines.buffered import BufferedCore, BufferedMachine, Feed, Sending, own_step_order
from ..choice import Span, SumEngine, demand_jax, is_small, sum_engine
from ..provenance import INPUTS, Delivered, Manner, Provenance
from ..synapse_list import Advance, Run
from .held import Held, held, restart

SYNAPSES = 16
"""Weights that numpy multiplies in the time of one neuron update."""
ENGINES: tuple[SumEngine, ...] = ("numpy", "events")


class LaidOut(Protocol):
    """A core as one of the engines runs it."""

    @property
    def core(self) -> BufferedCore:
        """The core."""
        ...

    def compute(self, own: Held, slot: int) -> None:
        """Do one step: read and clear a step of the ring, and write `v`, `shown`, `out` and `fired`."""
        ...

    def send(self, own: Held, sending: Sending, k: int, receiver: BufferedCore, there: Held) -> None:
        """Write what came out of own step k into the ring of a receiver."""
        ...


_KEPT: WeakKeyDictionary[BufferedMachine, dict[tuple[ModuleType, str], list[LaidOut]]] = WeakKeyDictionary()


def start(
    machine: BufferedMachine, module: ModuleType, span: Span, *, states: bool, engine: SumEngine = "auto"
) -> Advance:
    """Begin a run from the initial state, which is handed its events, (T, B, n_inputs) unsigned numbers, some steps of
    the network at a time.

    module: the arithmetic, as of `targets/paicore25/neuron.py`. engine: numpy, or events, compiled loops; the result is
    the same. Spikes are 0 or 1: whether a neuron's comparison gave something in any own step of a step of the network.
    States `shown`, after the first of its own steps, and `v`, after the last, if asked for.

    Raises ValueError for machines that `own_step_order` refuses, for events that an input element cannot hold, and for
    another engine."""
    order = own_step_order(machine)
    chosen = _chosen(machine, span, engine)
    cores = _laid_out(machine, module, chosen)
    laps = _room(machine)
    own = [held(core, span.batch, laps[number]) for number, core in enumerate(machine.cores)]
    most = _largest_input(machine)
    now = 0

    def advance(events: np.ndarray) -> Run:
        nonlocal now
        _check(machine, events, most)
        begun = _Begun.of(machine, cores, order, events, states=states)
        _on_threads(begun, own, now)
        now += len(events)
        return begun.run(chosen)

    return advance


@dataclass(frozen=True, kw_only=True)
class _Begun:
    """Some steps of a run. spikes: (T, B, N) uint8; v, shown: the same, int32, or no steps. The last three are
    written."""

    machine: BufferedMachine
    cores: Sequence[LaidOut]
    order: tuple[int, ...]
    events: np.ndarray
    spikes: np.ndarray
    v: np.ndarray
    shown: np.ndarray

    @classmethod
    def of(
        cls,
        machine: BufferedMachine,
        cores: Sequence[LaidOut],
        order: tuple[int, ...],
        events: np.ndarray,
        *,
        states: bool,
    ) -> _Begun:
        steps, batch = events.shape[:2]
        kept = steps if states else 0
        return cls(
            machine=machine,
            cores=cores,
            order=order,
            events=events,
            spikes=np.zeros((steps, batch, machine.n_neurons), dtype=np.uint8),
            v=np.zeros((kept, batch, machine.n_neurons), dtype=np.int32),
            shown=np.zeros((kept, batch, machine.n_neurons), dtype=np.int32),
        )

    def samples(self, some: slice, own: Sequence[Held], now: int) -> None:
        """Do all steps for some samples. now: the first step of the network. own: of these samples."""
        machine = self.machine
        for t in range(len(self.events)):
            for step in range(machine.steps):
                self._own_step(some, own, t, (now + t) * machine.steps + step, first=step == 0)

    def _own_step(self, some: slice, own: Sequence[Held], t: int, k: int, *, first: bool) -> None:
        machine = self.machine
        if first:
            for feed in machine.feeds:
                _fed(own[feed.core], feed, self.events[t, some][:, feed.source], k)
        for number in self.order:
            core, here = machine.cores[number], own[number]
            if not core.n_neurons:
                continue
            if core.restarts and k and k % core.restarts == 0:
                restart(core, here)
            self.cores[number].compute(here, k % here.ring.shape[1])
            for sending in core.sendings:
                for there in sending.cores:
                    self.cores[number].send(here, sending, k, machine.cores[there], own[there])
            columns = slice(*machine.first_neuron[number : number + 2].tolist())
            self.spikes[t, some, columns] |= here.out != 0
            if len(self.v):
                self.v[t, some, columns] = here.v
                if first:
                    self.shown[t, some, columns] = here.shown

    def run(self, engine: Literal["numpy", "events"]) -> Run:
        """What was done."""
        steps, batch = self.events.shape[:2]
        return Run(
            spikes=self.spikes,
            states={"shown": self.shown, "v": self.v} if steps == len(self.v) else {},
            counters={},
            provenance=Provenance(
                engine=engine, devices=1, steps=steps, batch=batch, delivered=self._delivered(engine)
            ),
        )

    def _delivered(self, engine: Literal["numpy", "events"]) -> tuple[Delivered, ...]:
        """How numbers were brought to each core, from the host and from others."""
        machine, steps = self.machine, len(self.events)
        manner: dict[Manner, int] = {"product" if engine == "numpy" else "rows": steps * machine.steps}
        found: list[Delivered] = []
        for number, core in enumerate(machine.cores):
            senders = [k for k, other in enumerate(machine.cores) if _reaches(other, number)]
            hears = [feed for feed in machine.feeds if feed.core == number]
            spikes = sum(int(np.count_nonzero(self.events[:, :, feed.source])) for feed in hears)
            for k in senders:
                columns = slice(*machine.first_neuron[k : k + 2].tolist())
                spikes += int(np.count_nonzero(self.spikes[:, :, columns]))
            names = [INPUTS] * bool(hears) + [machine.cores[k].place for k in senders]
            if names and core.n_neurons:
                found.append(
                    Delivered(
                        to=core.place,
                        neurons=core.n_neurons,
                        of=", ".join(names),
                        spikes=spikes,
                        steps=manner,
                    )
                )
        return tuple(found)


def _reaches(core: BufferedCore, number: int) -> bool:
    return any(number in sending.cores for sending in core.sendings)


def _on_threads(begun: _Begun, own: Sequence[Held], now: int) -> None:
    """Share the samples out among threads: they have nothing to do with each other."""
    batch = begun.events.shape[1]
    count = max(1, min(batch, os.cpu_count() or 1))
    ends = [batch * k // count for k in range(count + 1)]
    parts = [slice(first, last) for first, last in pairwise(ends)]

    def some(samples: slice) -> None:
        begun.samples(samples, [each.part(samples) for each in own], now)

    if len(parts) == 1:
        some(parts[0])
        return
    with ThreadPoolExecutor(len(parts)) as pool:
        list(pool.map(some, parts))


def _fed(own: Held, feed: Feed, values: np.ndarray, k: int) -> None:
    """Write what the host sends in own step k, (B, M), where it is not 0."""
    sample, j = np.nonzero(values)
    own.ring[sample, (k + feed.step[j]) % own.ring.shape[1], feed.element[j]] = values[sample, j]


def _chosen(machine: BufferedMachine, span: Span, engine: SumEngine) -> Literal["numpy", "events"]:
    weights = sum(
        walk.offset.size * walk.tap.size * walk.record.size for core in machine.cores for walk in core.walks
    )
    updates = span.batch * machine.steps * (machine.n_neurons + weights // SYNAPSES)
    chosen = sum_engine(engine, small=is_small(span.steps, updates))
    demand_jax(chosen, 1)
    if chosen == "jax":
        raise ValueError("machines with input buffers are run by the engines numpy and events")
    return chosen


def _laid_out(
    machine: BufferedMachine, module: ModuleType, engine: Literal["numpy", "events"]
) -> Sequence[LaidOut]:
    """Lay the cores out, or find them as they were: they are kept as long as somebody has the machine."""
    kept = _KEPT.setdefault(machine, {})
    key = module, engine
    if key not in kept:
        if engine == "numpy":
            from .in_numpy import lay_out
        else:
            from .by_event import lay_out
        kept[key] = [lay_out(core, module) for core in machine.cores]
    return kept[key]


def _room(machine: BufferedMachine) -> list[int]:
    """Steps that the ring of each core needs: as far as anything is sent ahead."""
    laps = [1] * len(machine.cores)
    for feed in machine.feeds:
        laps[feed.core] = max(laps[feed.core], 1 + int(feed.step.max(initial=0)))
    for core in machine.cores:
        for sending in core.sendings:
            for there in sending.cores:
                laps[there] = max(laps[there], 1 + int(sending.step.max(initial=0)))
    return laps


def _largest_input(machine: BufferedMachine) -> np.ndarray:
    """(n_inputs,) int64: the largest number that every core which hears an element can take."""
    most = np.full(machine.n_inputs, np.iinfo(np.int64).max)
    for feed in machine.feeds:
        np.minimum.at(most, feed.source, machine.cores[feed.core].value_of.size - 1)
    return most


def _check(machine: BufferedMachine, events: np.ndarray, most: np.ndarray) -> None:
    if events.ndim != 3 or events.shape[2] != machine.n_inputs or events.dtype.kind not in "iu":
        raise ValueError(f"events must be (T, B, {machine.n_inputs}) integers")
    if events.size and (int(events.min()) < 0 or bool((events.max(axis=(0, 1)) > most).any())):
        raise ValueError("an event is negative, or larger than the input element can hold")
