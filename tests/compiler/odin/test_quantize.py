"""Whole numbers: thresholds that suit the weights, leaks, rows in order, and what a step then does."""

from __future__ import annotations

from dataclasses import replace

import nir
import numpy as np
import pytest
import spikec
from spikec.compiler.backends.odin import leak
from spikec.compiler.backends.odin.configuration import configuration
from spikec.compiler.backends.odin.execution_modes import execution_modes
from spikec.compiler.backends.odin.place import place
from spikec.compiler.backends.odin.routes import stored_synapses
from spikec.compiler.backends.odin.scale import choose, weight_limits
from spikec.compiler.ir.network import Network
from spikec.compiler.timed.constants import from_chip_start
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.engines.crossbar_events import simulate_events
from spikec.targets.odin.arithmetics import modules_of
from spikec.targets.odin.model import OdinChip

from ..xylo.nets import with_biases
from .nets import chip, fire, layers, network, quantized

TINY, ODIN = chip("tinyodin"), chip("odin")


def one_layer(weights: np.ndarray, **more: float) -> Network:
    return network(
        weights.shape[1], {"n": fire(len(weights), reset="zero", **more)}, [("in", "n", weights)], "n"
    )


@pytest.mark.parametrize("strictly", [False, True])
def test_weights_on_a_grid_are_exact(strictly: bool) -> None:
    """Quarters of the threshold: at most 7 of them a weight, and a `>` fires a step later."""
    net = one_layer(np.array([[0.25, -0.5, 1.75], [0.75, 0.5, 0.25]]))
    n = net.populations["n"]
    net = replace(net, populations={"n": replace(n, neuron=replace(n.neuron, at_threshold=not strictly))})
    made = quantized(net, TINY).network
    weights = stored_synapses(made).weight
    scale = np.abs(weights).max() / 1.75
    assert scale == int(scale)
    np.testing.assert_array_equal(
        np.sort(weights), np.sort(scale * np.array([0.25, -0.5, 1.75, 0.75, 0.5, 0.25]))
    )
    np.testing.assert_array_equal(made.populations[0].params["threshold"], scale + strictly)


@pytest.mark.parametrize("on", [TINY, ODIN])
def test_the_chosen_threshold_is_no_worse_than_the_largest_that_clips_nothing(on: OdinChip) -> None:
    net = layers(30, 20, seed=3)
    (timed,) = execution_modes(net, on, 1)[0].timed.populations.values()
    floats = from_chip_start(timed)
    scales = choose(floats, on.ranges)
    low, high = weight_limits(on.ranges)
    (link,) = floats.links
    matrix = np.zeros((20, 30))
    cols, rows, weights = link.by_source
    matrix[rows, cols] = weights

    def errors(units: np.ndarray) -> np.ndarray:
        codes = np.clip(np.rint(matrix * units[:, None]), low, high)
        return ((codes / units[:, None] - matrix) ** 2).sum(axis=1)

    largest = np.minimum(high / matrix.max(axis=1), low / matrix.min(axis=1))
    assert (errors(scales.units) <= 1.2 * errors(largest)).all()
    assert errors(scales.units).sum() < 0.95 * errors(largest).sum()
    assert (np.abs(scales.threshold - floats.thresholds * scales.units) <= 0.5).all()


def test_the_leak_is_the_whole_number_with_the_least_error() -> None:
    random = np.random.default_rng(0)
    beta, threshold = random.uniform(0, 1, 40), random.integers(1, 60, 40)
    occupied = random.uniform(-1.5, 1, (30, 40))
    found = leak.fit(beta, threshold, occupied, 1000)
    every = [leak.error(beta, threshold, occupied, np.full(40, k)) for k in range(91)]
    np.testing.assert_array_equal(found, np.argmin(every, axis=0))
    np.testing.assert_array_equal(leak.fit(np.ones(40), threshold, occupied, 1000), 0)


@pytest.mark.parametrize(("keeps", "wrong"), [(-1.0, 0.577), (-2 / 3, 0.385), (-0.25, 0.144), (0.0, 0.0)])
def test_the_error_of_a_leak_for_a_membrane_that_turns_its_sign(keeps: float, wrong: float) -> None:
    """A time constant below the time step: the chip leaves nothing, the network leaves keeps * v, whose root mean
    square over 0 .. threshold is |keeps| / sqrt(3)."""
    one = np.array([1000])
    states = leak.between_rest_and_threshold()
    found = leak.error(np.array([keeps]), one, states, one)
    np.testing.assert_allclose(found, abs(keeps) / np.sqrt(3), rtol=1e-3)
    np.testing.assert_allclose(found, wrong, atol=1e-3)


def test_what_inhibits_is_sent_first() -> None:
    made = quantized(layers(20, 10, 5), TINY).network
    assert made.order is not None
    signs = made.order.sign
    assert set(signs.tolist()) == {-1, 1}
    assert (np.diff(signs) >= 0).all()


def test_a_bias_larger_than_a_weight_takes_several_rows() -> None:
    weights = np.array([[0.1, 0.05], [0.1, -0.05]])
    net = with_biases(one_layer(weights), {"n": {0: np.array([0.3, -0.35])}})
    made = quantized(net, TINY)
    synapses = stored_synapses(made.network)
    (port,) = (p for p in made.network.inputs if p.constant)
    number = len(made.network.populations) + made.network.inputs.index(port)
    units = made.assembled.scales["n"].units
    found = np.bincount(
        synapses.neuron[synapses.source == number], synapses.weight[synapses.source == number], 2
    )
    assert port.size > 2
    np.testing.assert_array_equal(found, np.rint(units * [0.3, -0.35]))


def test_one_event_a_step_is_the_float_network() -> None:
    """Integrate and fire on the grid: reset to zero, several neurons, one event at a time, from a start above rest."""
    random = np.random.default_rng(5)
    weights = random.integers(-6, 8, (12, 9)) / 4
    net = one_layer(weights)
    n = net.populations["n"]
    start = random.integers(0, 4, 12) / 4
    net = replace(net, populations={"n": replace(n, neuron=replace(n.neuron, v_start=start))})
    found = quantized(net, TINY)
    machine, symbols = configuration(found.network, place(found.network, TINY, 1).placement, TINY)
    source = random.integers(0, 9, 80)
    events = np.zeros((80, 1, 9), dtype=np.uint8)
    events[np.arange(80), 0, source] = 1
    run = simulate_events(machine, modules_of(TINY).neuron, events, states=True)
    units, index = found.assembled.scales["n"].units, symbols.populations[0].machine_index
    v = start.copy()
    for t in range(80):
        v += weights[:, source[t]]
        spikes = v >= 1
        v[spikes] = 0
        np.testing.assert_array_equal(run.spikes[t, 0, index], spikes)
        np.testing.assert_array_equal(run.states["v"][t, 0, index], v * units)


@pytest.mark.parametrize(("target", "v_reset"), [("tinyodin", 0.5), ("tinyodin", -0.75), ("odin", -0.75)])
def test_a_reset_to_another_value_is_exact(target: str, v_reset: float) -> None:
    """Quarters of 1 everywhere: the membrane starts at 0 and a spike leaves it at `v_reset`."""
    graph = resetting_to(v_reset)
    compiled = spikec.compile(graph, target, dialect="nir.euler", dt=1.0, stimulus=np.ones((40, 1, 1)))
    expected = spikec.reference(graph, stimulus=np.ones((40, 1, 1)), dialect="nir.euler", dt=1.0)
    times = np.flatnonzero(np.asarray(compiled.trace.outputs["out"]))
    np.testing.assert_array_equal(times, np.flatnonzero(expected.outputs["out"]))
    assert times.size > 4
    assert np.ptp(np.diff(times)) == 0


def test_a_start_that_the_chip_does_not_hold_is_said() -> None:
    """ODIN's membrane is never below where a spike leaves it, unless rest is above that; this one starts 0.5 below."""
    for native, status in ((True, "approximated"), (False, "exact")):
        compiled = spikec.compile(resetting_to(0.5), "odin", dialect="nir.euler", dt=1.0, native_reset=native)
        (row,) = [row for row in compiled.report.fidelity_table if row.feature == "initial membrane"]
        assert row.status == status


def resetting_to(v_reset: float) -> nir.NIRGraph:
    one = np.ones(1)
    nodes = {
        "in": nir.Input(np.array([1])),
        "w": nir.Linear(np.full((1, 1), 0.25)),
        "n": nir.IF(r=one, v_threshold=one, v_reset=v_reset * one),
        "out": nir.Output(np.array([1])),
    }
    return nir.NIRGraph(nodes=nodes, edges=[("in", "w"), ("w", "n"), ("n", "out")])


@pytest.mark.parametrize(
    "change", [{"alpha": np.ones(1)}, {"theta": None}, {"reset": "none"}, {"theta": np.zeros(1)}]
)
def test_neurons_that_the_chip_does_not_have(change: dict) -> None:
    net = one_layer(np.full((1, 1), 0.25))
    n = net.populations["n"]
    net = replace(net, populations={"n": replace(n, neuron=replace(n.neuron, **change))})
    with pytest.raises(DiagnosticError) as raised:
        quantized(net, TINY)
    assert [d.code for d in raised.value.diagnostics] == ["SPK1004"]
