"""The vendor's estimate of clock cycles, against the formula with rates written out."""

from __future__ import annotations

import numpy as np
from spikec.targets.xylo.timing import cycles, most_cycles

from ..shipped import revision
from .test_xylo_limits import empty


def test_counts_in_the_place_of_rates() -> None:
    model = revision("xylo_audio2").cycle_model
    assert model is not None
    c = empty(inputs=3, hidden=8, outputs=2, ien=5, oen=4)
    rng = np.random.default_rng(5)
    c.weights_rec[:] = rng.random((8, 8, 1)) < 0.4
    events, spikes = rng.integers(0, 4, (50, 3)), rng.integers(0, 3, (50, 10))
    spikes[:, :8] = spikes[:, :1]  # the formula takes every hidden neuron to be as active as the mean
    p_in, p_hid = events.mean(), spikes[:, :8].mean()
    fan_out = float(c.weights_rec.any(axis=2).sum(axis=1).mean())
    formula = (
        3 * (p_in * 5 * 3.5 + 1)
        + 8 * (fan_out * 7 * p_hid + 3)
        + 4 * p_hid * (1 + 8 * 2)
        + 8 * (19 + 7)
        + 12 * 2
    )
    assert abs(cycles(c, model, events, spikes).mean() - formula) < 1e-6


def test_nothing_takes_more_than_the_most() -> None:
    model = revision("xylo_audio2").cycle_model
    assert model is not None
    c = empty(inputs=2, hidden=3, outputs=1, ien=3, oen=2)
    c.weights_rec[0, 1:] = 1
    all_at_once = cycles(c, model, np.full(2, 15), np.full(4, 31))
    assert most_cycles(c, model) == all_at_once > cycles(c, model, np.full(2, 15), np.full(4, 30))


def test_what_is_not_published_is_not_made_up() -> None:
    assert revision("xylo_audio3").cycle_model is None
    assert revision("xylo_imu").cycle_model is None
