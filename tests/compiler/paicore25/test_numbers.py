"""Shifts, chip steps, levels and widths, against what they should do in plain numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from spikec.compiler.backends.interface import backend_of
from spikec.compiler.backends.paicore25.decays import NEAR, NEAR_WIDE, fewest_chip_steps, nearest_decays
from spikec.compiler.backends.paicore25.neuron_rows import neuron_rows
from spikec.compiler.backends.paicore25.quantize import Quantized, quantize
from spikec.compiler.backends.paicore25.scale import WeightForm
from spikec.compiler.ir.network import Network
from spikec.compiler.ir.timed_network import TimedNetwork
from spikec.compiler.timed.on_chip_clock import on_chip_clock
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.engines.choice import whole

from .nets import CHIP, made, network, neuron


def test_shares_that_shifts_make_are_exact() -> None:
    wanted = np.array([1.0, 0.0, 0.5, 0.75, 0.875, 1 - 2.0**-9, 0.25])
    found = nearest_decays(wanted, 1)
    np.testing.assert_array_equal(found.kept, wanted)
    np.testing.assert_array_equal(found.tau, [0, 0, -1, -2, -3, -9, -2])


@pytest.mark.parametrize(
    ("beta", "near", "steps"),
    [
        (0.5, NEAR, 1),
        (0.9, NEAR, 7),
        (0.8, NEAR, 7),
        (0.95, NEAR, 3),
        (0.9, NEAR_WIDE, 27),
        (0.95, NEAR_WIDE, 13),
    ],
)
def test_the_fewest_chip_steps(beta: float, near: float, steps: int) -> None:
    """Of 0.9: 0.875, 0.8789, 0.9091, ..., 0.8956 with 1, 2, 3, ..., 7."""
    assert fewest_chip_steps([np.array([beta])], near, 32) == steps
    kept = max((1 - 2.0**-k) ** steps for k in range(1, 32) if (1 - 2.0**-k) ** steps <= beta + near)
    assert abs(nearest_decays(np.array([beta]), steps).kept[0] - beta) <= min(near, abs(kept - beta) + 1e-12)


def layer(beta: float, **more: Any) -> Network:
    weights = np.array([[0.5, -0.3], [0.2, 0.9]])
    return network(
        {"in": (2,)}, {"a": ((2,), neuron(2, beta, **more))}, [("in", "a", {0: weights}, ())], ["a"]
    )


def quantized(net: Network, *, wide: bool = False, consent: bool = True) -> tuple[TimedNetwork, Quantized]:
    timed = on_chip_clock(net, CHIP)
    return timed, quantize(timed, CHIP, weight_bits=8, wide=wide, consent=consent, tuning=None)


def test_decays_that_no_shift_makes_are_asked_for() -> None:
    with pytest.raises(DiagnosticError, match="SPK1020"):
        quantized(layer(0.9, alpha=np.full(2, 0.8), v_min=np.full(2, -0.5)), consent=False)
    quantized(layer(0.9, alpha=np.full(2, 0.8), bias=0.1), consent=False)
    quantized(layer(0.9), consent=False)
    quantized(layer(0.9, alpha=np.full(2, 0.8)), consent=False)


def test_a_threshold_behind_the_decay_is_a_level() -> None:
    """thr_pos times what a step keeps is the threshold, and it fires at thr_pos less the level."""
    _, found = quantized(layer(0.75, reset="subtract", reset_after_decay=True))
    params, units = found.network.population("a").params, found.units["a"]
    np.testing.assert_allclose(0.75 * params["thr_pos"], units, atol=0.5)
    level = params["init_v"]
    np.testing.assert_allclose(params["thr_pos"] - level, units, atol=0.5)
    np.testing.assert_array_equal(params["reset_v"], level - 2)
    _, before = quantized(layer(0.75, reset="subtract"))
    np.testing.assert_array_equal(before.network.population("a").params["init_v"], 0)


def test_weights_twice_as_wide() -> None:
    """high * 256 + low is the nearest integer, and neither part leaves 8 bits."""
    form = WeightForm(bits=8, wide=True)
    assert form.largest == 127 * 256 + 127
    _, found = quantized(layer(0.5), wide=True)
    parts = {p.post: p for p in found.network.projections if p.pre == "in"}
    total = np.zeros((2, 2))
    for name, worth in (("high@0:a", 256), ("low@0:a", 1)):
        p = parts[name]
        assert -128 <= p.code.min() <= p.code.max() <= 127
        total[p.rows, p.cols] += worth * p.code
    wanted = np.array([[0.5, -0.3], [0.2, 0.9]]) * found.units["a"][:, None]
    np.testing.assert_array_equal(total, np.rint(wanted))


def test_rows_say_what_other_chip_steps_would_give() -> None:
    timed, found = quantized(layer(0.9))
    (row,) = [row for row in neuron_rows(timed, found) if row.feature == "decay of the membrane"]
    assert row.wanted == "keeps 0.9 to 0.9 a step"
    assert row.done.startswith("keeps 0.8956 to 0.8956: 1 - 2**-k in each of 7 chip")
    assert "0.00028 with 27" in row.effect
    timed, found = quantized(layer(0.5))
    assert not [row for row in neuron_rows(timed, found) if row.status != "exact"]


def test_a_loop_that_is_too_short_is_narrow_or_late() -> None:
    """A current and a membrane are two chip steps; weights of two widths another."""
    weights, back = np.full((2, 2), 0.4), np.eye(2) * 0.3
    one = network(
        {"in": (2,)},
        {"a": ((2,), neuron(2, 0.5))},
        [("in", "a", {0: weights}, ()), ("a", "a", {1: back}, ())],
        ["a"],
    )
    _, found = quantized(one, wide=True)
    assert found.loops.narrow == {"a"}
    assert not found.loops.extra
    cuba = network(
        {"in": (2,)},
        {"a": ((2,), neuron(2, 0.5, alpha=np.full(2, 0.5)))},
        [("in", "a", {0: weights}, ()), ("a", "a", {1: back}, ())],
        ["a"],
    )
    timed, found = quantized(cuba)
    assert found.loops.extra == {("a", "a"): 1}
    assert [d.code for d in found.diagnostics] == ["SPK1005"]
    assert [row.where for row in neuron_rows(timed, found) if row.feature == "loop"] == ["a -> a"]


def test_a_first_membrane_beyond_12_bits_comes_from_the_host() -> None:
    """Threshold 1 is 40 times the weight, so that the start is many integers."""
    net = network(
        {"in": (2,)},
        {"a": ((2,), neuron(2, 1.0, theta=40.0, v_start=np.full(2, 30.0)))},
        [("in", "a", {0: np.array([[0.997, 0.31], [0.4, 0.87]])}, ())],
        ["a"],
    )
    found = made(net).quantized
    assert found.network.population("a").params["init_v"].max() == 2047
    assert [port.name for port in found.network.inputs if port.constant] == ["bias@0", "bias@1"]


@pytest.mark.parametrize("beta", [0.9, 1.0])
def test_a_neuron_fires_once_a_step_of_several_chip_steps(beta: float) -> None:
    """An input of 1.7 thresholds a step: in float a spike in every step from the first on, and never two."""
    leaky = neuron(2, 0.9)
    net = network(
        {"in": (1,)},
        {"a": ((1,), neuron(1, beta, reset="subtract")), "b": ((2,), leaky)},
        [("in", "a", {0: np.array([[1.7]])}, ()), ("a", "b", {0: np.array([[0.001], [0.0011]])}, ())],
        ["a", "b"],
    )
    found = made(net)
    assert found.quantized.chip_steps == 7
    backend: Any = backend_of(CHIP)
    machine = backend.machine(CHIP, found.loaded)
    ports = found.emitted.symbols.inputs
    events = np.zeros((4, 1, sum(port.size for port in ports)), dtype=np.uint8)
    for port in ports:
        events[port.onset_step :, :, port.first : port.first + port.size] = 1
    run = backend.start(machine, CHIP, whole(events), states=True)(events)
    index = {p.name: p.machine_index for p in found.emitted.symbols.populations}
    assert run.spikes[:, 0, index["a"]].ravel().tolist() == [1, 1, 1, 1]
    arrived = np.diff(run.states["v"][:, 0, index["b"]], axis=0)
    weight = next(p for p in found.quantized.network.projections if p.pre == "a").code
    assert (np.abs(arrived) <= weight).all(), "the next layer got one spike in each step"
