"""Neurons of tinyODIN and ODIN over all their states, against their rules written out."""

from __future__ import annotations

import numpy as np
from spikec.targets.odin import neuron as odin
from spikec.targets.odin.tinyodin import neuron as tinyodin


def test_tinyodin_over_all_states() -> None:
    add, leak, finish = tinyodin.arithmetic(np)
    v = np.arange(-2048, 2048)
    for weight in range(-8, 8):
        np.testing.assert_array_equal(add(v, weight), np.clip(v + weight, -2048, 2047))
    for amount in (0, 1, 5, 127):
        expected = np.where(v < 0, np.minimum(v + amount, 0), np.maximum(v - amount, 0))
        np.testing.assert_array_equal(leak(v, amount), expected)
    for threshold in (0, 1, 30, 2047, 2048, 4095):
        kept, fires = finish(v, threshold)
        np.testing.assert_array_equal(fires, (v >= 0) & (v >= threshold))
        np.testing.assert_array_equal(kept, np.where(fires, 0, v))
    assert not finish(v, 2048)[1].any()
    assert finish(np.array([0]), 0)[1].all()


def test_odin_over_all_states() -> None:
    add, leak, finish = odin.arithmetic(np)
    v = np.arange(256)
    for weight in range(-7, 8):
        np.testing.assert_array_equal(add(v, weight), np.clip(v + weight, 0, 255))
    for amount in (0, 1, 127):
        np.testing.assert_array_equal(leak(v, amount), np.maximum(v - amount, 0))
    assert finish(v, 0)[1].all()
    np.testing.assert_array_equal(finish(v, 255)[1], v == 255)
    params = {"leak": np.array([5, 5]), "leak_enable": np.array([0, 1])}
    assert odin.leak_amount(params).tolist() == [0, 5]


def test_calcium() -> None:
    rule = odin.learning(np)
    for level in range(8):
        for fires in (0, 1):
            for leaks, period, count in ((0, 3, 2), (1, 0, 5), (1, 3, 2), (1, 3, 1), (1, 3, 31)):
                due = leaks and period and count == period - 1
                after = 0 if due else (count + 1) % 32 if leaks and period else count
                change = (1 if fires and not due else 0) - (1 if due and not fires else 0)
                found = rule.calcium(level, count, fires, leaks, 1, period)
                assert found == (min(max(level + change, 0), 7), after)
                assert rule.calcium(level, count, fires, leaks, 0, period) == (level, count)


def test_direction_and_weights() -> None:
    rule = odin.learning(np)
    for level in range(8):
        up = rule.direction(20, level, 1, 20, 2, 4, 6)
        down = rule.direction(19, level, 1, 20, 2, 4, 6)
        assert up == (1 if 2 <= level < 6 else 0)
        assert down == (-1 if 2 <= level < 4 else 0)
        assert rule.direction(20, level, 0, 20, 2, 4, 6) == 0
    assert [rule.learn(w, 1) for w in range(8)] == [1, 2, 3, 4, 5, 6, 7, 7]
    assert [rule.learn(w, -1) for w in range(8)] == [0, 0, 1, 2, 3, 4, 5, 6]
    assert [rule.settle(w) for w in range(8)] == [0, 0, 1, 2, 5, 6, 7, 7]
