"""The Pareto front: what nothing else beats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..ir.sweep import SweepRow

OBJECTIVES = ("cores", "packets", "latency_steps", "output_f1", "accuracy")
"""Fewer of the first three, more of the others."""
MORE_IS_BETTER = frozenset({"output_f1", "output_agreement", "accuracy"})


def front(rows: Sequence[SweepRow], objectives: Sequence[str] = OBJECTIVES) -> list[bool]:
    """Whether each row is on the front of those that are done and proven: no other is at least as good in every
    objective and better in one. Of two that are equal in all, both are; no value is worse than any."""
    costs = np.array([[cost(row, name) for name in objectives] for row in rows]).reshape(
        len(rows), len(objectives)
    )
    counts = [bool(row.identical) for row in rows]
    among = costs[counts]
    return [counted and not _beaten(mine, among) for mine, counted in zip(costs, counts, strict=True)]


def cost(row: SweepRow, objective: str) -> float:
    """Less is better; infinite where there is no value."""
    found = value(row, objective)
    if found is None:
        return float("inf")
    return -found if objective in MORE_IS_BETTER else found


def value(row: SweepRow, objective: str) -> float | None:
    """A figure of a row as a number; the accuracy as a share."""
    found = row[objective]
    if isinstance(found, str):
        right, _, of = found.partition("/")
        return int(right) / max(1, int(of))
    return None if found is None else float(found)


def _beaten(mine: np.ndarray, others: np.ndarray) -> bool:
    """others: (n, objectives)."""
    return bool(((others <= mine).all(axis=1) & (others < mine).any(axis=1)).any())
