"""The compiled loop against the scalar oracle, the machine of several cores against its parts, and its limits."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest
from spikec.sim.engines.crossbar_events import (
    CUT_SPIKES,
    DROPPED_SPIKES,
    MOST_PASSED_ON,
    STATE_SATURATIONS,
    EventRun,
    Replay,
    replay,
    simulate_events,
)
from spikec.targets.machines.crossbar_events import EventCore, EventMachine, HostRoutes, Operations
from spikec.targets.odin import codes as odin_codes, neuron as odin_neuron
from spikec.targets.odin.tinyodin import codes as tinyodin_codes, neuron as tinyodin_neuron

from . import event_networks as networks
from .event_oracle import Chip


def told(codes: np.ndarray, waits: np.ndarray, *, odin: bool) -> Operations:
    kind, first, second = (odin_codes if odin else tinyodin_codes).decode(codes)
    return Operations(kind=kind, first=first, second=second, waits=waits)


def compare(
    core: EventCore, chip: Chip, codes: np.ndarray, waits: np.ndarray, *, eager: bool = False
) -> Replay:
    """The same outputs, states, weights, drops and queue; returns the engine's run."""
    odin = hasattr(chip, "mapped")
    module: ModuleType = odin_neuron if odin else tinyodin_neuron
    waits[-1] = True
    run = replay(core, module, told(codes, waits, odin=odin), np.array([codes.size]), eager=eager)
    expected = chip.run(codes.tolist(), waits.tolist(), eager)
    assert list(zip(run.operation.tolist(), run.address.tolist(), strict=True)) == expected
    assert run.final["v"].tolist() == [cell.v for cell in chip.cells]
    assert run.weights.tolist() == chip.w
    assert run.counters[DROPPED_SPIKES].sum() == chip.dropped
    assert run.counters[STATE_SATURATIONS].sum() == chip.saturated
    assert run.work.max_queue == chip.deepest
    assert run.work.cut_waits == 0
    if odin:
        assert run.final["calcium"].tolist() == [cell.ca for cell in chip.cells]
        assert run.final["calcium_count"].tolist() == [cell.cnt for cell in chip.cells]
    return run


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("protocol", ["wait", "burst", "eager"])
def test_tinyodin_open_loop(seed: int, protocol: str) -> None:
    rng = np.random.default_rng(seed)
    core = networks.tinyodin(
        rng, busy=seed % 2 == 1, closed=False, last=(255, 7, 40)[seed % 3], source=seed == 4
    )
    codes = networks.tinyodin_codes(rng, 60, rows=(0, 256))
    waits = np.ones(60, dtype=bool) if protocol == "wait" else rng.random(60) < 0.1
    run = compare(core, networks.tinyodin_chip(core), codes, waits, eager=protocol == "eager")
    assert run.address.size


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("protocol", ["wait", "eager"])
def test_tinyodin_closed_loop(seed: int, protocol: str) -> None:
    rng = np.random.default_rng(100 + seed)
    core = networks.tinyodin(rng, busy=True, closed=True, last=(255, 60)[seed % 2], source=seed == 4)
    codes = networks.tinyodin_codes(rng, 12, rows=(core.last_neuron, 256))
    waits = np.ones(12, dtype=bool) if protocol == "wait" else rng.random(12) < 0.3
    compare(core, networks.tinyodin_chip(core), codes, waits, eager=protocol == "eager")


def test_closed_loops_drop_spikes() -> None:
    """Otherwise the comparisons above would say little."""
    dropped = 0
    for seed in range(6):
        rng = np.random.default_rng(100 + seed)
        core = networks.tinyodin(rng, busy=True, closed=True, last=(255, 60)[seed % 2])
        codes = networks.tinyodin_codes(rng, 12, rows=(core.last_neuron, 256))
        run = compare(core, networks.tinyodin_chip(core), codes, np.ones(12, dtype=bool))
        dropped += int(run.counters[DROPPED_SPIKES].sum())
    assert dropped > 100


def test_open_loops_saturate() -> None:
    rng = np.random.default_rng(9)
    core = networks.tinyodin(rng, busy=False, closed=False, last=255)
    codes = networks.tinyodin_codes(rng, 60, rows=(0, 256))
    run = compare(core, networks.tinyodin_chip(core), codes, np.ones(60, dtype=bool))
    assert run.counters[STATE_SATURATIONS].sum() > 100


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("protocol", ["wait", "burst", "eager"])
def test_odin(seed: int, protocol: str) -> None:
    rng = np.random.default_rng(200 + seed)
    closed = seed % 2 == 1 and protocol != "burst"
    core = networks.odin(rng, closed=closed, source=seed == 6)
    codes = networks.odin_codes(rng, 30, rows=(0, 256))
    waits = np.ones(30, dtype=bool) if protocol == "wait" else rng.random(30) < 0.2
    compare(core, networks.odin_chip(core), codes, waits, eager=protocol == "eager")


def test_odin_learns() -> None:
    rng = np.random.default_rng(7)
    core = networks.odin(rng, closed=False)
    codes = networks.odin_codes(rng, 60, rows=(0, 20))
    run = compare(core, networks.odin_chip(core), codes, np.ones(60, dtype=bool))
    assert (run.weights != core.weights).sum() > 1000


def self_exciting() -> EventCore:
    core = networks.tinyodin(np.random.default_rng(0), busy=True, closed=True, last=255)
    quiet = {"threshold": np.ones(256, dtype=np.int64), "leak": np.zeros(256, dtype=np.int64)}
    params = {**core.params, **quiet, "disable": np.zeros(256, dtype=np.int64)}
    ones = np.ones((256, 256), dtype=np.int8)
    return replace(core, params=params, initial={"v": np.zeros(256, dtype=np.int64)}, weights=ones)


def test_a_loop_that_never_rests_is_cut_and_said() -> None:
    core = self_exciting()
    one = told(np.array([3, 3]), np.array([True, True]), odin=False)
    run = replay(core, tinyodin_neuron, one, np.array([1, 2]), most_taken=1000)
    assert run.work.cut_waits == 2
    assert run.work.cut_events == 2 * 127  # what is being scanned leaves the queue
    assert run.counters[CUT_SPIKES].sum() == 2 * 127
    assert run.work.row_events.sum() == 2 * 1001
    assert run.work.max_queue == 128


def layered(rng: np.random.Generator, cores: int, *, delay: int = 0) -> EventMachine:
    """Cores in a chain through the host, 20 inputs; with a delay the last core also feeds the first."""
    made = tuple(networks.tinyodin(rng, busy=True, closed=False, last=30) for _ in range(cores))
    parts: list[tuple[int, int, int, int]] = [(256 * cores + e, 0, 3 * e, 0) for e in range(20)]
    parts += [(256 * c + n, c + 1, 200 - 2 * n, 0) for c in range(cores - 1) for n in range(31)]
    if delay:
        parts += [(256 * (cores - 1) + n, 0, 100 + n, delay) for n in range(31)]
    source, core, row, late = np.array(parts, dtype=np.int64).T
    return EventMachine(
        n_inputs=20,
        cores=made,
        routes=HostRoutes(source=source, core=core, row=row, delay=late),
        row_order=tuple(rng.permutation(256) for _ in range(cores)),
        leaks=2,
        protocol="burst",
    )


def by_hand(machine: EventMachine, events: np.ndarray) -> np.ndarray:
    """(T, N) spikes of one sample: the host as a list of rows, the cores as oracles."""
    chips = [networks.tinyodin_chip(core) for core in machine.cores]
    steps, firsts = events.shape[0], machine.first_neuron
    spikes = np.zeros((steps, machine.n_neurons), dtype=np.int64)
    routes = [
        tuple(row)
        for row in np.stack(
            [machine.routes.source, machine.routes.core, machine.routes.row, machine.routes.delay], axis=1
        ).tolist()
    ]
    for t in range(steps):
        for c, chip in enumerate(chips):
            rows: list[int] = []
            for source, core, row, delay in routes:
                if core == c and t >= delay:
                    past = events[t - delay] if source >= machine.n_neurons else spikes[t - delay]
                    rows += [row] * int(
                        past[source - machine.n_neurons if source >= machine.n_neurons else source]
                    )
            place = {row: k for k, row in enumerate(machine.row_order[c].tolist())}
            codes = [*sorted(rows, key=lambda row: place[row]), *[511] * machine.leaks]
            for _, address in chip.run(codes, [True] * len(codes), False):
                spikes[t, firsts[c] + address] += 1
    return spikes


@pytest.mark.parametrize("delay", [0, 1, 3])
def test_cores_behind_one_host(delay: int) -> None:
    rng = np.random.default_rng(50 + delay)
    machine = layered(rng, 3, delay=delay)
    events = (rng.random((9, 2, 20)) < 0.2).astype(np.uint8) * 2
    run = simulate_events(machine, tinyodin_neuron, events, states=True)
    for b in range(2):
        expected = by_hand(machine, events[:, b])
        np.testing.assert_array_equal(run.spikes[:, b], expected)
    assert all(expected[:, first : first + 256].any() for first in machine.first_neuron[:-1])
    assert run.states["v"].shape == (9, 2, 768)


def same(a: EventRun, b: EventRun) -> None:
    np.testing.assert_array_equal(a.spikes, b.spikes)
    np.testing.assert_array_equal(a.states["v"], b.states["v"])
    for name in a.counters:
        np.testing.assert_array_equal(a.counters[name], b.counters[name])


def test_protocols_agree_where_no_loop_is_closed() -> None:
    rng = np.random.default_rng(1)
    machine = layered(rng, 2)
    events = (rng.random((6, 3, 20)) < 0.5).astype(np.uint8)
    runs = [
        simulate_events(replace(machine, protocol=protocol), tinyodin_neuron, events, states=True)
        for protocol in ("wait", "burst", "eager")
    ]
    assert runs[0].spikes.any()
    same(runs[0], runs[1])
    same(runs[0], runs[2])


def test_sizes_beyond_the_chip() -> None:
    """A core of any size, as a machine without limits has; neurons that are not there change nothing."""
    rng = np.random.default_rng(3)
    small = networks.tinyodin(rng, busy=True, closed=False, last=255)
    n, rows = 300, 700
    weights = np.zeros((rows, n), dtype=np.int8)
    weights[:256, :256] = small.weights
    added = {
        name: np.concatenate([values, np.zeros(44, dtype=np.int64)]) for name, values in small.params.items()
    }
    added["threshold"][256:] = 2047
    large = replace(
        small,
        params=added,
        initial={"v": np.concatenate([small.initial["v"], np.zeros(44, dtype=np.int64)])},
        weights=weights,
        inhibitory=np.zeros(rows, dtype=np.bool_),
        mapped=np.ones((rows, n), dtype=np.bool_),
        last_neuron=n - 1,
    )
    codes = told(rng.integers(0, 256, 40), np.ones(40, dtype=bool), odin=False)
    ends = np.array([20, 40])
    a, b = (replay(core, tinyodin_neuron, codes, ends) for core in (small, large))
    np.testing.assert_array_equal(a.address, b.address)
    np.testing.assert_array_equal(a.states["v"], b.states["v"][:, :256])


@pytest.mark.parametrize("what", ["shape", "rows", "burst", "route"])
def test_machines_that_cannot_run(what: str) -> None:
    machine = layered(np.random.default_rng(1), 2)
    events = np.zeros((2, 1, 20), dtype=np.uint8)
    if what == "shape":
        events = events[:, :, :19]
    if what == "rows":
        machine = replace(machine, cores=(replace(machine.cores[0], report_rows=True), machine.cores[1]))
    if what == "burst":
        machine = replace(machine, cores=(replace(machine.cores[0], closed_loop=True), machine.cores[1]))
    if what == "route":
        machine = replace(machine, routes=replace(machine.routes, core=np.zeros_like(machine.routes.core)))
    with pytest.raises(ValueError, match=r"events must|reports rows|speed of the host|had its turn"):
        simulate_events(machine, tinyodin_neuron, events)


def test_what_grows_without_end_through_the_host_is_cut_and_said() -> None:
    """Two cores that send each other every spike, and fire at every event: 20 times as many spikes in every step."""
    rng = np.random.default_rng(0)
    quiet = self_exciting()
    core = replace(quiet, closed_loop=False, last_neuron=19)
    parts = [(512, 0, 0, 0)]
    parts += [(n, 1, n, 0) for n in range(20)] + [(256 + n, 0, n, 1) for n in range(20)]
    source, to, row, delay = np.array(parts, dtype=np.int64).T
    machine = EventMachine(
        n_inputs=1,
        cores=(core, core),
        routes=HostRoutes(source=source, core=to, row=row, delay=delay),
        row_order=(np.arange(256), np.arange(256)),
        leaks=0,
        protocol="wait",
    )
    run = simulate_events(machine, tinyodin_neuron, (rng.random((8, 1, 1)) < 2).astype(np.uint8))
    assert run.work.input_events.max() == 20 * MOST_PASSED_ON + 1
    assert run.counters[CUT_SPIKES].sum() > 10**5
