"""From float networks to integers: exact where the chip can be, within measured distance where it cannot."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from spikec.compiler.backends.xylo.assemble import Choices, assemble
from spikec.compiler.backends.xylo.capacity import findings
from spikec.compiler.backends.xylo.codes import nearest_in_sum
from spikec.compiler.backends.xylo.decays import choose_decays, dash, kept_by
from spikec.compiler.backends.xylo.quantize import quantize
from spikec.compiler.backends.xylo.ranges import Ranges
from spikec.compiler.backends.xylo.rounded_up import rounded_up
from spikec.compiler.ir.network import Network
from spikec.sim.compare import membranes_alike, spikes_alike
from spikec.sim.diagnostic import DiagnosticError

from .nets import AUDIO3, chip_run, cuba, float_run, network, poisson, timed

RANDOM = np.random.default_rng(0)


def layers(
    alpha: float | None, beta: float, *, mean: float = 0.05, into: int = 16, hidden: int = 32, out: int = 8
) -> Network:
    random = np.random.default_rng(1)
    links = [
        ("in", "h", random.normal(mean, 0.3, (hidden, into))),
        ("h", "o", random.normal(mean, 0.3, (out, hidden))),
    ]
    neurons = {"h": cuba(hidden, alpha, beta, 1.0), "o": cuba(out, alpha, beta, 1.0)}
    return network(into, neurons, links, "o")


def test_the_nearest_dash_is_that_of_the_decay_not_of_the_time_constant() -> None:
    kept = np.array([0.0, 0.28, 0.3, 0.5, 0.62, 0.75, 0.9, 0.99, 1.0])
    np.testing.assert_array_equal(dash(kept, AUDIO3, least=0), [0, 0, 1, 1, 1, 2, 3, 7, 15])
    np.testing.assert_array_equal(dash(kept, AUDIO3, least=1), [1, 1, 1, 1, 1, 2, 3, 7, 15])
    np.testing.assert_allclose(kept_by(np.array([1, 2, 15])), [0.5, 0.75, 1 - 2.0**-15])


@pytest.mark.parametrize("code", [(1, 2), (2, 3), (3, 5)])
def test_decays_that_fit_keep_the_charge(code: tuple[int, int]) -> None:
    """The chip decays what arrives before the membrane sees it: weights get 1 / alpha for that."""
    alpha, beta = (float(kept_by(np.array([k]))[0]) for k in code)
    found = choose_decays(cuba(3, alpha, beta, 1.0), AUDIO3)
    np.testing.assert_allclose(found.charge, 1 / alpha)
    np.testing.assert_allclose(found.gain, 1.0)
    np.testing.assert_allclose(found.bias, 1.0)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 2**31), st.integers(1, 60))
def test_rounded_weights_keep_the_sum_of_a_neuron(seed: int, fan_in: int) -> None:
    random = np.random.default_rng(seed)
    wanted = random.uniform(-120, 120, (5, fan_in))
    rows = np.repeat(np.arange(5), fan_in)
    codes = nearest_in_sum(wanted.ravel(), rows, (-127, 127)).reshape(wanted.shape)
    assert np.abs(codes - wanted).max() <= 1.0
    nearest = np.abs((wanted - np.rint(wanted)).sum(axis=1))
    kept = np.abs((wanted - codes).sum(axis=1))
    assert (kept <= np.maximum(0.5 + 1e-9, nearest - 0.5)).all() or (kept <= nearest).all()


def whole(alpha: float | None, beta: float) -> Network:
    """Whole weights, thresholds between whole numbers."""
    random = np.random.default_rng(5)
    links = [
        ("in", "h", random.integers(-3, 8, (10, 6)) * 1.0),
        ("h", "o", random.integers(-3, 8, (4, 10)) * 1.0),
    ]
    return network(6, {"h": cuba(10, alpha, beta, 7.5), "o": cuba(4, alpha, beta, 9.5)}, links, "o")


def test_sums_on_the_grid_are_exact() -> None:
    """A neuron without memory, of whole weights: every count of spikes is the float one, several a step included."""
    net = whole(None, 0.0)
    events = poisson(60, 4, 6, 0.3, 3)
    wanted = float_run(net, events, {"h": 31, "o": 1}, ["h", "o"])
    room = Choices(ranges={name: Ranges(300.0, 0.0) for name in ("h", "o")})
    run, spikes = chip_run(assemble(timed(net), AUDIO3, room), events)
    assert wanted["h"].max() == 2
    assert wanted["o"].sum() > 50
    for name in ("h", "o"):
        np.testing.assert_array_equal(wanted[name], spikes[name])
    assert not run.counters["accumulator_saturations"].any()


def test_decays_of_powers_of_two_lose_only_their_rounding() -> None:
    net = whole(0.5, 0.5)
    events = poisson(60, 4, 6, 0.1, 3)
    wanted = float_run(net, events, {"h": 31, "o": 1}, ["h", "o"])
    _, spikes = chip_run(assemble(timed(net), AUDIO3, Choices()), events)
    assert wanted["h"].sum() > 200
    assert spikes_alike(wanted["h"], spikes["h"]).f1 > 0.995
    assert spikes_alike(wanted["o"], spikes["o"]).f1 > 0.98


@pytest.mark.parametrize(
    ("alpha", "beta", "least"),
    [
        (0.5, 0.75, (0.97, 0.9)),  # both fit a dash
        (0.3, 0.6, (0.8, 0.6)),  # none does
        (None, 0.75, (0.97, 0.9)),  # no synapse: relays
        (None, 0.9, (0.8, 0.6)),
        (None, 1.0, (0.9, 0.7)),  # integrate and fire
    ],
)
def test_spikes_of_hidden_and_output_neurons(
    alpha: float | None, beta: float, least: tuple[float, float]
) -> None:
    net = layers(alpha, beta)
    events = poisson(100, 8, 16, 0.1, 2)
    wanted = float_run(net, events, {"h": 31, "o": 1}, ["h", "o"])
    quantized = quantize(timed(net), AUDIO3)
    assert findings(quantized.network, AUDIO3) == []
    _, spikes = chip_run(quantized, events)
    for name, bound in zip(("h", "o"), least, strict=True):
        assert wanted[name].mean() > 0.01
        assert spikes_alike(wanted[name], spikes[name]).f1 > bound, name


@pytest.mark.parametrize(("alpha", "beta"), [(0.82, 0.9), (0.6, 0.9), (0.3, 0.6), (None, 0.9)])
def test_rasters_do_no_harm(alpha: float | None, beta: float) -> None:
    """Searched on some samples, measured on others: within 2 points of the rule, or better."""
    net = layers(alpha, beta)
    seen, other = poisson(100, 8, 16, 0.1, 1), poisson(100, 8, 16, 0.1, 2)
    most, sweep = {"h": 31, "o": 1}, ["h", "o"]
    wanted = float_run(net, other, most, sweep)
    rule = quantize(timed(net), AUDIO3)
    searched = quantize(timed(net), AUDIO3, float_run(net, seen, most, sweep))
    f1 = [spikes_alike(wanted["o"], chip_run(q, other)[1]["o"]).f1 for q in (rule, searched)]
    assert f1[1] > f1[0] - 0.02
    again = quantize(timed(net), AUDIO3, float_run(net, seen, most, sweep))
    for a, b in zip(searched.network.projections, again.network.projections, strict=True):
        np.testing.assert_array_equal(a.code, b.code)


def test_a_recurrent_network_keeps_its_loop_of_one_step() -> None:
    random = np.random.default_rng(1)
    links = [
        ("in", "h", random.normal(0.05, 0.3, (32, 16))),
        ("h", "h", random.normal(0, 0.05, (32, 32)), 1),
        ("h", "o", random.normal(0.05, 0.3, (8, 32))),
    ]
    net = network(16, {"h": cuba(32, 0.5, 0.75, 1.0), "o": cuba(8, 0.5, 0.75, 1.0)}, links, "o")
    quantized = quantize(timed(net), AUDIO3)
    assert [p.role for p in quantized.network.populations] == ["original", "original"]
    events = poisson(60, 8, 16, 0.08, 2)
    wanted = float_run(net, events, {"h": 31, "o": 1}, ["h", "o"])
    _, spikes = chip_run(quantized, events)
    assert spikes_alike(wanted["h"], spikes["h"]).f1 > 0.85
    assert spikes_alike(wanted["o"], spikes["o"]).f1 > 0.85


@pytest.mark.parametrize("alpha", [0.75, None])
def test_membranes_of_a_read_out(alpha: float | None) -> None:
    """LI and CubaLI: no threshold that a membrane could reach, states in the float network's units."""
    random = np.random.default_rng(1)
    links = [
        ("in", "h", random.normal(0.05, 0.3, (32, 16))),
        ("h", "o", random.normal(0.0, 0.3, (8, 32))),
    ]
    net = network(16, {"h": cuba(32, 0.5, 0.75, 1.0), "o": cuba(8, alpha, 0.875, None)}, links, "o")
    quantized = quantize(timed(net), AUDIO3)
    population = quantized.network.population("o")
    assert not population.spiking
    assert (population.params["threshold"] == AUDIO3.ranges.threshold[1]).all()
    events = poisson(100, 8, 16, 0.1, 2)
    wanted = float_run(net, events, {"h": 31, "o": 1}, ["h", "o"])
    run, spikes = chip_run(quantized, events)
    assert not spikes["o"].any()
    assert not run.counters["membrane_saturations"].any()
    read = run.states["v_mem"][population.lag_steps :, :, -8:] / population.scales["v_mem"].units
    alike = membranes_alike(wanted["o"][: len(read)], read[: len(wanted["o"])])
    assert alike.rms is not None
    assert alike.rms < 0.2


def test_a_neuron_that_never_resets_integrates_in_its_synapse() -> None:
    """LI before a Threshold, as outputs: one spike in every step above it."""
    random = np.random.default_rng(1)
    links = [
        ("in", "h", random.normal(0.05, 0.3, (32, 16))),
        ("h", "o", random.normal(0.05, 0.3, (8, 32))),
    ]
    for beta in (0.0, 0.75):
        o = cuba(8, None, beta, 1.0, reset="none", at_threshold=False)
        net = network(16, {"h": cuba(32, 0.5, 0.75, 1.0), "o": o}, links, "o")
        quantized = quantize(timed(net), AUDIO3)
        assert (quantized.network.population("o").params["dash_mem"] == 0).all()
        events = poisson(100, 8, 16, 0.1, 2)
        wanted = float_run(net, events, {"h": 31, "o": 1}, ["h", "o"])
        assert 0.01 < wanted["o"].mean() < 0.9
        assert spikes_alike(wanted["o"], chip_run(quantized, events)[1]["o"]).f1 > 0.93


@pytest.mark.parametrize(("alpha", "bias"), [(0.5, 0.05), (None, 0.1)])
def test_constants_of_membranes(alpha: float | None, bias: float) -> None:
    random = np.random.default_rng(1)
    net = network(
        16,
        {"h": cuba(32, alpha, 0.75, 1.0, bias=bias), "o": cuba(8, 0.5, 0.75, 1.0)},
        [("in", "h", random.normal(0.05, 0.2, (32, 16))), ("h", "o", random.normal(0.05, 0.3, (8, 32)))],
        "o",
    )
    quantized = quantize(timed(net), AUDIO3)
    h = quantized.network.population("h")
    decay, steps = quantized.decays["h"], quantized.units("h", 32)
    taken = rounded_up(decay, quantized.lowered.into("h"), h.params["threshold"]) if alpha is not None else 0
    np.testing.assert_allclose(h.params["bias"] + taken, bias * steps, atol=0.51)
    events = poisson(100, 8, 16, 0.1, 2)
    wanted = float_run(net, events, {"h": 31, "o": 1}, ["h", "o"])
    assert spikes_alike(wanted["h"], chip_run(quantized, events)[1]["h"]).f1 > 0.95


def test_membranes_cannot_cross_the_chip_and_two_states_need_a_reset() -> None:
    links = [("in", "a", np.ones((2, 2))), ("a", "b", np.ones((2, 2)))]
    for a, code in ((cuba(2, 0.5, 0.5, None), "SPK1004"), (cuba(2, 0.5, 0.5, 1.0, reset="none"), "SPK1021")):
        net = network(2, {"a": a, "b": cuba(2, 0.5, 0.5, 1.0)}, links, "b")
        with pytest.raises(DiagnosticError) as caught:
            quantize(timed(net), AUDIO3)
        assert [d.code for d in caught.value.diagnostics] == [code]


def test_a_synapse_that_may_saturate_is_told() -> None:
    net = network(16, {"o": cuba(4, 0.9, 0.9, 1.0)}, [("in", "o", np.ones((4, 16)))], "o")
    found = quantize(timed(net), AUDIO3).diagnostics
    assert [d.code for d in found] == ["SPK1022"]
    assert "limit 32767" in found[0].message


def test_roundings_are_recorded() -> None:
    quantized = quantize(timed(layers(0.6, 0.9)), AUDIO3)
    found = {(r.place, r.what): r for r in quantized.roundings}
    assert found["h", "synapse decay"].worst == pytest.approx(0.1)
    assert found["h", "membrane decay"].worst == pytest.approx(0.025)
    assert 0 < found["in -> h", "weight"].worst < 0.02
    assert ("o", "threshold") in found


def test_without_room_for_relays_a_spike_acts_over_a_few_steps_by_consent() -> None:
    """120 hidden neurons and 16 relays of inputs are more than the 128 that inputs reach."""
    random = np.random.default_rng(1)
    links = [
        ("in", "h", random.normal(0.05, 0.3, (120, 16))),
        ("h", "o", random.normal(0.03, 0.2, (8, 120))),
    ]
    net = network(16, {"h": cuba(120, None, 0.75, 1.0), "o": cuba(8, 0.5, 0.75, 1.0)}, links, "o")
    with pytest.raises(DiagnosticError) as caught:
        quantize(timed(net), AUDIO3, consent=False)
    assert [d.code for d in caught.value.diagnostics] == ["SPK1020"]
    quantized = quantize(timed(net), AUDIO3)
    assert quantized.decays["h"].kind == "short"
    assert [p.name for p in quantized.network.populations] == ["h", "o"]
    assert findings(quantized.network, AUDIO3) == []
    events = poisson(100, 8, 16, 0.1, 2)
    wanted = float_run(net, events, {"h": 31, "o": 1}, ["h", "o"])
    assert spikes_alike(wanted["h"], chip_run(quantized, events)[1]["h"]).f1 > 0.3


def test_what_does_not_fit_either_way_is_told_of_the_network_alone() -> None:
    net = layers(None, 0.75, into=64)
    quantized = quantize(timed(net), AUDIO3, consent=False)
    assert [d.message for d in findings(quantized.network, AUDIO3)] == ["too many inputs: 64 > 16"]
