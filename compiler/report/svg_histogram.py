"""Draws how often numbers occur: bars, and an outline of others in the same bins."""

from __future__ import annotations

from ..ir.number_ranges import Histogram
from .svg import Svg, label, picture, tag

WIDE, TALL, FOOT, HEAD = 300.0, 84.0, 18.0, 4.0
NEAR_END = 60.0
"""Pixels from an end within which 0 is not written."""


def histogram(
    bars: Histogram, outline: Histogram | None = None, *, mark: float | None = None, title: str
) -> Svg:
    """outline: in the bins of `bars`. mark: a value with a line. Heights are the fourth root of counts, so that a
    single one is seen beside many."""
    most = max([*bars.counts, *(() if outline is None else outline.counts), 1])
    step = WIDE / len(bars.counts)
    drawn: list[Svg] = [tag("path", class_="grid", d=f"M0 {HEAD + TALL:g}h{WIDE:g}")]
    path = "".join(
        f"M{k * step + 0.4:.1f} {HEAD + TALL:g}v-{_tall(count, most):.1f}h{step - 0.8:.1f}v{_tall(count, most):.1f}z"
        for k, count in enumerate(bars.counts)
        if count
    )
    drawn.append(tag("path", class_="bars", d=path))
    if outline is not None:
        drawn.append(tag("path", class_="outline", d=_steps(outline, most, step)))
    if bars.low < 0 < bars.high and NEAR_END < _at(0.0, bars) < WIDE - NEAR_END:
        drawn.append(label(_at(0.0, bars), HEAD + TALL + 13, "0", "tiny", "middle"))
    if mark is not None and bars.low <= mark <= bars.high:
        x = _at(mark, bars)
        drawn.append(tag("path", class_="threshold", d=f"M{x:.1f} {HEAD:g}v{TALL:g}"))
    drawn.append(label(0, HEAD + TALL + 13, _short(bars.low), "tiny"))
    drawn.append(label(WIDE, HEAD + TALL + 13, _short(bars.high), "tiny", "end"))
    return picture(WIDE, HEAD + TALL + FOOT, *drawn, title=title)


def _tall(count: int, most: int) -> float:
    return TALL * (count / most) ** 0.25 if count else 0.0


def _steps(counts: Histogram, most: int, step: float) -> str:
    parts = [f"M0 {HEAD + TALL:g}"]
    for k, count in enumerate(counts.counts):
        parts.append(f"V{HEAD + TALL - _tall(count, most):.1f}H{(k + 1) * step:.1f}")
    return "".join(parts) + f"V{HEAD + TALL:g}"


def _at(value: float, bars: Histogram) -> float:
    return WIDE * (value - bars.low) / (bars.high - bars.low)


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
