"""Rows of synapses that axons share, against lists of synapses one by one."""

from __future__ import annotations

import numpy as np
import pytest
from spikec.targets.machines.synapse_rows import SynapseRows, as_rows, joined, narrow, narrowest, runs


def shared(seed: int) -> SynapseRows:
    """Some axons of few rows, in any order of sources."""
    random = np.random.default_rng(seed)
    lengths = random.integers(1, 6, 7)
    axons = 40
    return SynapseRows(
        source=narrow(random.integers(0, 15, axons)),
        row=narrow(random.integers(0, 7, axons)),
        base=narrow(random.integers(0, 30, axons)),
        axon=narrow(np.arange(axons)),
        start=np.concatenate([[0], np.cumsum(lengths)]),
        offset=narrowest(random.integers(0, 9, lengths.sum())),
        weight=narrowest(random.integers(-300, 300, lengths.sum())),
        delay=narrowest(random.integers(0, 3, lengths.sum())),
    )


def listed(rows: SynapseRows) -> list[tuple[int, ...]]:
    """Read as the fields say, one by one."""
    found = []
    for k, (source, row, base) in enumerate(zip(rows.source, rows.row, rows.base, strict=True)):
        for s in range(rows.start[row], rows.start[row + 1]):
            places = (base + int(rows.offset[s]), int(rows.weight[s]), int(rows.delay[s]))
            found.append((int(source), *map(int, places), int(rows.axon[k])))
    return found


@pytest.mark.parametrize("seed", range(5))
def test_flat_is_every_synapse(seed: int) -> None:
    rows = shared(seed)
    assert list(zip(*(c.tolist() for c in rows.flat()), strict=True)) == listed(rows)
    assert rows.count == len(listed(rows))
    columns = (rows.sources(), rows.posts(), rows.weights(), rows.delays())
    assert [c.dtype for c in columns] == [np.int64] * 4
    assert list(zip(*(c.tolist() for c in columns), strict=True)) == [each[:4] for each in listed(rows)]
    again = as_rows(*rows.flat())
    assert listed(again) == listed(rows)


@pytest.mark.parametrize("most", [1, 7, 50, 10_000])
def test_parts_are_all_axons_and_no_source_is_in_two(most: int) -> None:
    rows = shared(1).by_source()
    parts = list(rows.parts(most))
    assert [k for part in parts for k in range(part.start, part.stop)] == list(range(rows.source.size))
    for part in parts:
        sources = set(rows.source[part].tolist())
        assert rows.lengths[part].sum() <= most or len(sources) == 1
    ends = [set(rows.source[part].tolist()) for part in parts]
    assert sum(len(sources) for sources in ends) == len(set(rows.source.tolist()))


def test_kept_leaves_out_synapses_and_what_is_empty() -> None:
    rows = shared(2)
    chosen = np.random.default_rng(3).random(rows.offset.size) < 0.3
    chosen[rows.start[2] : rows.start[3]] = False
    left = rows.kept(chosen)
    stored = set(zip(rows.weight[chosen].tolist(), rows.offset[chosen].tolist(), strict=True))
    assert (np.diff(left.start) > 0).all()
    assert left.count == int(rows.uses()[chosen].sum())
    assert {(w, o) for w, o in zip(left.weight.tolist(), left.offset.tolist(), strict=True)} == stored
    assert rows.kept(np.zeros(rows.offset.size, dtype=np.bool_)).count == 0


def test_joined_counts_sources_and_neurons_from_where_it_is_told() -> None:
    a, b = shared(4), shared(5)
    both = joined([(a, 100, 1000), (b, 0, 7)])
    moved = [(s + 100, p + 1000, *rest) for s, p, *rest in listed(a)]
    moved += [(s, p + 7, *rest) for s, p, *rest in listed(b)]
    assert listed(both) == moved
    assert joined([]).count == 0


def test_sums_by_neuron() -> None:
    rows = shared(6)
    weights, ones = rows.summed(60, rows.weight.astype(np.float64), np.ones(rows.offset.size))
    wanted, counted = np.zeros(60), np.zeros(60)
    for _, post, weight, _, _ in listed(rows):
        wanted[post] += weight
        counted[post] += 1
    assert np.array_equal(weights, wanted)
    assert np.array_equal(ones, counted)


def test_numbers_are_as_narrow_as_they_can_be() -> None:
    for top, kind in ((127, np.int8), (128, np.int16), (1 << 15, np.int32), (1 << 31, np.int64)):
        assert narrowest(np.array([top])).dtype == narrowest(np.array([-top])).dtype == kind
    assert runs(np.array([3, 9]), np.array([5, 10])).tolist() == [3, 4, 9]
