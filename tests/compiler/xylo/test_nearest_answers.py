"""Weights of neurons with a synapse: rounded together, over two currents, in steps of each neuron."""

from __future__ import annotations

import numpy as np
import pytest
from spikec.compiler.backends.xylo.decays import choose_decays
from spikec.compiler.backends.xylo.lower import Link
from spikec.compiler.backends.xylo.nearest_answers import nearest_answers
from spikec.compiler.backends.xylo.own_scales import MOST, own_scales
from spikec.compiler.backends.xylo.quantize import quantize
from spikec.compiler.backends.xylo.rounded_up import rounded_up
from spikec.compiler.backends.xylo.second_current import answers_of, with_second
from spikec.compiler.ir.network import Network
from spikec.sim.compare import spikes_alike
from spikec.targets.arrays import NUMPY
from spikec.targets.xylo import neuron as chip_neuron

from .nets import AUDIO3, chip_run, cuba, float_run, network, poisson, timed

N, FAN_IN, TOP = 6, 16, 127


def some_link(random: np.random.Generator) -> Link:
    cols, rows = (grid.ravel() for grid in np.meshgrid(np.arange(FAN_IN), np.arange(N), indexing="ij"))
    weights = random.normal(0, 0.3, cols.size)
    return Link(
        source="in",
        relays=0,
        post="h",
        rows=rows,
        cols=cols,
        weights=weights,
        twice=np.zeros(cols.size, bool),
    )


def membrane(alpha: float, beta: float, arriving: np.ndarray, keeps: float = 1.0) -> np.ndarray:
    """(T,) the recurrence itself; keeps: what a current loses before the membrane hears it."""
    current, v, found = 0.0, 0.0, []
    for x in arriving:
        current = alpha * current + keeps * x
        v = beta * v + current
        found.append(v)
    return np.array(found)


@pytest.mark.parametrize(("alpha", "beta"), [(0.7515, 0.8752), (0.6, 0.75), (0.83, 0.875)])
def test_two_currents_answer_nearer_to_a_spike_than_halves_of_one(alpha: float, beta: float) -> None:
    """Of single weights, each after its own spike, against the network's recurrence."""
    random = np.random.default_rng(2)
    neuron, link = cuba(N, alpha, beta, 1.0), some_link(random)
    one = choose_decays(neuron, AUDIO3)
    two = with_second(one, neuron, [link], AUDIO3)
    assert two.second is not None
    pulse = np.zeros(12)
    pulse[0] = 1.0
    exact = membrane(alpha, beta, pulse)
    units = 60.0 / np.abs(link.weights).max()  # room for what a current loses before the membrane hears it
    worst: list[float] = []
    for decay in (one, two):
        answers = answers_of(decay, neuron, 2)
        grid = np.ones(link.rows.size, dtype=np.int64)
        steps = nearest_answers(link.weights * units, link.rows, grid, answers, TOP)
        assert np.abs(steps).max() <= TOP
        codes = (decay.dash_syn[0], decay.dash_syn2[0])
        held = [membrane(1 - 2.0**-d, beta, pulse, 1 - 2.0**-d) for d in codes]
        gaps = steps.T @ np.stack(held) / units - np.outer(link.weights, exact)
        worst.append(float(np.sqrt((gaps**2).mean())))
    assert worst[1] < 0.8 * worst[0]


def test_sums_of_a_neuron_stay_right() -> None:
    """Sources that spike together leave less than what each weight is off by itself would add up to."""
    random = np.random.default_rng(5)
    neuron, link = cuba(N, 0.75, 0.875, 1.0), some_link(random)
    answers = answers_of(choose_decays(neuron, AUDIO3), neuron, 1)
    exact = link.weights * 100.0
    steps = nearest_answers(exact, link.rows, np.full(exact.size, 8), answers, TOP)
    assert (steps % 8 == 0).all()
    off = np.bincount(link.rows, answers.worth[link.rows, 0] * steps[0] - exact)
    alone = 8 * np.rint(exact / answers.worth[link.rows, 0] / 8)
    off_alone = np.bincount(link.rows, answers.worth[link.rows, 0] * alone - exact)
    assert np.abs(off).mean() < 0.5 * np.abs(off_alone).mean()


def test_what_decays_gain_is_taken_off_again() -> None:
    """A current that noise feeds: without the bias a membrane that never fires drifts up."""
    random = np.random.default_rng(7)
    neuron = cuba(1, 0.75, 0.875, 1.0)
    decay = choose_decays(neuron, AUDIO3)
    one = np.zeros(1, dtype=np.int64)
    link = Link(
        source="in", relays=0, post="h", rows=one, cols=one, weights=np.ones(1), twice=np.zeros(1, bool)
    )
    taken = rounded_up(decay, [link], np.array([20_000]))
    step = chip_neuron.arithmetic(NUMPY).step
    drift: list[float] = []
    for bias in (0, -int(taken[0])):
        registers = (2, 2, 3, bias, chip_neuron.HIGH, 31)
        p = tuple(np.array([value]) for value in registers)
        state, exact, gaps = (one, one, one), np.zeros(2), []
        for arriving in random.integers(-400, 401, 4000):
            state, _, _ = step(p, (state[0] + arriving, state[1], state[2]), one)
            exact[0] = 0.75 * (exact[0] + arriving)
            exact[1] = 0.875 * exact[1] + exact[0]
            gaps.append(float(state[2][0]) - exact[1])
        drift.append(float(np.mean(gaps)))
    assert drift[0] > 10
    assert abs(drift[1]) < 0.25 * drift[0]


def uneven(seed: int, alpha: float, beta: float) -> Network:
    """Neurons whose weights differ in size."""
    random = np.random.default_rng(seed)
    size = random.uniform(0.2, 1.0, (32, 1))
    links = [
        ("in", "h", size * random.normal(0.1, 0.3, (32, 16))),
        ("h", "o", random.normal(0.05, 0.2, (8, 32))),
    ]
    return network(16, {"h": cuba(32, alpha, beta, 1.0), "o": cuba(8, alpha, beta, 1.0)}, links, "o")


def test_neurons_with_smaller_weights_have_larger_thresholds() -> None:
    net = uneven(3, 0.7515, 0.8752)
    factor = own_scales(timed(net), AUDIO3)["h"]
    assert factor.min() == 1.0
    assert 1.5 < factor.max() <= MOST
    quantized = quantize(timed(net), AUDIO3)
    threshold = quantized.network.population("h").params["threshold"]
    np.testing.assert_allclose(threshold, quantized.units("h", 32), atol=1.0)
    assert threshold.max() > 1.5 * threshold.min()


@pytest.mark.parametrize("seed", range(3))
def test_spikes_of_a_hidden_layer(seed: int) -> None:
    """The decays of a trained network, .0015 off the chip's; the layer's own spikes."""
    net = uneven(seed, 0.7515, 0.8752)
    events = poisson(100, 16, 16, 0.2, seed)
    wanted = float_run(net, events, {"h": 31, "o": 1}, ["h", "o"])
    _, spikes = chip_run(quantize(timed(net), AUDIO3), events)
    assert wanted["h"].mean() > 0.02
    assert spikes_alike(wanted["h"], spikes["h"]).f1 > 0.95
