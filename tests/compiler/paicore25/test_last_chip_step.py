"""Neurons with a synaptic current in several chip steps: as a plain simulation of the float network, step by step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from spikec.compiler.backends.interface import backend_of
from spikec.compiler.ir.network import Network, Neuron
from spikec.sim.engines.choice import whole

from .nets import CHIP, Made, made, network, neuron

STEPS, BATCH = 40, 8
LINKS = {
    ("in", "a"): np.random.default_rng(0).normal(0.05, 0.25, (12, 10)),
    ("a", "b"): np.random.default_rng(1).normal(0.1, 0.25, (6, 12)),
    ("in", "b"): np.random.default_rng(2).normal(0.0, 0.1, (6, 10)),
    ("b", "c"): np.random.default_rng(3).normal(0.3, 0.3, (4, 6)),
}


def net(reset: str, *, late: bool, start: float) -> Network:
    """Two layers with a current, the input a way around the first, and one without behind them."""
    more = {"reset": reset, "reset_after_decay": late}
    neurons = {
        "a": ((12,), neuron(12, 0.9, alpha=np.full(12, 0.8), v_start=np.full(12, start), **more)),
        "b": ((6,), neuron(6, 0.9, alpha=np.full(6, 0.8), **more)),
        "c": ((4,), neuron(4, 0.9, **more)),
    }
    links = [(pre, post, {0: weights}, ()) for (pre, post), weights in LINKS.items()]
    return network({"in": (10,)}, neurons, links, ["c", "a", "b"])


def wanted(found: Network, events: np.ndarray) -> dict[str, np.ndarray]:
    """Of (T, B, 10) events the spikes of each population: i = alpha i + x, v = beta v + i, one spike a step."""
    spikes = {"in": events.astype(np.float64)}
    for name in ("a", "b", "c"):
        one: Neuron = found.populations[name].neuron
        theta = one.theta
        assert theta is not None
        current = np.zeros((BATCH, theta.size))
        v = np.broadcast_to(0.0 if one.v_start is None else one.v_start, current.shape)
        rows = []
        for t in range(STEPS):
            x = sum(spikes[pre][t] @ w.T for (pre, post), w in LINKS.items() if post == name)
            current = (0.0 if one.alpha is None else one.alpha) * current + x
            v = one.beta * v + current
            fired = v >= theta
            taken = theta / one.beta if one.reset_after_decay else theta
            v = np.where(fired, v - taken if one.reset == "subtract" else 0.0, v)
            rows.append(fired.astype(np.float64))
        spikes[name] = np.array(rows)
    return spikes


def on_chip(found: Made, events: np.ndarray) -> dict[str, np.ndarray]:
    """The same of the words."""
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
    run = backend.start(machine, found.target, whole(told), states=False)(told)
    return {
        p.name: run.spikes[p.lag_steps : p.lag_steps + STEPS, :, p.machine_index] for p in symbols.populations
    }


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
        both = np.minimum(should[name], did[name]).sum()
        f1 = 2 * both / (should[name].sum() + did[name].sum())
        assert should[name].mean() > 0.02
        assert did[name].max() == 1
        assert f1 > 0.85, name
    lags = {p.name: p.lag_steps for p in found.quantized.network.populations}
    assert (lags["a"], lags["b"], lags["c"]) == (0, 1, 2)


def test_who_cannot_wait_keeps_one_chip_step() -> None:
    """A loop, a constant or a floor of the membrane, a current that is read out."""
    alpha, w = np.full(2, 0.8), np.array([[0.5, -0.3], [0.2, 0.9]])
    for value, loop in (
        (neuron(2, 0.9, alpha=alpha, bias=0.1), False),
        (neuron(2, 0.9, alpha=alpha, v_min=np.full(2, -0.5)), False),
        (neuron(2, 0.9, alpha=alpha, theta=None), False),
        (neuron(2, 0.9, alpha=alpha), True),
    ):
        links = [("in", "a", {0: w}, ()), *([("a", "a", {1: w}, ())] if loop else [])]
        found = made(network({"in": (2,)}, {"a": ((2,), value)}, links, ["a"]))
        assert found.quantized.chip_steps == 1
