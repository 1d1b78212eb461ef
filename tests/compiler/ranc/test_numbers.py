"""Bases of weights, and the numbers that are chosen for a neuron."""

from __future__ import annotations

import numpy as np
import pytest
from spikec.compiler.backends.ranc.axon_type_weights import BASES, Basis, basis_for, weights_of
from spikec.compiler.backends.ranc.scale import Limits, fit

NINE = (-256, 255)
LIMITS = Limits(potential=NINE, threshold=NINE, weight=NINE, leak=NINE)


@pytest.mark.parametrize("basis", BASES, ids=lambda b: f"{b.bits} bits")
def test_every_code_is_the_sum_that_its_mask_says(basis: Basis) -> None:
    codes = np.arange(basis.low, basis.high + 1)
    values = np.tile(7 * np.array(basis.values), (codes.size, 1))
    np.testing.assert_array_equal(weights_of(basis.masks(codes), values), 7 * codes)
    assert len(np.unique(basis.masks(codes))) == codes.size


@pytest.mark.parametrize(
    ("fan_in", "bits", "found"),
    [(1, 8, 4), (64, 8, 4), (65, 8, 3), (85, 4, 3), (86, 4, 2), (128, 8, 2), (900, 8, 2), (9, 3, 3), (9, 1, 2)],
)  # fmt: skip
def test_as_many_bits_as_the_axons_allow(fan_in: int, bits: int, found: int) -> None:
    assert basis_for(fan_in, 256, bits).bits == found


@pytest.mark.parametrize("basis", BASES, ids=lambda b: f"{b.bits} bits")
@pytest.mark.parametrize("subtracts", [False, True])
def test_weights_on_the_grid_are_exact(basis: Basis, subtracts: bool) -> None:
    """Every code times a step of 1/8 threshold, and a bias of 3/8."""
    weights = np.arange(basis.low, basis.high + 1) / 8
    found = fit(weights, 0.375, basis, LIMITS, subtracts=subtracts)
    np.testing.assert_array_equal(found.codes * found.gain / found.threshold, weights)
    assert found.leak / found.threshold == 0.375
    assert found.beyond == 0


@pytest.mark.parametrize("seed", range(20))
def test_numbers_are_within_their_limits_and_near_what_is_wanted(seed: int) -> None:
    random = np.random.default_rng(seed)
    basis = BASES[seed % 3]
    weights = random.normal(0, random.uniform(0.01, 2), random.integers(1, 60))
    bias = float(random.normal(0, 0.2))
    found = fit(weights, bias, basis, LIMITS, subtracts=bool(seed % 2))
    assert 1 <= found.threshold <= 255
    values = found.gain * np.array(basis.values)
    assert -256 <= values.min() <= values.max() <= 255
    assert basis.low <= found.codes.min(initial=0) <= found.codes.max(initial=0) <= basis.high
    step = found.gain / found.threshold
    near = (weights > (basis.low - 0.5) * step) & (weights < (basis.high + 0.5) * step)
    assert (np.abs(found.codes * step - weights)[near] <= step / 2 + 1e-12).all()
    assert abs(found.leak / found.threshold - bias) <= 0.5 / found.threshold + 1e-12


def test_a_neuron_without_sources_has_the_bias_as_well_as_may_be() -> None:
    found = fit(np.zeros(0), 0.3, BASES[0], LIMITS, subtracts=True)
    assert abs(found.leak / found.threshold - 0.3) < 0.01


def test_potentials_keep_room_above_and_below() -> None:
    """64 weights of half a threshold: a busy step stays in the range."""
    weights = np.tile([0.5, -0.5], 32)
    found = fit(weights, 0.0, BASES[0], LIMITS, subtracts=True)
    assert found.beyond == 0
    assert found.down <= 256
    assert found.gain == 1 or found.threshold <= 60
