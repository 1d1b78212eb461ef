"""What `fit` says on the terminal: a line a target as it comes, and the table at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..sim.nir.path import shown
from .render import UNBOUNDED, frequency, number, table

if TYPE_CHECKING:
    from rich.table import Table

    from .ir.fit import Fit, FitRow

COLUMNS = (
    "target", "with", "cores", "fullest", "F1", "within a step", "right, float -> chip", "same decision", "lag",
    "clock", "not exact, or why it does not fit",
)  # fmt: skip
NONE = "-"
OF = {"file": "the stimulus", "poisson": "drawn spikes", "stand-in": "random spikes, as no stimulus is given"}


def fit_table(found: Fit) -> Table:
    """Lay out the rows, the best first. A column in which nothing stands is left out."""
    rows = [_cells(row) for row in found.rows]
    kept = [k for k in range(len(COLUMNS)) if any(row[k] not in (NONE, "") for row in rows)]
    fits = sum(row.fits for row in found.rows)
    title = f"{shown(found.network)}: fits {fits} of {len(found.rows)} targets; figures are of {OF[found.stimulus]}"
    return table(title, tuple(COLUMNS[k] for k in kept), [tuple(row[k] for k in kept) for row in rows])


def fit_text(found: Fit) -> str:
    """The table as text, no row broken over lines."""
    from rich.console import Console

    console = Console(width=UNBOUNDED, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(fit_table(found))
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def row_line(row: FitRow) -> str:
    """One row in a line."""
    if not row.fits:
        return f"{row.target}: {row.status}, {row.code}: {shown(row.reason)}"
    words = ["1 core" if row.cores == 1 else f"{row.cores} cores"]
    words += [] if row.output_f1 is None else [f"F1 {number(row.output_f1)}"]
    words += [] if row.accuracy is None else [f"right {row.accuracy}"]
    words += [] if row.identical else ["placement DIFFERENT"]
    return f"{row.target}, {row.change}: {', '.join(words)}"


def _cells(row: FitRow) -> tuple[str, ...]:
    if not row.fits:
        return (row.target, "does not fit", *[NONE] * (len(COLUMNS) - 3), shown(row.reason))
    right = NONE if row.accuracy is None else f"{row.accuracy_float} -> {row.accuracy}"
    exact = ", ".join(row.approximated) if row.approximated else "all but rounding is exact"
    return (
        row.target,
        row.change,
        f"{row.cores:,} of {row.available_cores:,}",
        f"{row.binding.replace('_', ' ')} {row.share:.0%}",
        number(row.output_f1),
        number(row.output_f1_within_1_step),
        right,
        NONE if row.same_decisions is None else row.same_decisions,
        f"{row.latency_steps}",
        NONE if row.clock_hertz is None else frequency(row.clock_hertz),
        exact if row.identical else f"placement DIFFERENT; {exact}",
    )
