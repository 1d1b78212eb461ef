"""Neurons with a synaptic current in several chip steps: as a plain simulation of the float network, step by step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from spikec.compiler.backends.interface import backend_of
from spikec.compiler.ir.network import Network, Neuron
from spikec.sim.engines.choice import whole
from spikec.sim.engines.synapse_list import Run

from .nets import CHIP, Made, made, network, neuron

STEPS, BATCH = 40, 8
LINKS = {
    ("in", "a"): np.random.default_rng(0).normal(0.05, 0.25, (12, 10)),
    ("a", "b"): np.random.default_rng(1).normal(0.1, 0.25, (6, 12)),
    ("in", "b"): np.random.default_rng(2).normal(0.0, 0.1, (6, 10)),
    ("b", "c"): np.random.default_rng(3).normal(0.3, 0.3, (4, 6)),
}


LOOP = np.random.default_rng(4).normal(0.0, 0.2, (12, 12))


def net(reset: str, *, late: bool, start: float, bias: float = 0.0, loop: bool = False) -> Network:
    """Two layers with a current, the input a way around the first, and one without behind them."""
    more = {"reset": reset, "reset_after_decay": late}
    neurons = {
        "a": ((12,), neuron(12, 0.9, alpha=np.full(12, 0.8), v_start=np.full(12, start), bias=bias, **more)),
        "b": ((6,), neuron(6, 0.9, alpha=np.full(6, 0.8), v_start=np.full(6, start), bias=bias, **more)),
        "c": ((4,), neuron(4, 0.9, **more)),
    }
    links = [(pre, post, {0: weights}, ()) for (pre, post), weights in LINKS.items()]
    if loop:
        links.append(("a", "a", {1: LOOP}, ()))
    return network({"in": (10,)}, neurons, links, ["c", "a", "b"])


def membranes(
    one: Neuron, sources: list[tuple[np.ndarray, np.ndarray]], loop: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Spikes and membranes before the reset, (T, B, n): i = alpha i + x, v = beta v + i + bias, one spike a step.
    sources: (T, B, m) spikes and (n, m) weights."""
    current = np.zeros((BATCH, one.beta.size))
    v = np.broadcast_to(0.0 if one.v_start is None else one.v_start, current.shape)
    fired, rows, shown = np.zeros(current.shape), [], []
    for t in range(STEPS):
        x = sum(spikes[t] @ w.T for spikes, w in sources) + (0.0 if loop is None else fired @ loop.T)
        current = (0.0 if one.alpha is None else one.alpha) * current + x
        v = one.beta * v + current + one.bias
        shown.append(v)
        if one.theta is not None:
            fired = (v >= one.theta).astype(np.float64)
            taken = one.theta / one.beta if one.reset_after_decay else one.theta
            v = np.where(fired > 0, v - taken if one.reset == "subtract" else 0.0, v)
        rows.append(fired)
    return np.array(rows), np.array(shown)


def wanted(found: Network, events: np.ndarray, *, loop: bool = False) -> dict[str, np.ndarray]:
    """Of (T, B, 10) events the spikes of each population."""
    spikes = {"in": events.astype(np.float64)}
    for name in ("a", "b", "c"):
        sources = [(spikes[pre], w) for (pre, post), w in LINKS.items() if post == name]
        again = LOOP if loop and name == "a" else None
        spikes[name], _ = membranes(found.populations[name].neuron, sources, again)
    return spikes


def run_of(found: Made, events: np.ndarray) -> Run:
    """What the words do."""
    symbols = found.emitted.symbols
    lag = max(p.lag_steps for p in symbols.populations)
    told = np.zeros((STEPS + lag, BATCH, sum(p.size for p in symbols.inputs)), dtype=np.uint8)
    for port in symbols.inputs:
        place = slice(port.first, port.first + port.size)
        if port.constant:
            told[port.onset_step : port.onset_step + 1 if port.once else None, :, place] = 1
        else:
            told[:STEPS, :, place] = events
    backend: Any = backend_of(found.target)
    machine = backend.machine(found.target, found.loaded)
    return backend.start(machine, found.target, whole(told), states=True)(told)


def on_chip(found: Made, events: np.ndarray) -> dict[str, np.ndarray]:
    """The spikes of each population, of the words."""
    run = run_of(found, events)
    return {
        p.name: run.spikes[p.lag_steps : p.lag_steps + STEPS, :, p.machine_index]
        for p in found.emitted.symbols.populations
    }


def f1(should: np.ndarray, did: np.ndarray) -> float:
    """Of spikes that are not few, one a step."""
    assert should.mean() > 0.02
    assert did.max() == 1
    return float(2 * np.minimum(should, did).sum() / (should.sum() + did.sum()))


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize(
    ("reset", "late", "start"),
    [("to_value", False, 0.0), ("subtract", False, 0.7), ("subtract", True, 0.0)],
)
def test_a_step_is_a_step_of_the_network(reset: str, late: bool, start: float, wide: bool) -> None:
    float_net = net(reset, late=late, start=start)
    found = made(float_net, CHIP, wide=wide)
    assert found.quantized.chip_steps == 7
    events = (np.random.default_rng(5).random((STEPS, BATCH, 10)) < 0.3).astype(np.uint8)
    should, did = wanted(float_net, events), on_chip(found, events)
    for name in ("a", "b", "c"):
        assert f1(should[name], did[name]) > 0.85, name
    lags = {p.name: p.lag_steps for p in found.quantized.network.populations}
    assert (lags["a"], lags["b"], lags["c"]) == (0, 1, 2)


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("start", [0.0, 0.4])
def test_constants_of_the_membrane_act_in_every_chip_step(start: float, wide: bool) -> None:
    """Also in those before the step in which a layer behind another begins."""
    float_net = net("to_value", late=False, start=start, bias=0.08)
    found = made(float_net, CHIP, wide=wide)
    assert found.quantized.chip_steps == 7
    events = (np.random.default_rng(6).random((STEPS, BATCH, 10)) < 0.3).astype(np.uint8)
    should, did = wanted(float_net, events), on_chip(found, events)
    for name in ("a", "b"):
        assert f1(should[name], did[name]) > 0.93, name
        assert f1(should[name][:6], did[name][:6]) > 0.9, name


def test_a_loop_comes_a_chip_step_later_not_a_step() -> None:
    float_net = net("to_value", late=False, start=0.0, loop=True)
    found = made(float_net, CHIP)
    assert found.quantized.chip_steps == 7
    assert found.quantized.loops.extra == {("a", "a"): 1}
    assert [d.code for d in found.quantized.diagnostics] == ["SPK1005"]
    events = (np.random.default_rng(7).random((STEPS, BATCH, 10)) < 0.3).astype(np.uint8)
    should, did = wanted(float_net, events, loop=True), on_chip(found, events)
    without = wanted(float_net, events)
    for name in ("a", "b"):
        assert f1(should[name], did[name]) > 0.9, name
    assert f1(without["a"], did["a"]) < 0.8


def test_a_membrane_that_is_read_out_is_shown_in_the_next_step() -> None:
    """As the float membrane of the spikes that the chip's own first layer sends."""
    beta, alpha = np.linspace(0.8, 0.95, 6), np.full(6, 0.8)
    neurons = {
        "a": ((12,), neuron(12, 0.9, alpha=np.full(12, 0.8))),
        "b": ((6,), neuron(6, beta, alpha=alpha, theta=None)),
    }
    links = [("in", "a", {0: LINKS["in", "a"]}, ()), ("a", "b", {0: LINKS["a", "b"]}, ())]
    found = made(network({"in": (10,)}, neurons, links, ["a", "b"]), CHIP)
    assert found.quantized.chip_steps > 1
    events = (np.random.default_rng(8).random((STEPS, BATCH, 10)) < 0.3).astype(np.uint8)
    run, symbols = run_of(found, events), {p.name: p for p in found.emitted.symbols.populations}
    assert {name: symbols[name].lag_steps for name in ("a", "b")} == {"a": 0, "b": 2}
    first, last = symbols["a"], symbols["b"]
    spikes = run.spikes[:STEPS, :, first.machine_index].astype(np.float64)
    keeps = found.quantized.stages["b"]
    there = neuron(6, keeps[1].decays.kept, alpha=keeps[0].decays.kept, theta=None)
    _, should = membranes(there, [(spikes, LINKS["a", "b"])])
    scale = found.quantized.network.population("b").scales["shown"]
    did = run.states["shown"][2 : STEPS + 2, :, last.machine_index] / scale.units
    gain = keeps[0].gain * keeps[1].gain
    assert np.abs(did - gain * should).max() < 0.02 * np.abs(should).max()


def test_who_cannot_wait_keeps_one_chip_step() -> None:
    """A floor of the membrane, a read-out with a constant, a loop that is a step long for two."""
    alpha, w = np.full(2, 0.8), np.array([[0.5, -0.3], [0.2, 0.9]])
    for value, loop in (
        (neuron(2, 0.9, alpha=alpha, v_min=np.full(2, -0.5)), False),
        (neuron(2, 0.9, alpha=alpha, theta=None, bias=0.1), False),
        (neuron(2, 0.9, alpha=alpha), True),
    ):
        links = [("in", "a", {0: w}, ())]
        neurons = {"a": ((2,), value)}
        if loop:
            links += [("a", "b", {0: w}, ()), ("b", "a", {1: w}, ())]
            neurons["b"] = ((2,), value)
        found = made(network({"in": (2,)}, neurons, links, ["a"]))
        assert found.quantized.chip_steps == 1
