"""Relays repeat every spike one step later, whatever comes; a current that is taken back leaves nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from spikec.compiler.backends.xylo.assemble import Choices, assemble
from spikec.compiler.backends.xylo.decays import choose_decays
from spikec.compiler.backends.xylo.lower import Lowered, lower
from spikec.compiler.backends.xylo.relays import relay_name
from spikec.compiler.backends.xylo.scale import MATRICES, relays_hold
from spikec.sim.compare import spikes_alike

from .nets import AUDIO3, chip_run, cuba, float_run, network, poisson, timed

WAIT = 4


def delayed(delay: int) -> tuple:
    """Inputs to hidden neurons `h`, and these to outputs, both `delay` steps late."""
    h, o = cuba(6, 0.5, 0.75, 1.0), cuba(3, 0.5, 0.75, 1.0)
    random = np.random.default_rng(delay)
    into, out = random.normal(0.3, 0.5, (6, 4)), random.normal(0.1, 0.5, (3, 6))
    return network(4, {"h": h, "o": o}, [("in", "h", into, delay), ("h", "o", out, delay)], "o"), into, out


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    st.integers(1, WAIT),
    st.integers(0, 7),
    st.integers(0, 7),
    st.integers(1, 15),
    st.integers(0, 1000),
)
def test_a_relay_repeats_counts(delay: int, shift_in: int, shift_rec: int, most: int, seed: int) -> None:
    net, _, _ = delayed(delay)
    shifts = dict(zip(MATRICES, (shift_in, shift_rec, 0), strict=True))
    plan = timed(net)
    lowered: Lowered = lower(plan, {n: choose_decays(p.neuron, AUDIO3) for n, p in net.populations.items()})
    if not relays_hold(shifts, lowered, net, AUDIO3):
        return
    quantized = assemble(plan, AUDIO3, Choices(shifts=shifts))
    events = np.random.default_rng(seed).integers(0, most + 1, (30, 2, 4)).astype(np.uint8)
    run, spikes = chip_run(quantized, events)
    assert len(lowered.relayed) == 2 * delay - 1
    for source, k in lowered.relayed:
        wanted = events if source == "in" else spikes[source]
        relayed = spikes[relay_name(source, k)]
        np.testing.assert_array_equal(relayed, wanted[: len(relayed), :, lowered.relayed[source, k]])
    behind = 0
    for p in quantized.network.populations:
        saturations = run.counters["accumulator_saturations"][behind : behind + p.size]
        assert p.role != "relay" or not saturations.any()
        behind += p.size


def test_delays_of_the_network_are_kept() -> None:
    net, _, _ = delayed(3)
    events = poisson(80, 4, 4, 0.2, 1)
    wanted = float_run(net, events, {"h": 31, "o": 1}, ["h", "o"])
    _, spikes = chip_run(assemble(timed(net), AUDIO3, Choices()), events)
    for name in ("h", "o"):
        assert spikes_alike(wanted[name], spikes[name]).f1 > 0.95


def test_a_single_layer_reaches_outputs_through_relays_of_its_inputs() -> None:
    random = np.random.default_rng(0)
    net = network(4, {"o": cuba(5, 0.5, 0.75, 1.0)}, [("in", "o", random.normal(0.3, 0.5, (5, 4)))], "o")
    quantized = assemble(timed(net), AUDIO3, Choices())
    assert [p.name for p in quantized.network.populations] == ["relay@1:in", "o"]
    assert quantized.network.population("o").lag_steps == 1
    events = poisson(80, 4, 4, 0.2, 1)
    wanted = float_run(net, events, {"o": 1}, ["o"])
    assert spikes_alike(wanted["o"], chip_run(quantized, events)[1]["o"]).f1 > 0.95


def test_a_skip_connection_is_in_step() -> None:
    """in -> a -> b -> o and a -> o: one relay of `a` makes up for the step that `b` takes."""
    random = np.random.default_rng(3)
    neurons = {"a": cuba(12, 0.5, 0.75, 1.0), "b": cuba(12, 0.5, 0.75, 1.0), "o": cuba(4, 0.5, 0.75, 1.0)}
    links = [
        ("in", "a", random.normal(0.1, 0.3, (12, 8))),
        ("a", "b", random.normal(0.1, 0.3, (12, 12))),
        ("a", "o", np.eye(4, 12)),
        ("b", "o", random.normal(0.0, 0.3, (4, 12))),
    ]
    net = network(8, neurons, links, "o")
    quantized = assemble(timed(net), AUDIO3, Choices())
    assert [p.name for p in quantized.network.populations] == ["a", "relay@1:a", "b", "o"]
    events = poisson(100, 4, 8, 0.15, 5)
    wanted = float_run(net, events, {"a": 31, "b": 31, "o": 1}, ["a", "b", "o"])
    _, spikes = chip_run(quantized, events)
    assert wanted["o"].mean() > 0.02
    assert spikes_alike(wanted["o"], spikes["o"]).f1 > 0.95


@pytest.mark.parametrize("beta", [0.5, 0.75, 0.875, 0.9375])
def test_a_membrane_without_synapse_is_one(beta: float) -> None:
    """The decay of the membrane fits a dash, so only weights and decays round: F1 as of a network with synapses."""
    random = np.random.default_rng(2)
    net = network(
        8,
        {"h": cuba(16, None, beta, 1.0), "o": cuba(4, None, beta, 1.0)},
        [("in", "h", random.normal(0.2, 0.4, (16, 8))), ("h", "o", random.normal(0.2, 0.4, (4, 16)))],
        "o",
    )
    events = poisson(100, 4, 8, 0.15, 7)
    wanted = float_run(net, events, {"h": 31, "o": 1}, ["h", "o"])
    quantized = assemble(timed(net), AUDIO3, Choices())
    _, spikes = chip_run(quantized, events)
    assert wanted["o"].mean() > 0.02
    assert spikes_alike(wanted["h"], spikes["h"]).f1 > 0.97
    assert spikes_alike(wanted["o"], spikes["o"]).f1 > 0.9


def test_what_is_taken_back_leaves_nothing_in_the_synapse() -> None:
    """A step after the last spike the synapse is empty."""
    net = network(3, {"h": cuba(5, None, 0.75, 20.0), "o": cuba(1, 0.5, 0.75, 1.0)},
                  [("in", "h", np.random.default_rng(0).normal(0, 1, (5, 3))), ("h", "o", np.ones((1, 5)))],
                  "o")  # fmt: skip
    events = np.zeros((8, 1, 3), dtype=np.uint8)
    events[:3] = np.random.default_rng(1).integers(0, 3, (3, 1, 3))
    events[2] = [[2, 0, 1]]
    quantized = assemble(timed(net), AUDIO3, Choices())
    run, _ = chip_run(quantized, events)
    h = [p.name for p in quantized.network.populations].index("h")
    first = sum(p.size for p in quantized.network.populations[:h])
    assert np.abs(run.states["i_syn"][3:, 0, first : first + 5]).max() == 0
    assert np.abs(run.states["i_syn"][2, 0, first : first + 5]).max() > 100


def test_output_neurons_repeat_what_an_output_and_the_chip_read() -> None:
    """A recurrent last layer: its neurons are hidden, and copies of them are the outputs."""
    random = np.random.default_rng(4)
    links = [
        ("in", "r", random.normal(0.2, 0.5, (6, 5))),
        ("r", "r", random.normal(0.0, 0.2, (6, 6)), 1),
    ]
    net = network(5, {"r": cuba(6, 0.5, 0.75, 1.0)}, links, "r")
    quantized = assemble(timed(net), AUDIO3, Choices())
    assert [p.name for p in quantized.network.populations] == ["r", "relay@1:r", "copy:r"]
    assert quantized.network.outputs == {"out": ("r",)}
    assert quantized.network.copied == {"r": "copy:r"}
    assert quantized.network.max_lag_steps == 1
    events = poisson(100, 4, 5, 0.2, 5)
    _, spikes = chip_run(quantized, events)
    assert spikes["r"].max() > 1
    np.testing.assert_array_equal(spikes["copy:r"], np.minimum(spikes["r"], 1))
    wanted = float_run(net, events, {"r": 31}, ["r"])
    assert spikes_alike(wanted["r"], spikes["r"]).f1 > 0.9
