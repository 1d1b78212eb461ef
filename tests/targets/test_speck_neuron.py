"""The Speck neuron on arrays of numpy and of jax, and on scalars, against subtraction one spike at a time."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from spikec.targets.speck import neuron

NAMES = ("single_spike", "reset_to_zero", "saturate")
VARIANTS = [dict(zip(NAMES, values, strict=True)) for values in product([False, True], repeat=3)]
SCALARS = SimpleNamespace(minimum=min, maximum=max, floor_divide=int.__floordiv__)


def expected(
    v: int, drive: int, threshold: int, low: int, *, single_spike: bool, reset_to_zero: bool, saturate: bool
) -> tuple[int, int, bool]:
    held = v + drive
    outside = held > 32767 or held < -32768
    if saturate:
        held = sorted((-32768, held, 32767))[1]
    spikes = 0
    while held >= threshold and not (single_spike and spikes):
        held -= threshold
        spikes += 1
    if spikes and reset_to_zero:
        held = 0
    return (low if held < low else held), spikes, outside


STATES = st.integers(-40_000, 40_000) | st.sampled_from([-32769, -32768, -1, 0, 1, 32767, 32768])
CASES = st.tuples(
    STATES, STATES, st.integers(1, 32767) | st.just(1) | st.just(32767), st.integers(-32768, 32767)
)


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: "-".join(k for k in v if v[k]) or "plain")
@settings(max_examples=15, deadline=None)
@given(st.lists(CASES, min_size=1, max_size=8))
def test_arrays_and_scalars_agree(variant: dict[str, bool], cases: list[tuple[int, int, int, int]]) -> None:
    wanted = [expected(*case, **variant) for case in cases]
    assert [neuron.arithmetic(SCALARS, **variant)(*case) for case in cases] == wanted
    columns = np.array(cases, dtype=np.int32).T
    assert rows(neuron.arithmetic(np, **variant)(*columns)) == wanted
    with jax.numpy_dtype_promotion("strict"):
        found = neuron.arithmetic(jnp, **variant)(*(jnp.asarray(column) for column in columns))
    assert rows(found) == wanted


def rows(found: tuple[Any, ...]) -> list[tuple[int, int, bool]]:
    return list(zip(*(np.asarray(values).tolist() for values in found), strict=True))
