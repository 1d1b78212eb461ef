"""The numbers of SpiNNaker 1 against Python's own, which have no end: products, exponentials, constants, one tick."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from spikec.sim.engines.summed.manner import OTHER
from spikec.sim.engines.summed.neuron_loop import Neurons, can_launch
from spikec.targets.spinnaker1 import neuron
from spikec.targets.spinnaker1.constants import synapse
from spikec.targets.spinnaker1.exponential import LEAST, exp_s1615, exp_u032
from spikec.targets.spinnaker1.machine import LOADED, with_constants

from ..effort import EXAMPLES
from ..sim.spinnaker_oracle import tick, word

WORD = st.integers(-(1 << 31), (1 << 31) - 1)
HALF = 1 << 16


def one(value: int) -> np.ndarray:
    return np.array([value], dtype=np.int64).astype(np.int32)


@settings(max_examples=10 * EXAMPLES, deadline=None)
@given(x=WORD, d=st.integers(0, (1 << 32) - 1))
def test_high_word(x: int, d: int) -> None:
    found = neuron.high_word(one(x), one(d >> 16), one(d % HALF))
    assert found.tolist() == [x * d >> 32]


@settings(max_examples=10 * EXAMPLES, deadline=None)
@given(x=WORD, y=WORD)
def test_product(x: int, y: int) -> None:
    found, lost = neuron.product(one(x), one(y >> 16), one(y % HALF))
    assert found.tolist() == [word(x * y >> 15)]
    assert bool(lost[0]) == (word(x * y >> 15) != x * y >> 15)


@settings(max_examples=10 * EXAMPLES, deadline=None)
@given(x=WORD, share=st.integers(0, 1 << 15))
def test_kept(x: int, share: int) -> None:
    assert neuron.kept(one(x), one(share)).tolist() == [x * share >> 15]


def test_exponentials_are_as_exact_as_their_bits() -> None:
    x = -np.concatenate([np.arange(1, 40000, 7), np.arange(40000, -LEAST, 997)])
    exact = np.exp(x / 32768)
    assert (exp_s1615(x) - np.floor(exact * 32768)).min() >= -1
    np.testing.assert_allclose(exp_s1615(x), exact * 32768, atol=1.05)
    np.testing.assert_allclose(exp_u032(x) / 2**32, exact, rtol=1e-5, atol=2e-6)
    assert exp_s1615(np.array([0, LEAST - 1, -(1 << 30)])).tolist() == [32768, 0, 0]


def test_exponentials_of_positive_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="0 or less"):
        exp_s1615(np.array([-3, 1]))


def test_a_synapse_takes_in_what_keeps_its_charge() -> None:
    """tau (1 - decay), so that a jump adds up to the same charge whatever the time constant."""
    for tau in (0.5, 1.0, 5.0, 100.0):
        decay, taken = synapse(np.array([round(tau * 32768)]), np.array([32768]))
        kept = math.exp(-1 / tau)
        np.testing.assert_allclose(decay[0] / 2**32, kept, atol=3e-5)
        np.testing.assert_allclose(taken[0] / 2**32, tau * (1 - kept), rtol=3e-3)


def test_synapses_at_both_ends_are_as_the_binary_has_them() -> None:
    """Recorded from IF_curr_exp.aplx: an exponential that is 0, and one that is 1.0, of which no bit is left."""
    for tau in (1, 50, 500, 3151):
        decay, taken = synapse(np.array([tau]), np.array([32768]))
        assert (decay[0], taken[0]) == (0, tau * 0xFFFFFFFF >> 15)
    for tau in ((1 << 30) + 1, (1 << 31) - 1):
        decay, taken = synapse(np.array([tau]), np.array([32768]))
        assert (decay[0], taken[0]) == (0, (tau * 0xFFFFFFFF >> 15) & 0xFFFFFFFF)
    assert synapse(np.array([1 << 30]), np.array([32768]))[0][0] > 0


@settings(max_examples=EXAMPLES, deadline=None)
@given(seed=st.integers(0, 1 << 20))
def test_ticks_are_those_of_whole_numbers(seed: int) -> None:
    """Neurons over the whole range of what can be loaded, those that overflow among them."""
    random = np.random.default_rng(seed)
    n = 40

    def wide() -> np.ndarray:
        return (random.integers(-(1 << 31), 1 << 31, n) >> random.integers(0, 31, n)).astype(np.int64)

    def time() -> np.ndarray:
        return (np.abs(wide()) >> 4) + 40

    names = ("v_init", "v_rest", "i_offset", "v_reset", "v_thresh", "input_exc", "input_inh")
    loaded = {name: wide() for name in names} | {
        "c_m": time(), "tau_m": time(), "tau_exc": time() % (1 << 26) + 4000, "tau_inh": time() % (1 << 26) + 4000,
        "t_refract": np.abs(wide()) >> 8, "refract_timer": random.integers(-2, 4, n),
        "time_step": np.full(n, 32768), "jumps": random.integers(0, 2, n),
        "shift_exc": random.integers(0, 16, n), "shift_inh": random.integers(0, 16, n),
    }  # fmt: skip
    full = with_constants(loaded)
    small = {name: values.astype(np.int32) for name, values in full.items()}
    parameters = neuron.parameters(small)
    state = neuron.initial(np, small, (n,))
    names = ("v_init", "input_exc", "input_inh", "refract_timer")
    mine = [[int(full[name][k]) for name in names] for k in range(n)]
    fired = 0
    for _ in range(12):
        arrived = (
            random.integers(0, 1 << 17, n).astype(np.int32),
            random.integers(0, 1 << 17, n).astype(np.int32),
        )
        state, spikes, _ = neuron.step(np, parameters, state, arrived)
        for k in range(n):
            one = {name: int(values[k]) for name, values in full.items()}
            mine[k], wanted = tick(one, mine[k], (int(arrived[0][k]), int(arrived[1][k])))
            assert [int(row[k]) for row in (state.v, state.e, state.h, state.hold)] == mine[k]
            assert bool(spikes[k]) == wanted
            fired += wanted
    assert fired


def test_it_can_be_launched_on_a_gpu() -> None:
    names = (*LOADED, *(name for name in with_constants(dict.fromkeys(LOADED, np.full(1, 32768)))))
    kind = Neurons(arithmetic=neuron, names=neuron.STATES, manner=OTHER._replace(launch="compiled"))
    assert can_launch(kind, tuple(sorted({*names})), 2)
