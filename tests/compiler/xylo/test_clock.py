"""Constants through synapses: they start when the network says, and ramp up as the network's do."""

from __future__ import annotations

import numpy as np
import pytest
from spikec.compiler.backends.xylo.lower import CLOCK
from spikec.compiler.backends.xylo.quantize import quantize
from spikec.compiler.backends.xylo.rounded_up import rounded_up
from spikec.compiler.ir.network import Network
from spikec.sim.compare import spikes_alike

from .nets import AUDIO3, chip_run, cuba, float_run, network, poisson, timed, with_biases


def biased(alpha: float | None, beta: float, spread: float) -> Network:
    """Three layers, each with a constant through the synapse from step 0 on, one more from step 4 on."""
    random = np.random.default_rng(3)
    sizes = {"in": 16, "a": 32, "b": 24, "o": 8}
    pairs = [("in", "a"), ("a", "b"), ("b", "o")]
    links = [(pre, post, random.normal(0.05, 0.25, (sizes[post], sizes[pre]))) for pre, post in pairs]
    net = network(16, {n: cuba(sizes[n], alpha, beta, 1.0) for n in "abo"}, links, "o")
    constants = {n: {0: random.normal(0, spread, sizes[n])} for n in "abo"}
    constants["b"][4] = random.normal(0, spread, sizes["b"])
    return with_biases(net, constants)


@pytest.mark.parametrize(
    ("alpha", "beta", "least"), [(0.5, 0.75, 0.9), (0.75, 0.875, 0.9), (None, 0.75, 0.8)]
)
def test_spikes_under_constants(alpha: float | None, beta: float, least: float) -> None:
    net = biased(alpha, beta, 0.15)
    quantized = quantize(timed(net), AUDIO3)
    clock = quantized.network.population(CLOCK)
    assert clock.role == "bias"
    events = poisson(60, 8, 16, 0.1, 2)
    wanted = float_run(net, events, {"a": 31, "b": 31, "o": 1}, ["a", "b", "o"])
    _, spikes = chip_run(quantized, events)
    assert (spikes[CLOCK] == 1).all()
    for name in ("a", "b", "o"):
        assert spikes_alike(wanted[name], spikes[name]).f1 > least, name


@pytest.mark.parametrize("alpha", [0.5, 0.75])
def test_membranes_rise_as_the_networks(alpha: float) -> None:
    """No spikes at all: every membrane, from the first step on, to the rounding of one step in each decay."""
    random = np.random.default_rng(1)
    net = network(
        2,
        {"h": cuba(6, alpha, 0.75, 50.0), "o": cuba(3, alpha, 0.75, 50.0)},
        [("in", "h", np.ones((6, 2))), ("h", "o", np.ones((3, 6)))],
        "o",
    )
    net = with_biases(net, {"h": {0: random.uniform(0, 1.5, 6)}, "o": {0: random.uniform(0, 1.5, 3)}})
    quantized = quantize(timed(net), AUDIO3)
    run, _ = chip_run(quantized, np.zeros((30, 1, 2), dtype=np.uint8))
    first = 0
    for p in quantized.network.populations:
        if p.role == "original":
            constant = next(q.bias for q in net.into(p.name) if q.bias)[0]
            t = np.arange(30)
            current = (1 - alpha ** (t + 1)) / (1 - alpha)
            wanted = np.array([(0.75 ** np.arange(k + 1)[::-1] * current[: k + 1]).sum() for k in t])
            found = run.states["v_mem"][p.lag_steps :, 0, first : first + p.size] / p.scales["v_mem"].units
            gap = np.abs(found[:29] - wanted[:29, None] * constant)
            assert gap.max() < 0.02 * wanted.max() * constant.max()
        first += p.size


def test_no_clock_without_need() -> None:
    net = network(
        2,
        {"h": cuba(6, 0.5, 0.75, 1.0, bias=0.1), "o": cuba(3, 0.5, 0.75, 1.0)},
        [("in", "h", np.ones((6, 2))), ("h", "o", np.ones((3, 6)))],
        "o",
    )
    assert [p.name for p in quantize(timed(net), AUDIO3).network.populations] == ["h", "o"]


def test_the_clock_gives_way_where_it_does_not_fit() -> None:
    """128 hidden neurons are all that may reach outputs."""
    random = np.random.default_rng(3)
    links = [("in", "h", random.normal(0.1, 0.2, (128, 8))), ("h", "o", random.normal(0.02, 0.1, (4, 128)))]
    net = network(8, {"h": cuba(128, 0.5, 0.75, 1.0), "o": cuba(4, 0.5, 0.75, 1.0)}, links, "o")
    constants = {"h": {0: random.normal(0, 0.05, 128)}, "o": {0: random.normal(0, 0.05, 4)}}
    net = with_biases(net, constants)
    quantized = quantize(timed(net), AUDIO3)
    assert [p.name for p in quantized.network.populations] == ["h", "o"]
    h = quantized.network.population("h")
    taken = rounded_up(quantized.decays["h"], quantized.lowered.into("h"), h.params["threshold"])
    wanted_bias = 2 * constants["h"][0] * quantized.units("h", 128)
    np.testing.assert_allclose(h.params["bias"] + taken, wanted_bias, atol=0.51)
    events = poisson(60, 8, 8, 0.1, 2)
    wanted = float_run(net, events, {"h": 31, "o": 1}, ["h", "o"])
    assert spikes_alike(wanted["h"], chip_run(quantized, events)[1]["h"]).f1 > 0.85
