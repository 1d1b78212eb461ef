"""How float networks become SpiNNaker 1's integers: time constants, weights, late biases, first membranes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from spikec.compiler.backends.spinnaker1.decays import membrane_times, synapse_times
from spikec.compiler.backends.spinnaker1.quantize import Quantized
from spikec.compiler.backends.spinnaker1.unplaced import expand
from spikec.compiler.ir.network import Network
from spikec.compiler.ir.quantized import Rounding
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.engines.synapse_list import Run, simulate
from spikec.targets.machines.synapse_list import Machine
from spikec.targets.spinnaker1 import neuron as arithmetic
from spikec.targets.spinnaker1.constants import derived
from spikec.targets.spinnaker1.machine import LOADED

from .nets import board, chain, lif, network, quantized, with_biases

TARGET = board()


def run(found: Quantized, spikes: np.ndarray, more: int) -> tuple[Machine, Run]:
    """spikes: (T, n) of the input `in`; always-on inputs are driven; so many steps more."""
    machine, symbols = expand(found.network)
    events = np.zeros((len(spikes) + more, 1, machine.n_inputs), dtype=np.uint8)
    for port in symbols.inputs:
        place = slice(port.first, port.first + port.size)
        if port.constant:
            events[port.onset_step :, 0, place] = 1
        else:
            events[: len(spikes), 0, place] = spikes
    return machine, simulate(machine, arithmetic, TARGET.latency, events, states=True, engine="numpy")


def membranes(found: Quantized, name: str, states: np.ndarray) -> np.ndarray:
    """(T, n) of a population, in the network's unit and its own steps."""
    p = found.network.population(name)
    first = sum(q.size for q in found.network.populations if q.name < name)
    return states[p.lag_steps :, 0, first : first + p.size] / p.scales["v"].units


def test_membranes_keep_what_is_wanted_to_15_bits() -> None:
    kept = np.concatenate([np.random.default_rng(0).random(500), 1 - np.logspace(-1, -4, 50)])
    tau, realised = membrane_times(kept)
    assert np.abs(realised - kept).max() <= 1.5 / 32768
    registers = {name: np.full(tau.size, 32768) for name in LOADED} | {
        "tau_m": tau,
        "jumps": np.ones(tau.size),
    }
    np.testing.assert_array_equal(derived(registers)["exp_tc"] / 32768, realised)


def test_synapses_keep_what_is_wanted() -> None:
    kept = np.concatenate([np.random.default_rng(0).random(500), 1 - np.logspace(-1, -4, 50)])
    _, realised = synapse_times(kept)
    assert np.abs(realised - kept).max() < 3e-5


def test_neither_forgets_nothing() -> None:
    """What keeps all of itself takes no input."""
    for times, most in ((membrane_times, 32766 / 32768), (synapse_times, 1 - 2.0**-15)):
        tau, realised = times(np.array([0.0, 1.0]))
        assert realised[0] == 0
        np.testing.assert_allclose(realised[1], most, atol=2e-6)
        assert (tau > 0).all()


def test_weights_are_as_fine_as_a_buffer_of_16_bits_lets_them_be() -> None:
    _, found = quantized(chain([30, 12, 5]))
    for name in ("p0", "p1"):
        scale = found.scales[name]
        assert scale.proven
        codes = np.zeros((2, found.network.population(name).size), dtype=np.int64)
        for p in found.network.projections:
            if p.post == name:
                np.add.at(codes, ((p.code < 0).astype(int), p.rows), np.abs(p.code))
        assert 60000 < codes.max() <= 65535
        rounded = _rounding(found, name)
        assert rounded.worst <= 0.51 / scale.weight_units


def _rounding(found: Quantized, name: str) -> Rounding:
    return next(r for r in found.network.roundings if r.place.endswith(f"-> {name}") and r.what == "weight")


@pytest.mark.parametrize("bias", [0.07, -0.04])
def test_a_bias_begins_with_the_first_step_of_its_population(bias: float) -> None:
    """Behind a layer that takes a step, and from a membrane of its own: as in float, to the last bits."""
    net = network(
        3,
        {"a": lif(2), "b": lif(4, bias=bias, start=0.3)},
        [("in", "a", np.ones((2, 3))), ("a", "b", np.array([[0.1, -0.2]] * 4))],
        "b",
    )
    _, found = quantized(net)
    assert found.network.population("b").lag_steps == 2
    spikes = np.zeros((9, 3), dtype=np.uint8)
    machine, ran = run(found, spikes, 2)
    v, expected = 0.3, []
    for _ in range(9):
        v = 0.9 * v + bias
        expected.append(v)
    np.testing.assert_allclose(membranes(found, "b", ran.states["v"])[:, 0], expected, atol=2e-4)
    assert not ran.spikes.any()
    assert set(machine.params["refract_timer"].tolist()) == {0, 2}


def test_constants_that_begin_later_come_from_a_source_that_always_spikes() -> None:
    net = with_biases(
        network(2, {"a": lif(3)}, [("in", "a", np.eye(3, 2))], "a"), {"a": {4: np.full(3, 0.05)}}
    )
    _, found = quantized(net)
    _, ran = run(found, np.zeros((10, 2), dtype=np.uint8), 1)
    v = membranes(found, "a", ran.states["v"])[:, 0]
    assert not v[:4].any()
    expected = 0.05 * np.cumsum(0.9 ** np.arange(6))
    np.testing.assert_allclose(v[4:10], expected, rtol=1e-3)


def test_spikes_and_membranes_follow_the_float_network() -> None:
    weight = np.random.default_rng(1).normal(0.2, 0.4, (6, 10))
    net = network(10, {"a": lif(6, 0.8, refractory=2)}, [("in", "a", weight)], "a")
    _, found = quantized(net)
    spikes = (np.random.default_rng(2).random((60, 10)) < 0.4).astype(np.uint8)
    _, ran = run(found, spikes, 1)
    v, hold, fired, states = np.zeros(6), np.zeros(6), [], []
    for given in spikes:
        v = np.where(hold > 0, v, 0.8 * v + weight @ given)
        hold = np.maximum(hold - 1, 0)
        z = v >= 1
        v, hold = np.where(z, 0, v), np.where(z, 2, hold)
        fired.append(z)
        states.append(v)
    lag = found.network.population("a").lag_steps
    np.testing.assert_array_equal(ran.spikes[lag:, 0], fired)
    np.testing.assert_allclose(membranes(found, "a", ran.states["v"]), states, atol=1e-3)
    assert np.sum(fired) > 40


def test_the_longest_delay_is_16_ticks() -> None:
    def delayed(steps: int) -> Network:
        links = [("in", "a", np.eye(3)), ("a", "b", np.eye(3), steps), ("a", "b", np.eye(3), 0)]
        return network(3, {"a": lif(3), "b": lif(3)}, links, "b")

    _, found = quantized(delayed(15))
    assert max(int(p.delay.max()) for p in found.network.projections) == 15
    with pytest.raises(DiagnosticError, match="SPK1003"):
        quantized(delayed(16))


def test_membranes_between_populations_are_refused() -> None:
    read_out = replace(lif(3), theta=None, reset="none")
    net = network(3, {"a": read_out, "b": lif(3)}, [("in", "a", np.eye(3)), ("a", "b", np.eye(3))], "b")
    with pytest.raises(DiagnosticError, match="SPK1004"):
        quantized(net)


@pytest.mark.parametrize("steps", [65_535, 65_536])
def test_a_rest_that_no_register_says_is_refused(steps: int) -> None:
    net = network(10, {"a": lif(6, 0.8, refractory=steps)}, [("in", "a", np.ones((6, 10)))], "a")
    if steps == 65_535:
        (population,) = quantized(net)[1].network.populations
        assert (population.params["t_refract"] == steps << 15).all()
        return
    with pytest.raises(DiagnosticError) as caught:
        quantized(net)
    (found,) = caught.value.diagnostics
    assert (found.code, found.where) == ("SPK1004", "/node/nodes/a")
    assert "65,536 steps after a spike, of at most 65,535" in found.message
