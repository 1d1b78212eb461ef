"""The Xylo neuron on arrays of numpy and of jax, and on scalars, against the scalar oracle."""

from __future__ import annotations

from operator import floordiv
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from spikec.targets.xylo import neuron

from ..sim.xylo_oracle import Cell, Neuron, decay, int16, update

WORD = st.integers(-32768, 32767)
DASH = st.integers(0, 15)
EDGES = np.array([-32768, -32767, -1, 0, 1, 32766, 32767])


def test_decay_of_every_state() -> None:
    values = np.arange(-32768, 32768)[:, None]
    found = neuron.arithmetic(np).decay(values, np.arange(16))
    for dash in range(16):
        assert found[:, dash].tolist() == [decay(value, dash) for value in range(-32768, 32768)]


def test_every_shifted_weight() -> None:
    for shift in range(8):
        found = neuron.shifted_weight(np, np.arange(-128, 128), shift)
        assert found.tolist() == [int16(weight << shift) for weight in range(-128, 128)]


@st.composite
def neurons(draw: st.DrawFn) -> tuple[Neuron, Cell]:
    most = draw(st.sampled_from([1, 31]))
    n = Neuron(
        (draw(DASH), draw(DASH)), draw(DASH), draw(WORD), draw(st.integers(1, 32767) | st.just(1)), most
    )
    return n, Cell([draw(WORD), draw(WORD)], draw(WORD), draw(st.integers(0, most)))


def expected(cases: list[tuple[Neuron, Cell]], *, decay_first: bool) -> np.ndarray:
    """(states and spikes, cases) of the oracle; changes the cells."""
    for n, cell in cases:
        update(cell, n, decay_first=decay_first)
    return np.array([[*cell.i, cell.v, cell.spikes] for _, cell in cases]).T


def arrays(cases: list[tuple[Neuron, Cell]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    p = [[*n.dash, n.dash_mem, n.bias, n.threshold, n.most] for n, _ in cases]
    s = [[*cell.i, cell.v] for _, cell in cases]
    return np.array(p).T, np.array(s).T, np.array([cell.spikes for _, cell in cases])


@pytest.mark.parametrize("xp", [np, jnp], ids=["numpy", "jax"])
@settings(max_examples=100, deadline=None)
@given(cases=st.lists(neurons(), min_size=8, max_size=8), decay_first=st.booleans())
def test_step_equals_the_oracle(xp: Any, cases: list[tuple[Neuron, Cell]], decay_first: bool) -> None:
    if decay_first:
        cases = [(n._replace(bias=0), cell) for n, cell in cases]
    given_ = [xp.asarray(values.astype(np.int32)) for values in arrays(cases)]
    with jax.numpy_dtype_promotion("strict"):
        states, spikes, _ = neuron.arithmetic(xp, decay_first=decay_first).step(*given_)
    found = np.stack([*(np.asarray(state) for state in states), np.asarray(spikes)])
    np.testing.assert_array_equal(found, expected(cases, decay_first=decay_first))


def test_step_at_the_edges_of_16_bits() -> None:
    """All combinations of extreme states, dashes and biases, on numpy and on scalars."""
    grid = np.meshgrid(EDGES, EDGES, EDGES, [0, 1, 15], EDGES, [1, 2, 32767], indexing="ij")
    i, i2, v, dash, bias, threshold = (axis.ravel() for axis in grid)
    p = np.stack([dash, dash, dash, bias, threshold, np.full_like(v, 31)])
    states, spikes, noted = neuron.arithmetic(np).step(p, np.stack([i, i2, v]), np.zeros_like(v))
    scalar = neuron.arithmetic(SimpleNamespace(minimum=min, maximum=max, floor_divide=floordiv)).step
    for k in range(0, v.size, 11):
        n = Neuron((int(dash[k]), int(dash[k])), int(dash[k]), int(bias[k]), int(threshold[k]))
        cell = Cell([int(i[k]), int(i2[k])], int(v[k]))
        after, count, flags = scalar([int(x) for x in p[:, k]], [*cell.i, cell.v], 0)
        update(cell, n)
        assert [*after, count] == [*cell.i, cell.v, cell.spikes]
        assert [*(int(x[k]) for x in states), int(spikes[k])] == [*after, count]
        assert [bool(x[k]) for x in noted] == list(flags)
