"""Machines with input buffers: all engines, and the order of the chip's own steps, give the same bits.

SPIKEC_EXAMPLES is the number of random chips of each kind."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from spikec.sim.engines.buffered.in_ticks import Ticks
from spikec.sim.engines.buffered.run import start
from spikec.sim.engines.choice import Span, SumEngine, whole
from spikec.sim.engines.synapse_list import Run
from spikec.targets import load
from spikec.targets.machines.buffered import BufferedCore, BufferedMachine, Feed, Sending, Walk
from spikec.targets.paicore25 import neuron
from spikec.targets.paicore25.configuration import PaicoreConfiguration
from spikec.targets.paicore25.limits import violations
from spikec.targets.paicore25.loading import config_frames
from spikec.targets.paicore25.machine import buffered_cores

from ..effort import EXAMPLES
from ..golden.paicore_run import Chip
from . import paicore_oracle
from .paicore_chips import KINDS, random_chip

STEPS, BATCH = 11, 3
CHIP = load("paicore25")
NOT_OF_A_RUN = {"lines of a record that the host hears"}


def machines(kind: str, count: int) -> list[tuple[BufferedMachine, np.ndarray]]:
    """The first random chips of a kind that break no limit, each as a machine, with events."""
    found: list[tuple[BufferedMachine, np.ndarray]] = []
    for seed in itertools.count():
        chip = random_chip(seed, kind)
        configuration = PaicoreConfiguration(
            cores=chip.cores, root=chip.root, n_inputs=0, inputs=(), outputs=()
        )
        if {v.what for v in violations(configuration, CHIP)} <= NOT_OF_A_RUN:
            found.append(_machine(chip.cores, seed))
        if len(found) == count:
            return found
    raise AssertionError


def _machine(cores, seed: int) -> tuple[BufferedMachine, np.ndarray]:
    """With a feed for each core that is no relay, to elements that no core writes."""
    made = buffered_cores(cores, started=True)
    random = np.random.default_rng(seed)
    written = [set[int]() for _ in made]
    for core in made:
        for sending in core.sendings:
            for there in sending.cores:
                written[there] |= set(sending.element.tolist())
    feeds: list[Feed] = []
    n = 0
    for k, core in enumerate(made):
        if not core.n_neurons or core.reading == "potentials":
            continue
        free = np.array([e for e in range(min(core.elements, 60)) if e not in written[k]], dtype=np.int64)
        step = random.integers(0, 3, free.size)
        feeds.append(Feed(core=k, source=n + np.arange(free.size), element=free, step=step))
        n += free.size
    events = np.zeros((STEPS, BATCH, n), dtype=np.uint8)
    for feed in feeds:
        most = made[feed.core].value_of.size
        values = random.integers(0, most, (STEPS, BATCH, feed.source.size))
        events[:, :, feed.source] = values * (random.random(values.shape) < 0.3)
    return BufferedMachine(n_inputs=n, cores=made, feeds=tuple(feeds)), events


def ran(machine: BufferedMachine, events: np.ndarray, engine: SumEngine) -> Run:
    return start(machine, neuron, whole(events), states=True, engine=engine)(events)


def assert_same(one: Run, other: Run) -> None:
    assert np.array_equal(one.spikes, other.spikes)
    for name in neuron.STATES:
        assert np.array_equal(one.states[name], other.states[name]), name


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_engines_give_the_same(kind: str) -> None:
    spikes = 0
    for machine, events in machines(kind, EXAMPLES):
        by_numpy = ran(machine, events, "numpy")
        assert_same(by_numpy, ran(machine, events, "events"))
        spikes += int(by_numpy.spikes.sum())
    assert spikes


@pytest.mark.parametrize("kind", ["layers", "folded layers", "loops", "added potentials", "modes"])
def test_the_order_of_own_steps_is_of_no_account(kind: str) -> None:
    """As on the chip, where in each of its steps all cores compute, and then send."""
    for machine, events in machines(kind, EXAMPLES):
        run = ran(machine, events, "numpy")
        last = max(core.start for core in machine.cores)
        chip = Ticks(machine, neuron)
        for tick in range(STEPS + last):
            for feed in machine.feeds:
                core = machine.cores[feed.core]
                own = tick + 1 - core.start
                # The host writes a step's input when the core is about to do the step.
                for t in range(STEPS):
                    for j in np.flatnonzero(t + feed.step == own).tolist():
                        value = int(events[t, 0, feed.source[j]])
                        if value:
                            chip.write(feed.core, own % core.laps, int(feed.element[j]), value)
            for number, own in chip.step().items():
                if own < STEPS:
                    columns = slice(*machine.first_neuron[number : number + 2].tolist())
                    assert np.array_equal(chip.held[number].v[0], run.states["v"][own, 0, columns])
                    assert np.array_equal(chip.held[number].shown[0], run.states["shown"][own, 0, columns])
                    assert np.array_equal(chip.held[number].out[0] != 0, run.spikes[own, 0, columns])


@pytest.mark.parametrize("engine", ["numpy", "events"])
@pytest.mark.parametrize("lengths", [[1] * STEPS, [4, 7], [STEPS]])
def test_a_run_in_parts_is_the_whole_run(lengths: list[int], engine: SumEngine) -> None:
    for machine, events in machines("loops", 3):
        in_parts = start(
            machine, neuron, Span(steps=STEPS, batch=BATCH, at_once=max(lengths)), states=True, engine=engine
        )
        ends = np.cumsum(lengths)[:-1]
        parts = [in_parts(some) for some in np.split(events, ends)]
        run = ran(machine, events, engine)
        assert np.array_equal(np.concatenate([part.spikes for part in parts]), run.spikes)
        for name in neuron.STATES:
            states = np.concatenate([part.states[name] for part in parts])
            assert np.array_equal(states, run.states[name])


@pytest.mark.parametrize("engine", ["numpy", "events"])
def test_several_own_steps_are_one_step_of_the_network(engine: SumEngine) -> None:
    """Inputs come in the first of them; a spike in any of them is one."""
    for machine, events in machines("layers", 3):
        slow = BufferedMachine(n_inputs=machine.n_inputs, cores=machine.cores, feeds=machine.feeds, steps=3)
        spread = np.zeros((3 * STEPS, *events.shape[1:]), dtype=np.uint8)
        spread[::3] = events
        run, each = ran(slow, events, engine), ran(machine, spread, engine)
        spikes = each.spikes.reshape(STEPS, 3, BATCH, -1).max(axis=1)
        assert np.array_equal(run.spikes, spikes)
        assert np.array_equal(run.states["shown"], each.states["shown"][::3])
        assert np.array_equal(run.states["v"], each.states["v"][2::3])


def cell(start_step: int, **changed) -> BufferedCore:
    """One neuron that fires whenever element 0 holds something, and never forgets."""
    zeros = np.zeros(1, dtype=np.int64)
    params = dict.fromkeys(neuron.PARAMETERS, zeros)
    params |= {"thr_pos": zeros + 1, "thr_neg_mode": zeros + 1, "thr_neg": zeros - 9}
    base = {
        "place": f"core {start_step}",
        "start": start_step,
        "elements": 64,
        "laps": 4,
        "value_of": np.arange(2),
        "reading": "sum",
        "sent_bits": 1,
        "silent": True,
        "size": zeros + 1,
        "params": params,
        "v": zeros,
        "restart_v": zeros,
        "walks": (Walk(record=zeros, offset=zeros, tap=zeros, weight=np.ones((1, 1), dtype=np.int16)),),
        "sendings": (),
    }
    return BufferedCore(**(base | changed))


def sending(to: int, step: int) -> Sending:
    zero = np.zeros(1, dtype=np.int64)
    return Sending(cores=(to,), potential=False, neuron=zero, element=zero, step=zero + step)


@pytest.mark.parametrize(
    ("starts", "step", "message"),
    [
        ((1, 1), 0, "what core 1 sends to core 1 comes 1 steps too late"),
        ((3, 1), 1, "what core 3 sends to core 1 comes 2 steps too late"),
        ((1, 4), 2, "what core 1 sends to core 4 waits 5 steps; the buffer holds 4"),
        ((0, 1), 0, "core 0 starts in step 0 and does 0 steps"),
    ],
)
def test_spikes_that_are_read_in_another_step_are_refused(
    starts: tuple[int, int], step: int, message: str
) -> None:
    cores = (cell(starts[0], sendings=(sending(1, step),)), cell(starts[1]))
    machine = BufferedMachine(n_inputs=0, cores=cores, feeds=())
    with pytest.raises(ValueError, match=message):
        start(machine, neuron, Span(steps=1, batch=1, at_once=1), states=False)


@pytest.mark.parametrize("events", [np.full((1, 1, 1), 2, np.uint8), np.zeros((1, 1, 2), np.uint8)])
def test_events_that_no_element_holds_are_refused(events: np.ndarray) -> None:
    zero = np.zeros(1, dtype=np.int64)
    feed = Feed(core=0, source=zero, element=zero, step=zero)
    machine = BufferedMachine(n_inputs=1, cores=(cell(1),), feeds=(feed,))
    begun = start(machine, neuron, Span(steps=1, batch=1, at_once=1), states=False)
    with pytest.raises(ValueError, match="event"):
        begun(events)


def test_jax_is_refused() -> None:
    machine = BufferedMachine(n_inputs=0, cores=(cell(1),), feeds=())
    with pytest.raises(ValueError, match="numpy and events"):
        start(machine, neuron, Span(steps=1, batch=1, at_once=1), states=False, engine="jax")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_chips_do_what_is_written_out(kind: str) -> None:
    """From the frames alone, by a chip in plain integers that shares no code with ours."""
    compared = 0
    for seed in range(EXAMPLES):
        random = random_chip(seed, kind)
        frames = config_frames(random.cores)
        theirs, ours = paicore_oracle.Chip(frames.tolist()), Chip(frames, init=True)
        for step in range(random.steps):
            for frame in random.frames[random.step == step].tolist():
                ours.feed(frame)
                slot = frame >> 17 & 127 | (frame >> 60 & 1) << 7
                place = frame >> 48 & 63, frame >> 42 & 63
                theirs.write(place, slot * 512 + (frame >> 8 & 511), frame & 255)
            ours.step()
            theirs.step()
            for core, held in zip(random.cores, ours.ticks.held, strict=True):
                own = theirs.cores[core.x, core.y].neurons
                assert held.v[0].tolist() == [neuron.v for neuron in own], (seed, step)
                compared += len(own)
    assert compared
