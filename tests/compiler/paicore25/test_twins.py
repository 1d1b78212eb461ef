"""Neurons whose decays differ within a layer: twins, held against plain float networks and against nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from spikec.compiler.backends.interface import backend_of
from spikec.compiler.backends.paicore25.quantize import quantize
from spikec.compiler.backends.paicore25.twins import pair_of
from spikec.compiler.ir.network import Network
from spikec.compiler.timed.on_chip_clock import on_chip_clock
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.engines.choice import whole

from .nets import CHIP, Made, made, network, neuron

STEPS, BATCH = 100, 4
SIZES = (40, 60, 20)


def drawn(seed: int, **more: Any) -> Network:
    """Two layers of random weights and decays."""
    random = np.random.default_rng(seed)
    first = random.normal(0.06, 0.25, (SIZES[1], SIZES[0]))
    second = random.normal(0.05, 0.25, (SIZES[2], SIZES[1]))
    neurons = {
        name: ((n,), neuron(n, random.uniform(0.6, 0.97, n), **more))
        for name, n in zip("ab", SIZES[1:], strict=True)
    }
    return network(
        {"in": (SIZES[0],)}, neurons, [("in", "a", {0: first}, ()), ("a", "b", {0: second}, ())], ["b"]
    )


def in_float(found: Network, events: np.ndarray) -> np.ndarray:
    """(T, B, 20) spikes of the second layer, by the network's own equations."""
    spikes = events.astype(np.float64)
    for name, pre in (("a", "in"), ("b", "a")):
        one = found.populations[name].neuron
        weights = next(p.taps[0] for p in found.projections if (p.pre, p.post) == (pre, name)).toarray()
        theta, rows = one.theta, []
        assert theta is not None
        v = np.zeros((BATCH, theta.size)) + (0.0 if one.v_start is None else one.v_start)
        for t in range(STEPS):
            v = one.beta * v + spikes[t] @ weights.T + one.bias
            fired = v >= theta
            taken = theta / one.beta if one.reset_after_decay else theta
            v = np.where(fired, v - taken if one.reset == "subtract" else 0.0, v)
            rows.append(fired.astype(np.float64))
        spikes = np.array(rows)
    return spikes


def of_words(found: Made, events: np.ndarray) -> np.ndarray:
    """The same, of the words."""
    symbols = found.emitted.symbols
    told = np.zeros((STEPS, BATCH, sum(p.size for p in symbols.inputs)), dtype=np.uint8)
    for port in symbols.inputs:
        place = slice(port.first, port.first + port.size)
        if port.constant:
            told[port.onset_step : port.onset_step + 1 if port.once else None, :, place] = 1
        else:
            told[:, :, place] = events
    backend: Any = backend_of(found.target)
    machine = backend.machine(found.target, found.loaded)
    run = backend.start(machine, found.target, whole(told), states=False)(told)
    (last,) = (p for p in symbols.populations if p.name == "b")
    assert last.lag_steps == 0
    return run.spikes[:, :, last.machine_index]


@pytest.mark.parametrize(
    ("more", "least"),
    [
        ({}, 0.93),
        ({"bias": 0.03, "v_start": True}, 0.93),
        ({"reset": "subtract"}, 0.92),
        ({"reset": "subtract", "reset_after_decay": True}, 0.88),
    ],
)
def test_layers_of_random_decays_spike_as_in_float(more: dict[str, Any], least: float) -> None:
    """What one shift a neuron comes to is 0.75 to 0.85."""
    both = several = 0.0
    for seed in range(3):
        start = {"v_start": np.full(1, 0.3)} if more.get("v_start") else {}
        net = drawn(seed, **(more | start))
        found = made(net)
        assert found.quantized.chip_steps == 1
        assert [stage.role for stage in found.quantized.stages["a"]] == ["twin", "original"]
        events = (np.random.default_rng(100 + seed).random((STEPS, BATCH, SIZES[0])) < 0.2).astype(np.uint8)
        should, did = in_float(net, events), of_words(found, events)
        assert 0.02 < should.mean() < 0.9
        both += 2 * float(np.minimum(should, did).sum())
        several += float(should.sum() + did.sum())
    assert both / several > least


def test_what_is_left_of_a_spike_is_right_in_the_second_order() -> None:
    """By a plain loop over the membrane and its twin, without thresholds."""
    wanted = np.linspace(0.3, 0.995, 60)
    pair = pair_of(wanted, resting=True, keeping=True)
    membrane, twin = np.zeros(60), np.zeros(60)
    worst, alone = np.zeros(60), np.zeros(60)
    for n in range(64):
        now = float(n == 0)
        twin = pair.twin.kept * twin + pair.share * now
        membrane = pair.membrane.kept * membrane + (1.0 - pair.share) * now + twin
        worst = np.maximum(worst, np.abs(membrane - wanted**n))
        alone = np.maximum(alone, np.abs(pair.membrane.kept**n - wanted**n))
    np.testing.assert_allclose(worst, pair.off, atol=1e-12)
    assert worst.max() < 0.045
    assert np.median(alone / worst) > 5


def test_decays_that_shifts_make_have_no_share_of_a_twin() -> None:
    wanted = np.array([0.5, 0.75, 0.9, 1.0])
    pair = pair_of(wanted, resting=False, keeping=False)
    np.testing.assert_array_equal(pair.share[[0, 1, 3]], 0.0)
    assert pair.share[2] != 0.0
    np.testing.assert_array_equal(pair.membrane.kept[[0, 1, 3]], wanted[[0, 1, 3]])


def test_one_decay_a_layer_takes_chip_steps_and_loops_take_no_twins() -> None:
    alike = network(
        {"in": (4,)}, {"a": ((3,), neuron(3, 0.9))}, [("in", "a", {0: np.ones((3, 4))}, ())], ["a"]
    )
    assert [stage.role for stage in made(alike).quantized.stages["a"]] == ["original"]
    assert made(alike).quantized.chip_steps > 1
    unlike = neuron(3, np.array([0.93, 0.8, 0.66]))
    loop = network(
        {"in": (4,)},
        {"a": ((3,), unlike)},
        [("in", "a", {0: np.ones((3, 4))}, ()), ("a", "a", {1: 0.1 * np.ones((3, 3))}, ())],
        ["a"],
    )
    assert [stage.role for stage in made(loop).quantized.stages["a"]] == ["original"]


def test_consent_is_asked_for_by_number() -> None:
    timed = on_chip_clock(drawn(0), CHIP)
    with pytest.raises(DiagnosticError) as refused:
        quantize(timed, CHIP, weight_bits=8, wide=False, consent=False, tuning=None)
    (told,) = refused.value.diagnostics
    assert told.code == "SPK1020"
    assert "two shifts" in str(told)
