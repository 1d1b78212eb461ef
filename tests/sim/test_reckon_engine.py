"""Cores drawn at random: both engines against plain integers, in one part and in several; the bound of sums."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from spikec.sim.engines.choice import Span
from spikec.sim.engines.ordered import simulate_ordered, start_ordered
from spikec.sim.engines.ordered_run import ACCUMULATOR_SATURATIONS
from spikec.targets.reckon import neuron
from spikec.targets.reckon.configuration import machine
from spikec.targets.reckon.spike_codes import carried, code_of, told

from ..effort import thinned
from .reckon_networks import core
from .reckon_oracle import run as by_hand

ENGINES = ("numpy", "events")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", thinned(list(range(24)), 6))
def test_against_plain_integers(seed: int, engine: str) -> None:
    rng = np.random.default_rng(seed)
    c = core(
        rng,
        inputs=int(rng.integers(1, 9)),
        recurrent=int(rng.integers(1, 9)),
        outputs=int(rng.integers(1, 12)),
        heavy=seed % 2 == 0,
        loaded=seed % 3 == 0,
    )
    events = (rng.random((30, 1, c.inputs)) < 0.4).astype(np.uint8)
    run = simulate_ordered(machine(c), neuron, events, states=True, engine=engine)
    wanted = by_hand(c, events[:, 0])
    np.testing.assert_array_equal(run.spikes[:, 0], wanted["spikes"])
    for name in ("u", "v"):
        np.testing.assert_array_equal(run.states[name][:, 0], wanted[name])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("ticks", [1, 3])
def test_steps_of_several_ticks_and_runs_in_parts(ticks: int, engine: str) -> None:
    """A step of k ticks is k steps of the core, of which each row has its events in one."""
    rng = np.random.default_rng(ticks)
    c = core(rng, ticks=ticks)
    made = machine(c)
    events = (rng.random((12, 2, c.inputs)) < 0.5).astype(np.uint8)
    whole = simulate_ordered(made, neuron, events, states=True, engine=engine)
    for b in range(2):
        in_ticks = np.zeros((12 * ticks, c.inputs), dtype=np.uint8)
        for row in range(c.inputs):
            in_ticks[int(c.tick[row]) :: ticks, row] = events[:, b, row]
        wanted = by_hand(replace(c, ticks=1), in_ticks)
        counts = wanted["spikes"].reshape(12, ticks, -1).sum(axis=1)
        np.testing.assert_array_equal(whole.spikes[:, b], counts)
        np.testing.assert_array_equal(whole.states["u"][:, b], wanted["u"][ticks - 1 :: ticks])
    span = Span(steps=12, batch=2, at_once=5)
    advance = start_ordered(made, neuron, span, states=True, engine=engine)
    parts = [advance(events[at : at + 5]) for at in (0, 5, 10)]
    np.testing.assert_array_equal(np.concatenate([part.spikes for part in parts]), whole.spikes)
    np.testing.assert_array_equal(np.concatenate([p.states["v"] for p in parts]), whole.states["v"])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**63 - 1))
def test_what_is_proven_never_saturates(seed: int) -> None:
    """Steady full inputs and every threshold: no membrane goes past the bound, and some come close to it."""
    rng = np.random.default_rng(seed)
    c = core(rng, inputs=3, recurrent=4, outputs=2)
    made = machine(c)
    flat = made.synapses.flat()
    up, down = np.zeros(made.n_neurons), np.zeros(made.n_neurons)
    np.add.at(up, flat.post, np.maximum(flat.weight, 0))
    np.add.at(down, flat.post, np.maximum(-flat.weight.astype(np.int64), 0))
    highest, lowest = neuron.reach(made.params, up[:, None], down[:, None])
    events = (rng.random((1, 4, c.inputs)) < 0.7).repeat(300, axis=0).astype(np.uint8)
    run = simulate_ordered(made, neuron, events, states=True, fast=False)
    u = run.states["u"].astype(np.int64)
    inside = (highest[:, 0] <= neuron.HIGH) & (lowest[:, 0] <= -neuron.LOW)
    assert (u.max(axis=(0, 1)) <= highest[:, 0])[inside].all()
    assert (-u.min(axis=(0, 1)) <= lowest[:, 0])[inside].all()
    assert not run.counters[ACCUMULATOR_SATURATIONS][inside].any()


def test_the_bound_is_not_far_from_what_happens() -> None:
    """A steady stream below the threshold comes to what the bound says, but for the rounding."""
    one = np.ones(1, dtype=np.int64)
    params = {
        "alpha": 30000 * one,
        "fraction_bits": 15 * one,
        "threshold": 32767 * one,
        "max_spikes": 0 * one,
    }
    params |= {"to_zero": 0 * one, "swept": one}
    step = neuron.arithmetic(np).step
    p = np.stack([params[name] for name in neuron.PARAMETERS])
    v = np.zeros((2, 1), dtype=np.int64)
    for _ in range(400):
        v[0] += 500
        top = int(v[0, 0])
        v = np.stack(step(p, v, np.zeros(1, dtype=np.int64))[0])
    (highest,), (lowest,) = (end[0] for end in neuron.reach(params, np.array([[500]]), np.array([[0]])))
    assert top <= highest <= top + 20
    assert 0 <= lowest <= 20


def test_other_engines_are_refused() -> None:
    made = machine(core(np.random.default_rng(0)))
    events = np.zeros((2, 1, made.n_inputs), dtype=np.uint8)
    with pytest.raises(ValueError, match="has no engine jax"):
        simulate_ordered(made, neuron, events, engine="jax")
    twice = replace(made, turn=np.zeros(made.n_neurons + made.n_inputs, dtype=np.int64))
    with pytest.raises(ValueError, match="have one turn"):
        simulate_ordered(twice, neuron, events)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**63 - 1))
def test_codes_are_told_from_what_is_sent(seed: int) -> None:
    """Spikes of eight neurons through one read-out, for long, whatever came before."""
    rng = np.random.default_rng(seed)
    spikes = (rng.random((500, 8)) < rng.random()).astype(np.int64)
    weights = code_of(np.arange(8))
    o, sent = 0, []
    for row in spikes:
        o += int(row @ weights) << 1
        assert neuron.LOW <= o <= neuron.HIGH
        o = (o * 64) >> 7
        sent.append(o)
    np.testing.assert_array_equal(told(np.array(sent)), spikes)


def test_weights_that_are_no_code_carry_no_spikes() -> None:
    codes = np.array([[1, 1, 3], [-128, 1, 0], [4, 0, 0]], dtype=np.int8)
    bits, neurons = carried(codes, 64, 1)
    assert [b.tolist() for b in bits] == [[0, 2, 7], [], []]
    assert [n.tolist() for n in neurons] == [[0, 2, 1], [], []]
    assert not any(b.size for b in carried(codes, 128, 0)[0])
