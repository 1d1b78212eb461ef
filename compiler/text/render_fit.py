"""What `fit` says on the terminal: a line a target as it comes, and at the end a table of what is lost and one of what
it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...sim.nir.path import shown
from ..report.few_words import few_words
from .render import UNBOUNDED, frequency, number, quantity, table

if TYPE_CHECKING:
    from rich.table import Table

    from ..ir.fit import Fit, FitRow

LOSSES = (
    "target", "with", "right, float -> chip", "95%", "same decision", "F1", "within 1", "within 2", "rates",
    "not exact, or why it does not fit",
)  # fmt: skip
COSTS = (
    "target", "cores", "fullest", "lag", "decided after", "inference", "synaptic operations", "packets", "cycles",
    "clock", "energy",
)  # fmt: skip
NONE = "-"
NOT_PUBLIC = "no public figures"
OF = {"file": "the stimulus", "poisson": "drawn spikes", "stand-in": "random spikes, as no stimulus is given"}
LEGEND = """\
F1: of the output spikes, in the same step, within one step and within two.
rates: earth mover's distance of the rates of the layer that differs most, in spikes a step.
95%: between what the share of right answers lies (Wilson's interval).
inference: a sample, its steps in real time, and after how many its decision stays.
synaptic operations, packets, cycles: what spikes bring to neurons, what cores send, and the clock, on average.
clock: what the time step asks for."""
BETWEEN = 2
"""Columns of a terminal between two of a table."""


def fit_tables(found: Fit, width: int = UNBOUNDED) -> list[Table]:
    """Lay out the rows, the best first: what is lost, and for those that fit, what it costs. Each of the two is several
    tables, one below the other, where its columns are wider than `width` characters."""
    fits = [row for row in found.rows if row.fits]
    title = (
        f"{shown(found.network)}: fits {len(fits)} of {len(found.rows)} targets; figures are of "
        f"{OF[found.stimulus]}"
    )
    tables = _kept(title, LOSSES, [losses(row) for row in found.rows], width)
    return [*tables, *_kept("what it costs", COSTS, [costs(row) for row in fits], width)] if fits else tables


def energy_sources(found: Fit) -> list[str]:
    """Where figures of energy are from, a line a target."""
    return [
        f"{row.target}: {row.cost.energy.of}: {row.cost.energy.source}"
        for row in found.rows
        if row.cost is not None and row.cost.energy is not None
    ]


def fit_text(found: Fit) -> str:
    """The tables as text, no row broken over lines."""
    from rich.console import Console

    console = Console(width=UNBOUNDED, color_system=None, force_terminal=False)
    with console.capture() as captured:
        for one in fit_tables(found):
            console.print(one)
    return "\n".join([*(line.rstrip() for line in captured.get().splitlines()), *notes(found)])


def notes(found: Fit) -> list[str]:
    """What the columns mean, and where figures of energy are from."""
    if not any(row.fits for row in found.rows):
        return []
    sources = energy_sources(found)
    return [*LEGEND.splitlines(), *(["energy, published figures times how often they apply:"] if sources else []),
            *(f"  {line}" for line in sources)]  # fmt: skip


def row_line(row: FitRow) -> str:
    """One row in a line."""
    if not row.fits:
        return f"{row.target}: {row.status}, {row.code}: {shown(row.reason)}"
    words = ["1 core" if row.cores == 1 else f"{row.cores} cores"]
    words += [] if row.output_f1 is None else [f"F1 {number(row.output_f1)}"]
    words += [] if row.accuracy is None else [f"right {row.accuracy}"]
    words += [] if row.identical else ["placement DIFFERENT"]
    return f"{row.target}, {row.change}: {', '.join(words)}"


def losses(row: FitRow) -> tuple[str, ...]:
    """The cells of LOSSES."""
    if not row.fits:
        return (row.target, "does not fit", *[NONE] * (len(LOSSES) - 3), shown(row.reason))
    right = NONE if row.accuracy is None else f"{row.accuracy_float} -> {row.accuracy}"
    exact = few_words(row.approximated) if row.approximated else "all but rounding is exact"
    return (
        row.target,
        row.change,
        right,
        NONE if row.chip_95 is None else f"{row.chip_95[0]:.1%} to {row.chip_95[1]:.1%}",
        NONE if row.same_decisions is None else row.same_decisions,
        number(row.output_f1),
        number(row.output_f1_within_1_step),
        number(row.output_f1_within_2_steps),
        NONE if row.rate_distance is None else f"{row.rate_distance:.2g}",
        exact if row.identical else f"placement DIFFERENT; {exact}",
    )


def costs(row: FitRow) -> tuple[str, ...]:
    """The cells of COSTS, of a row that fits."""
    cost = row.cost
    head = (
        row.target,
        f"{row.cores:,} of {row.available_cores:,}",
        f"{row.binding.replace('_', ' ')} {row.share:.0%}",
        f"{row.latency_steps}",
    )
    clock = NONE if row.clock_hertz is None else frequency(row.clock_hertz)
    if cost is None:
        return (*head, *[NONE] * 5, clock, NONE)
    steps, energy = cost.steps_to_decision, cost.energy
    return (
        *head,
        NONE if steps is None else f"{steps:.1f} steps",
        f"{cost.chip_steps} steps, {quantity(cost.seconds, 's')}",
        f"{cost.synaptic_operations:,.0f}",
        NONE if cost.packets is None else f"{cost.packets:,.0f}",
        NONE if cost.cycles is None else f"{cost.cycles:,.0f}",
        clock,
        NOT_PUBLIC if energy is None else f"about {quantity(energy.picojoules * 1e-12, 'J')}",
    )


def _kept(title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]], width: int) -> list[Table]:
    """Tables without the columns in which nothing stands; each begins with the first column, and those behind the first
    leave out rows of which they say nothing."""
    kept = [k for k in range(len(columns)) if any(row[k] not in (NONE, "") for row in rows)]
    wide = {k: max(len(columns[k]), *(len(row[k]) for row in rows)) for k in kept}
    first, *rest = kept
    parts: list[list[int]] = [[first]]
    for k in rest:
        if len(parts[-1]) > 1 and sum(wide[one] + BETWEEN for one in parts[-1]) + wide[k] > width:
            parts.append([first])
        parts[-1].append(k)
    return [
        table(
            title if part is parts[0] else "",
            tuple(columns[k] for k in part),
            [
                tuple(row[k] for k in part)
                for row in rows
                if part is parts[0] or any(row[k] not in (NONE, "") for k in part[1:])
            ],
        )
        for part in parts
    ]
