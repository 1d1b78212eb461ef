"""Counts which class is taken for which, in float and on the chip."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...sim.compare import decisions
from ..ir.confusion import Confusion

MOST_CLASSES = 64
"""What a page can show."""


def confusion(
    in_float: Mapping[str, np.ndarray], chip: Mapping[str, np.ndarray], labels: np.ndarray | None
) -> Confusion | None:
    """Of the only output, (T, B, ...) in both runs; None without labels (B,), without one output that decides, and of
    more than MOST_CLASSES classes."""
    if labels is None or len(chip) != 1:
        return None
    (name,) = chip
    classes = max(int(np.prod(chip[name].shape[2:], dtype=np.int64)), int(labels.max(initial=0)) + 1)
    if classes < 2 or classes > MOST_CLASSES:
        return None
    found: list[tuple[tuple[int, ...], ...]] = []
    for output in (in_float[name], chip[name]):
        table = np.zeros((classes, classes), dtype=np.int64)
        np.add.at(table, (labels.reshape(-1), decisions(output)), 1)
        found.append(tuple(map(tuple, table.tolist())))
    return Confusion(classes=classes, in_float=found[0], chip=found[1])
