"""What a sweep says on the terminal: a line a row as it comes, and the table at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...sim.nir.path import shown
from .render import UNBOUNDED, number, table

if TYPE_CHECKING:
    from rich.table import Table

    from ..ir.sweep import Sweep, SweepRow

COLUMNS = ("network", "target", "bits", "seed", "cores", "packets", "lag", "F1", "accuracy", "front", "")
NONE = "-"


def sweep_table(sweep: Sweep) -> Table:
    """Lay out the rows; those on the Pareto front have a star, others say why there is no result. A column in which
    nothing stands is left out, and so is that of the network where there is one."""
    count = len(sweep.rows) + sweep.left
    words = (
        f"{len(sweep.rows)} of {count} points" if sweep.left else f"{count} point{'s' if count != 1 else ''}"
    )
    single = next(iter(sweep.networks)) if len(sweep.networks) == 1 else ""
    rows = [_cells(row) for row in sweep.rows]
    kept = [
        k
        for k, column in enumerate(COLUMNS)
        if not (column == "network" and single) and any(row[k] not in (NONE, "") for row in rows)
    ]
    title = f"{shown(single)}: {words}" if single else words
    return table(title, tuple(COLUMNS[k] for k in kept), [tuple(row[k] for k in kept) for row in rows])


def sweep_text(sweep: Sweep) -> str:
    """The table as text, no row broken over lines."""
    from rich.console import Console

    console = Console(width=UNBOUNDED, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(sweep_table(sweep))
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def row_line(row: SweepRow) -> str:
    """One row in a line."""
    bits = "" if row.weight_bits is None else f", {row.weight_bits} bits"
    seed = "" if row.seed is None else f", seed {row.seed}"
    return f"{shown(row.network)} on {row.target}{bits}{seed}: {_words(row)}"


def _words(row: SweepRow) -> str:
    if row.status != "done":
        return f"{row.status}, {row.code}: {shown(row.reason)}"
    parts = ["1 core" if row.cores == 1 else f"{row.cores} cores"]
    parts += [] if row.output_f1 is None else [f"F1 {number(row.output_f1)}"]
    parts += [] if row.accuracy is None else [f"accuracy {row.accuracy}"]
    parts += [] if row.identical else ["placement DIFFERENT"]
    return ", ".join(parts)


def _cells(row: SweepRow) -> tuple[str, ...]:
    done = row.status == "done"
    said = " ".join(row.notes) if done else f"{row.status}, {row.code}: {row.reason}"
    return (
        row.network,
        row.target,
        number(row.weight_bits),
        number(row.seed),
        NONE if row.cores is None else f"{row.cores:,}",
        NONE if row.packets is None else f"{row.packets:,.1f}",
        number(row.latency_steps),
        number(row.output_f1),
        number(row.accuracy),
        "*" if row.front else "",
        said if not done or row.identical else f"placement DIFFERENT {said}".rstrip(),
    )
