"""Machines whose positive and negative weights are added up apart: all engines, against a loop over single synapses."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
from spikec.sim.engines.choice import SUM_ENGINES, FeatureMap, SumEngine
from spikec.sim.engines.delivery import sum as sums
from spikec.sim.engines.summed import by_event, in_numpy, kept_machines
from spikec.sim.engines.synapse_list import simulate
from spikec.targets.chip import Latency
from spikec.targets.machines.synapse_list import Machine
from spikec.targets.machines.synapse_rows import as_rows

from .test_convolutions_in_jax import GPU

LATENCY = Latency(input_to_neuron=0, neuron_to_neuron=1, neuron_to_output=0)
MOST = 40


class State(NamedTuple):
    v: Any


class Parameters(NamedTuple):
    threshold: Any


class Counters(NamedTuple):
    clips: Any


class Clipped:
    """Clips each of the sums by itself, so that one cannot be had from the other two."""

    STATES = ("v",)
    Counters = Counters

    def initial(self, xp: Any, registers: Any, shape: tuple[int, ...]) -> State:
        return State(xp.zeros(shape, dtype=xp.int32))

    def parameters(self, registers: Any) -> Parameters:
        return Parameters(registers["threshold"])

    def step(self, xp: Any, p: Any, state: Any, arrived: Any) -> Any:
        up, down = (xp.minimum(total, MOST) for total in arrived)
        v = state.v + 2 * up - down
        spikes = v >= p.threshold
        return State(xp.where(spikes, 0, v)), spikes, Counters((arrived[0] > MOST) | (arrived[1] > MOST))


ARITHMETIC = Clipped()


def machine(seed: int, *, inputs: int = 11, n: int = 40, synapses: int = 900, loops: bool = True) -> Machine:
    random = np.random.default_rng(seed)
    source = random.integers(0, n + inputs, synapses)
    if not loops:
        source = np.where(source < n, source % (n // 2), source)
    post = random.integers(0 if loops else n // 2, n, synapses)
    post = np.where(source < n, post, random.integers(0, n, synapses))
    weight = random.integers(-9, 10, synapses)
    return Machine(
        n_inputs=inputs,
        core=np.zeros(n, dtype=np.int64),
        slot=np.arange(n),
        params={"threshold": random.integers(5, 60, n)},
        synapses=as_rows(source, post, weight, random.integers(0, 3, synapses)),
        apart=True,
    )


def one_by_one(made: Machine, events: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Spikes, membranes, clips."""
    steps, batch, _ = events.shape
    n, found = made.n_neurons, made.synapses.flat()
    up, down = (np.zeros((steps + 4, batch, n), dtype=np.int64) for _ in range(2))
    spikes, states = np.zeros((steps, batch, n), dtype=np.uint8), np.zeros((steps, batch, n), dtype=np.int64)
    v, clips = np.zeros((batch, n), dtype=np.int64), 0

    def send(t: int, fired: np.ndarray, first: int, hop: int) -> None:
        for source, post, weight, delay, _ in zip(*found, strict=True):
            if first <= source < first + fired.shape[1]:
                onto = up if weight > 0 else down
                onto[t + hop + delay, :, post] += abs(int(weight)) * fired[:, source - first]

    for t in range(steps):
        send(t, events[t].astype(np.int64), n, 0)
        clips += int(((up[t] > MOST) | (down[t] > MOST)).sum())
        v = v + 2 * np.minimum(up[t], MOST) - np.minimum(down[t], MOST)
        spikes[t] = v >= made.params["threshold"]
        v = np.where(spikes[t], 0, v)
        states[t] = v
        send(t, spikes[t].astype(np.int64), 0, 1)
    return spikes, states, clips


def drive(seed: int, inputs: int, steps: int = 14, batch: int = 2) -> np.ndarray:
    return (np.random.default_rng(seed).random((steps, batch, inputs)) < 0.4).astype(np.uint8)


def check(made: Machine, events: np.ndarray, engine: SumEngine, maps: tuple[FeatureMap, ...] = ()) -> None:
    spikes, states, clips = one_by_one(made, events)
    run = simulate(made, ARITHMETIC, LATENCY, events, states=True, engine=engine, maps=maps)
    np.testing.assert_array_equal(run.spikes, spikes)
    np.testing.assert_array_equal(run.states["v"], states)
    assert run.counters["clips"].sum() == clips
    assert clips
    assert spikes.sum() > 20


@pytest.mark.parametrize("engine", SUM_ENGINES)
@pytest.mark.parametrize("loops", [True, False])
def test_engines(engine: SumEngine, loops: bool) -> None:
    made = machine(1, loops=loops)
    check(made, drive(1, made.n_inputs), engine)


def test_synapses_one_by_one_in_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_numpy, "GROUPED", 0)
    made = machine(2)
    check(made, drive(2, made.n_inputs), "numpy")


def test_products_in_compiled_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of matrices, however few spike."""
    monkeypatch.setattr(by_event, "ROW_NS", 1e9)
    made = machine(3, loops=False)
    check(made, drive(3, made.n_inputs), "events")


def test_one_launch_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_machines, "manner", lambda: GPU)
    made = machine(4, loops=False)
    check(made, drive(4, made.n_inputs), "jax")


def test_a_convolution_is_one_for_each_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "DENSE_BYTES", 0)
    random = np.random.default_rng(5)
    side, features = 6, 3
    kernel = random.integers(-9, 10, (features, 2, 2))
    source, post, weight = [], [], []
    for f, y, x, dy, dx in np.ndindex(features, side - 1, side - 1, 2, 2):
        source.append((y + dy) * side + x + dx)
        post.append((f * (side - 1) + y) * (side - 1) + x)
        weight.append(kernel[f, dy, dx])
    n = features * (side - 1) ** 2
    made = Machine(
        n_inputs=side * side,
        core=np.zeros(n, dtype=np.int64),
        slot=np.arange(n),
        params={"threshold": np.full(n, 50)},
        synapses=as_rows(np.array(source) + n, np.array(post), 3 * np.array(weight)),
        apart=True,
    )
    maps = (
        FeatureMap(shape=(1, side, side), sources=n + np.arange(side * side)),
        FeatureMap(shape=(features, side - 1, side - 1), sources=np.arange(n)),
    )
    events = drive(5, side * side)
    check(made, events, "jax", maps)
    run = simulate(made, ARITHMETIC, LATENCY, events, engine="jax", maps=maps)
    assert {how for each in run.provenance.delivered for how in each.steps} == {"convolution"}
