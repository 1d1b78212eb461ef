"""Writes a sweep as one self-contained page: the Pareto plots and the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from ..sweep.pareto import front, value
from ..text.render import number
from .colours import colours
from .html import fill
from .svg import Svg
from .svg_scatter import Mark, scatter, shape_key
from .words import left_out, many

if TYPE_CHECKING:
    from ..ir.sweep import Sweep, SweepRow

MOST_ROWS = 2048
COSTS = {"cores": "cores", "packets": "packets a step", "latency_steps": "latency in steps"}
QUALITIES = {
    "output_f1": "output F1",
    "accuracy": "accuracy, share of right decisions",
    "output_agreement": "share of equal outputs",
}
View = dict[str, object]


def render_sweep(sweep: Sweep) -> str:
    """Draw the page of a sweep, the same for the same record. It has no script and asks the network for nothing."""
    return fill("sweep.html.j2", sweep_view(sweep))


def sweep_view(sweep: Sweep) -> View:
    """Compute the template's variables."""
    rows = sweep.rows
    targets = colours(sorted(sweep.targets))
    shapes = {name: k for k, name in enumerate(sorted(sweep.networks))}
    counts = {status: sum(row.status == status for row in rows) for status in ("done", "refused", "failed")}
    plots, same = plots_of(rows, targets, shapes)
    return {
        "headline": f"Design space of {many(len(rows) + sweep.left, 'point')}",
        "subtitle": f"{many(len(shapes), 'network')} on {many(len(targets), 'target')}",
        "facts": [(status, f"{count:,}") for status, count in counts.items() if count],
        "left": f"{many(sweep.left, 'point')} not run yet: the same command goes on with them."
        if sweep.left
        else "",
        "plots": plots,
        "same": same,
        "targets": [(name, shape_key(0, colour)) for name, colour in targets.items()],
        "networks": [(name, shape_key(k, "currentColor")) for name, k in shapes.items()]
        if len(shapes) > 1
        else [],
        "rows": [_cells(row, targets) for row in rows[:MOST_ROWS]],
        "rows_left_out": left_out(len(rows), MOST_ROWS, "rows"),
        "provenance": _provenance(sweep),
    }


def plots_of(
    rows: Sequence[SweepRow], targets: Mapping[str, str], shapes: Mapping[str, int]
) -> tuple[list[list[Svg]], list[str]]:
    """For each figure of quality a plot against each cost that differs, and in words the costs that do not."""
    proven = [row for row in rows if row.identical]
    known = [
        name for name in ("output_f1", "accuracy") if any(value(row, name) is not None for row in proven)
    ]
    costs = {name: {value(row, name) for row in proven} - {None} for name in COSTS}
    plots = [
        [_plot(proven, quality, name, targets, shapes) for name, found in costs.items() if len(found) > 1]
        for quality in known or ["output_agreement"]
    ]
    same = [
        f"{COSTS[name]}: {next(iter(found)):,g} everywhere"
        for name, found in costs.items()
        if len(found) == 1
    ]
    return [plot for plot in plots if plot], same


def _plot(
    rows: Sequence[SweepRow], quality: str, cost: str, targets: Mapping[str, str], shapes: Mapping[str, int]
) -> Svg:
    pairs = [(row, value(row, cost), value(row, quality)) for row in rows]
    best = front(rows, (cost, quality))
    marks = [
        Mark(
            x=x,
            y=y,
            colour=targets[row.target],
            shape=shapes[row.network],
            front=on,
            label="" if row.weight_bits is None else f"{row.weight_bits} bit",
            words=_words(row),
        )
        for (row, x, y), on in zip(pairs, best, strict=True)
        if x is not None and y is not None
    ]
    return scatter(marks, COSTS[cost], QUALITIES[quality])


def _words(row: SweepRow) -> str:
    bits = [] if row.weight_bits is None else [f"{row.weight_bits} weight bits"]
    seed = [] if row.seed is None else [f"seed {row.seed}"]
    figures = [
        f"cores {number(row.cores)}",
        f"packets {'-' if row.packets is None else f'{row.packets:,.1f}'}",
        f"latency {number(row.latency_steps)}",
        f"F1 {number(row.output_f1)}",
        f"accuracy {number(row.accuracy)}",
    ]
    return f"{', '.join([row.network, row.target, *bits, *seed])}\n{', '.join(figures)}"


def _cells(row: SweepRow, targets: Mapping[str, str]) -> View:
    packets = None if row.packets is None else f"{row.packets:,.1f}"
    badge = {"done": "good", "refused": "warn", "failed": "bad"}[row.status]
    figures = (
        row.weight_bits, row.seed, row.cores, packets, row.latency_steps, row.output_f1, row.accuracy,
    )  # fmt: skip
    return {
        "network": row.network,
        "target": row.target,
        "colour": targets[row.target],
        "figures": ["–" if figure is None else number(figure) for figure in figures],
        "front": row.front,
        "status": row.status if row.status != "done" or row.identical else "placement different",
        "badge": badge if row.status != "done" or row.identical else "bad",
        "code": row.code,
        "reason": row.reason,
        "notes": row.notes,
    }


def _provenance(sweep: Sweep) -> list[tuple[str, str]]:
    stimulus = {
        key: found for key, found in msgspec.structs.asdict(sweep.stimulus).items() if found is not None
    }
    rows = [
        ("spikec", sweep.spikec),
        *((f"network {name}", digest) for name, digest in sweep.networks.items()),
        *((f"target {name}", digest) for name, digest in sweep.targets.items()),
        ("stimulus", ", ".join(f"{key} {found}" for key, found in stimulus.items())),
    ]
    given = ", ".join(f"{name} = {found}" for name, found in sweep.options.items())
    return [*rows, *([("options", given)] if given else [])]
