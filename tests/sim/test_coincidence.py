"""Spikes that are a step early or late, rates, and intervals of counts."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, strategies as st
from spikec.sim.coincidence import f1_within, one_step_off, rate_distance, wilson
from spikec.sim.compare import spikes_alike


def most_pairs(a: list[int], b: list[int], steps: int) -> int:
    """By trying every order of pairing: the most pairs of steps that lie no further apart."""
    few, many = sorted((a, b), key=len)
    orders = itertools.permutations(many, len(few))
    return max(sum(abs(x - y) <= steps for x, y in zip(few, order, strict=True)) for order in orders)


TIMES = st.lists(st.integers(0, 7), max_size=5)


@given(TIMES, TIMES, st.integers(0, 3))
def test_as_many_pairs_as_there_can_be(a: list[int], b: list[int], steps: int) -> None:
    rasters = [np.bincount(times, minlength=8).reshape(8, 1, 1) for times in (a, b)]
    found = f1_within(rasters[0], rasters[1], steps)
    if not a and not b:
        assert found is None
    else:
        assert found == pytest.approx(2 * most_pairs(a, b, steps) / (len(a) + len(b)))


def test_neurons_and_samples_are_apart() -> None:
    a, b = np.random.default_rng(0).integers(0, 3, (2, 20, 3, 5))
    assert f1_within(a, b, 0) == pytest.approx(spikes_alike(a, b).f1)
    one = np.zeros((4, 2, 2))
    other = one.copy()
    one[1, 0, 0] = other[2, 1, 0] = 1
    assert f1_within(one, other, 2) == 0.0


def test_all_spikes_a_step_late() -> None:
    a = np.random.default_rng(1).integers(0, 2, (30, 2, 4))
    a[-1] = 0
    assert f1_within(a, np.roll(a, 1, axis=0), 1) == 1.0


def test_which_way_spikes_are_off() -> None:
    """Three are missed: one comes late, one early, one never."""
    a, b = np.zeros((9, 1, 2)), np.zeros((9, 1, 2))
    a[[1, 4], 0, 0] = b[[2, 3], 0, 0] = 1
    a[8, 0, 1] = 1
    a[6, 0, 1] = b[6, 0, 1] = 1
    assert one_step_off(a, b) == pytest.approx((1 / 3, 1 / 3))
    assert one_step_off(a, a) is None
    late = np.zeros((9, 1, 2))
    late[1:] = a[:-1]
    assert one_step_off(a[:-1], late[:-1]) == (1.0, 0.0)


def test_rates() -> None:
    """Which neuron has a rate does not matter, how many have it does."""
    a = np.zeros((10, 1, 3))
    a[:5, 0, 0] = 1
    b = np.zeros((10, 1, 3))
    b[:5, 0, 2] = 1
    assert rate_distance(a, b) == 0.0
    b[:, 0, 1] = 1
    assert rate_distance(a, b) == pytest.approx((0 + 0.5 + 0.5) / 3)
    assert rate_distance(a[:0], b[:0]) == 0.0


@pytest.mark.parametrize(
    ("right", "of", "low", "high"),
    [(183, 200, 0.8682, 0.9463), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (1, 2, 0.0945, 0.9055)],
)
def test_interval(right: int, of: int, low: float, high: float) -> None:
    """Values of Wilson's score interval, by hand."""
    assert wilson(right, of) == pytest.approx((low, high), abs=2e-4)
