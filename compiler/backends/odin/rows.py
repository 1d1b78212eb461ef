"""Builds the rows on which the host sends events, and their order in a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ....targets.odin.model import OdinChip
from ...ir.calibration import Order
from .synapses import Synapses


def usual_order(chip: OdinChip) -> Order:
    """The order of rows where no calibration chose another."""
    return "negative first" if chip.ranges.state[0] < 0 else "as numbered"


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The rows of the host, in the order in which they are sent; fields as in `EventOrder`."""

    sign: np.ndarray
    route_row: np.ndarray
    route_source: np.ndarray
    route_element: np.ndarray
    route_delay: np.ndarray
    route_times: np.ndarray
    behind: int


@dataclass(frozen=True, kw_only=True)
class _Row:
    """A (source, element, delay, times) for each member. place: before, among or behind the others (-1, 0, 1). weight:
    sum of its weights in parts of the thresholds."""

    sign: int
    place: int
    members: list[tuple[int, int, int, int]]
    weight: float


def rows_of(
    synapses: Sequence[Synapses],
    number: Mapping[str, int],
    thresholds: Mapping[str, np.ndarray],
    order: Order,
) -> Rows:
    """Build the rows for all synapses whose events the host sends.

    number: source -> its number. thresholds: population -> (n,) int64."""
    first: dict[str, int] = {}
    total = 0
    for name in sorted(thresholds):
        first[name] = total
        total += thresholds[name].size
    parts = [np.zeros((8, 0), dtype=np.int64)]
    for s in synapses:
        k = s.cols.size
        same = [np.full(k, value) for value in (number[s.pre], s.delay, s.sign, s.times, s.place)]
        parts.append(np.stack([same[0], s.cols, *same[1:], first[s.post] + s.rows, s.weights]))
    table = np.concatenate(parts, axis=1)
    table = table[:, np.lexsort(table[6::-1])]
    theta = np.concatenate([np.ones(0), *(thresholds[name] for name in sorted(thresholds))])
    rows = _merged(table, theta)
    rows.sort(key=lambda row: (row.place, *_key(row, order), row.members))
    routes = [(k, *member) for k, row in enumerate(rows) for member in row.members]
    columns = np.array(routes, dtype=np.int64).reshape(-1, 5).T
    return Rows(
        sign=np.array([row.sign for row in rows], dtype=np.int64),
        route_row=columns[0],
        route_source=columns[1],
        route_element=columns[2],
        route_delay=columns[3],
        route_times=columns[4],
        behind=sum(row.place > 0 for row in rows),
    )


def _merged(columns: np.ndarray, theta: np.ndarray) -> list[_Row]:
    """columns: (8, k) source, element, delay, sign, times, place, neuron, weight, sorted in this order."""
    starts = np.flatnonzero(np.any(np.diff(columns[:6], axis=1, prepend=-2) != 0, axis=0))
    ends = [*starts[1:], columns.shape[1]][: starts.size]  # none where no weight is left
    by_column: dict[tuple[int, int, bytes], _Row] = {}
    for low, high in zip(starts, ends, strict=True):
        source, element, delay, sign, times, place = (int(value) for value in columns[:6, low])
        key = (sign, place, columns[6:, low:high].tobytes())
        if key not in by_column:
            weight = float((columns[7, low:high] / theta[columns[6, low:high]]).sum())
            by_column[key] = _Row(sign=sign, place=place, members=[], weight=weight)
        by_column[key].members.append((source, element, delay, times))
    return list(by_column.values())


def _key(row: _Row, order: Order) -> tuple[float, float]:
    if order == "as numbered":
        return 0.0, 0.0
    towards = 1.0 if order == "negative first" else -1.0
    return towards * row.sign, 0.0 if row.sign else towards * row.weight
