"""Records how the host talks to a configured chip: what it sends for an input element, and where an output line is
seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

ELEMENT = "element"
LINE = "line"


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of integers. columns: name -> what the numbers of this column are, with their unit, in one sentence. rows:
    (n, len(columns)) int64."""

    columns: Mapping[str, str]
    rows: np.ndarray

    def column(self, name: str) -> np.ndarray:
        """The numbers of one column, (n,) int64."""
        return self.rows[:, list(self.columns).index(name)]


@dataclass(frozen=True, kw_only=True)
class HostIO:
    """inputs: a row for each place that an event of an input element is sent to; its first column is `element`, the
    number of the element in the machine. outputs: a row for each neuron that the chip lets out; its first column is
    `line`, the number of the output line in the machine."""

    inputs: Table
    outputs: Table


def table(first: str, numbers: np.ndarray, columns: Mapping[str, tuple[str, np.ndarray]]) -> Table:
    """Make a table whose first column is `first`, sorted by all its columns in turn.

    numbers: (n,) of the first column. columns: name -> what it means, and its (n,) integers."""
    meanings = {
        ELEMENT: "number of the input element within its input, row-major over its shape",
        LINE: "number of the output line of the chip",
    }
    parts = [numbers, *(values for _, values in columns.values())]
    rows = np.stack([np.asarray(part, dtype=np.int64) for part in parts], axis=1)
    order = np.lexsort(rows.T[::-1])
    texts = {first: meanings[first], **{name: meaning for name, (meaning, _) in columns.items()}}
    return Table(columns=texts, rows=rows[order])
