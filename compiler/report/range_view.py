"""Lays out how the numbers of a network fill those of the chip: weights by projection, membranes by population."""

from __future__ import annotations

import math

from ..ir.number_ranges import MembraneRange, NumberRanges, WeightRange
from .svg import Svg
from .svg_bar import range_bar
from .svg_histogram import histogram
from .words import left_out

MOST_CARDS = 48
View = dict[str, object]


def range_view(ranges: NumberRanges) -> View:
    """`weights`, `membranes`: a card each; `ranges_left_out` in words."""
    cut = [
        ranges.weights_left_out and f"Weights: {ranges.weights_left_out}.",
        left_out(len(ranges.weights), MOST_CARDS, "projections"),
        left_out(len(ranges.membranes), MOST_CARDS, "populations"),
    ]
    return {
        "weights": [_weights(row) for row in ranges.weights[:MOST_CARDS]],
        "membranes": [_membranes(row) for row in ranges.membranes[:MOST_CARDS]],
        "ranges_left_out": " ".join(line for line in cut if line),
    }


def _weights(row: WeightRange) -> View:
    largest = max(abs(row.low), abs(row.high)) or 1.0
    facts = [
        ("weights", f"{row.weights:,}, {row.low:.3g} to {row.high:.3g}"),
        ("format", _format(row.format_low, row.format_high, row.low, row.high)),
        ("error", f"worst {row.worst / largest:.2%}, mean {row.mean / largest:.2%} of the largest weight"),
        ("rounded to 0", f"{row.lost:,} ({row.lost / max(1, row.weights):.1%})"),
    ]
    if row.format_low is not None:
        facts.append(("at the end", f"{row.at_limit:,} ({row.at_limit / max(1, row.weights):.1%})"))
    return {
        "title": f"{row.pre} → {row.post}",
        "bar": _bar(row.format_low, row.format_high, row.low, row.high),
        "values": histogram(row.chip, row.in_float, title=f"weights from {row.pre} to {row.post}"),
        "errors": histogram(row.error, title=f"errors of the weights from {row.pre} to {row.post}"),
        "facts": facts,
        "full": row.at_limit > 0,
    }


def _membranes(row: MembraneRange) -> View:
    facts = [
        ("seen", f"{row.low:,} to {row.high:,}"),
        ("register", _format(row.format_low, row.format_high, row.low, row.high)),
        ("threshold", "–" if row.threshold is None else f"{row.threshold:,.6g}"),
    ]
    if row.format_low is not None:
        floor = f"{row.at_low:,}" if not row.at_low else f"{row.at_low:,} ({row.at_low / row.sites:.1%})"
        facts.append(("at its ends", f"{floor} lowest, {row.at_high:,} highest, of {row.sites:,}"))
    return {
        "title": row.population,
        "bar": _bar(row.format_low, row.format_high, row.low, row.high),
        "values": histogram(row.histogram, mark=row.threshold, title=f"membranes of {row.population}"),
        "facts": facts,
        "full": row.at_high > 0,
    }


def _bar(low: float | None, high: float | None, used_low: float, used_high: float) -> Svg | None:
    return None if low is None or high is None else range_bar(low, high, used_low, used_high)


def _format(low: float | None, high: float | None, used_low: float, used_high: float) -> str:
    """The ends, and how many bits of them are not used."""
    if low is None or high is None:
        return "not told"
    share = max(_share(used_high, high), _share(used_low, low))
    if share > 1:
        return f"{_short(low)} to {_short(high)}, passed by {share - 1:.1%}"
    spare = -math.log2(share) if share > 0 else math.inf
    room = f"{spare:.1f} bits to spare" if spare < 64 else "unused"
    return f"{_short(low)} to {_short(high)}, {room}"


def _share(used: float, end: float) -> float:
    return used / end if end and used * end > 0 else 0.0


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
