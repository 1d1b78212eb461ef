"""Groups sources whose synapses are alike: on one core they share an input axon, or the memory of its synapses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class AxonRows:
    """The synapses of one projection on one core, grouped. Axons and rows are numbered in order of the first
    source that needs them.

    source, axon_of_source: (S,) source element and the axon it drives. axon_first: (A,) place of the axon's
    first synapse among those given; axon_count: (A,) how many follow; axon_base, axon_row: (A,) compartment
    that the stored row counts from, and the row. row_axon: (R,) the first axon with that row.
    span: (R,) compartments from the base to the last synapse; max_index: the largest offset from a base.
    """

    source: np.ndarray
    axon_of_source: np.ndarray
    axon_first: np.ndarray
    axon_count: np.ndarray
    axon_base: np.ndarray
    axon_row: np.ndarray
    row_axon: np.ndarray
    span: np.ndarray
    max_index: int
    twice: bool

    @property
    def row_count(self) -> np.ndarray:
        """(R,) synapses of each stored row."""
        return self.axon_count[self.row_axon]


def axon_rows(
    source: np.ndarray, compartment: np.ndarray, mantissa: np.ndarray, delay: np.ndarray, max_base: int
) -> AxonRows:
    """Of (k,) int64 synapses, k > 0, sorted by source, compartment, delay and mantissa. max_base: the largest
    compartment that a row can count from."""
    new = np.ones(source.size, dtype=bool)
    new[1:] = source[1:] != source[:-1]
    first = np.flatnonzero(new)
    count = np.diff(np.append(first, source.size))
    base = np.minimum(compartment[first], max_base)
    offset = compartment - np.repeat(base, count)
    twice = bool(np.any(~new[1:] & (compartment[1:] == compartment[:-1])))
    row = _alike((offset << 16 | delay << 10) ^ (mantissa + 512) << 32, first, count)
    axon, axon_source = _numbered(row << 12 | base)
    axon_row, row_axon = _numbered(row[axon_source])
    last = compartment[first + count - 1] - base + 1
    return AxonRows(
        source=source[first],
        axon_of_source=axon,
        axon_first=first[axon_source],
        axon_count=count[axon_source],
        axon_base=base[axon_source],
        axon_row=axon_row,
        row_axon=row_axon,
        span=last[axon_source][row_axon],
        max_index=int(offset.max()),
        twice=twice,
    )


def _alike(element: np.ndarray, first: np.ndarray, count: np.ndarray) -> np.ndarray:
    """(S,) a number for each run of `element`, the same for equal runs. Runs are told apart by a hash, and
    compared in full with the first of their number; where a hash lies, by their bytes."""
    mixed = element.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(32)
    key = np.add.reduceat(mixed, first) ^ (count.astype(np.uint64) << np.uint64(48))
    number, holder = _numbered(key)
    shown = holder[number]
    safe = count == count[shown]
    start = np.repeat(np.where(safe, first[shown], first) - first, count)
    if safe.all() and np.array_equal(element, element[np.arange(element.size) + start]):
        return number
    runs = [element[a : a + n].tobytes() for a, n in zip(first.tolist(), count.tolist(), strict=True)]
    seen: dict[bytes, int] = {}
    return np.array([seen.setdefault(run, len(seen)) for run in runs], dtype=np.int64)


def _numbered(key: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each key's number in order of first appearance, and where each number first appears."""
    _, holder, inverse = np.unique(key, return_index=True, return_inverse=True)
    order = np.argsort(holder)
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    return rank[inverse.reshape(-1)], holder[order]
