"""Sources that are alike share an axon, axons that differ by a shift a row: nothing lost, nothing stored twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from . import axon_rows as module
from .axon_rows import axon_rows


def random_synapses(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A few kernels at random shifts, some sources alike; sorted as `axon_rows` wants them."""
    random = np.random.default_rng(seed)
    kernels = [np.unique(random.integers(0, 12, random.integers(1, 5))) for _ in range(3)]
    columns: list[tuple[int, int, int, int]] = []
    for source in random.choice(60, random.integers(1, 40), replace=False).tolist():
        kernel = int(random.integers(3))
        shift = int(random.integers(0, 4)) * 100
        columns += [(source, int(o) + shift, 2 * int(o) + 2 * kernel - 9, kernel) for o in kernels[kernel]]
    table = np.array(sorted(columns), dtype=np.int64)
    return table[:, 0], table[:, 1], table[:, 2], table[:, 3]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 2**31), st.sampled_from([0, 7, 255]))
def test_against_plain_dictionaries(seed: int, max_base: int) -> None:
    source, compartment, mantissa, delay = random_synapses(seed)
    rows = axon_rows(source, compartment, mantissa, delay, max_base)
    synapses: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for s, c, m, d in zip(
        source.tolist(), compartment.tolist(), mantissa.tolist(), delay.tolist(), strict=True
    ):
        synapses[s].append((c, m, d))
    assert rows.source.tolist() == sorted(synapses)
    for s, axon in zip(rows.source.tolist(), rows.axon_of_source.tolist(), strict=True):
        base, row = int(rows.axon_base[axon]), int(rows.axon_row[axon])
        holder = int(rows.row_axon[row])
        first, count = int(rows.axon_first[holder]), int(rows.axon_count[holder])
        back = int(rows.axon_base[holder])
        stored = [
            (int(compartment[k]) - back + base, int(mantissa[k]), int(delay[k]))
            for k in range(first, first + count)
        ]
        assert stored == synapses[s]
    assert rows.axon_first.size == len({tuple(v) for v in synapses.values()})
    shifted = {tuple((c - min(v[0][0], max_base), m, d) for c, m, d in v) for v in synapses.values()}
    assert rows.row_axon.size == len(shifted)
    assert rows.max_index == max(c for v in shifted for c, _, _ in v)
    assert sorted(rows.span.tolist()) == sorted(v[-1][0] + 1 for v in shifted)


def test_numbers_follow_the_first_source() -> None:
    source = np.array([0, 1, 2, 3])
    rows = axon_rows(source, np.array([5, 2, 5, 9]), np.array([2, 2, 2, 4]), np.zeros(4, int), 255)
    assert rows.axon_of_source.tolist() == [0, 1, 0, 2]
    assert rows.axon_row.tolist() == [0, 0, 1]


def test_a_hash_that_lies_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every run gets the same number: the full comparison finds out."""
    honest: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]] = module._numbered
    columns = random_synapses(3)
    wanted = axon_rows(*columns, 255)
    calls = iter([lambda key: (np.zeros(key.size, np.int64), np.zeros(1, np.int64))])
    monkeypatch.setattr(module, "_numbered", lambda key: next(calls, honest)(key))
    found = axon_rows(*columns, 255)
    assert found.axon_of_source.tolist() == wanted.axon_of_source.tolist()
    assert found.row_axon.tolist() == wanted.row_axon.tolist()
