"""Writes the comparison of targets as one self-contained page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..text.render_fit import COSTS, LOSSES, NONE, OF, costs, energy_sources, losses
from .html import fill
from .svg import Svg
from .svg_bar import bar

if TYPE_CHECKING:
    from ..ir.fit import Fit, FitRow

ABOVE = frozenset({"with", "right, float -> chip"})
"""What the table above says already."""
View = dict[str, object]


def render_fit(found: Fit) -> str:
    """Draw the page of a fit, the same for the same record. It has no script and asks the network for nothing."""
    fits = [row for row in found.rows if row.fits]
    return fill(
        "fit.html.j2",
        {
            "headline": f"{found.network} on every chip",
            "subtitle": f"fits {len(fits)} of {len(found.rows)} targets; figures are of {OF[found.stimulus]}",
            "best": fits[0].judgement and f"Best: {fits[0].target}. {fits[0].judgement}" if fits else "",
            "notes": found.notes,
            "rows": [_row(row) for row in fits],
            "misfits": [row for row in found.rows if not row.fits],
            "losses": _table(LOSSES, [losses(row) for row in fits], ABOVE),
            "costs": _table(COSTS, [costs(row) for row in fits]),
            "sources": energy_sources(found),
        },
    )


def _row(row: FitRow) -> View:
    return {
        "target": row.target,
        "with": row.change,
        "judgement": row.judgement,
        "f1": None if row.output_f1 is None else f"{row.output_f1:.3f}",
        "f1_bar": _bar(row.output_f1, row.output_f1_within_1_step),
        "right": "–" if row.accuracy is None else f"{row.accuracy_float} → {row.accuracy}",
        "approximated": row.approximated,
        "identical": row.identical,
    }


def _bar(share: float | None, mark: float | None) -> Svg:
    return Svg("") if share is None else bar(share, mark=mark)


def _table(
    columns: tuple[str, ...], rows: list[tuple[str, ...]], left_out: frozenset[str] = frozenset()
) -> View:
    """Without the columns that are `left_out`, and those in which nothing stands."""
    kept = [
        k
        for k, name in enumerate(columns)
        if name not in left_out and any(row[k] not in (NONE, "") for row in rows)
    ]
    names = [columns[k].partition(",")[0] for k in kept]
    return {
        "columns": names,
        "rows": [list(zip(names, (row[k] for k in kept), strict=True)) for row in rows],
    }
