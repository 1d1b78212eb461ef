"""Draws values over time, float against chip: a row a neuron, both curves on one scale."""

from __future__ import annotations

from collections.abc import Sequence

from ..ir.report import Panel
from .svg import Svg, label, picture, tag

Curves = Sequence[Sequence[float]]
LEFT, WIDE, ROW, TOP, BOTTOM = 90.0, 780.0, 56.0, 6.0, 28.0


def curves(panel: Panel, wanted: Curves, found: Curves) -> Svg:
    """Draw a panel of values. wanted, found: of each neuron shown its values in float and on the chip."""
    steps = max((len(row) for row in wanted), default=0)
    drawn: list[Svg] = []
    for k, (a, b) in enumerate(zip(wanted, found, strict=True)):
        y, low, high = TOP + ROW * k, min([*a, *b, 0.0]), max([*a, *b, 0.0])
        span = (high - low) or 1.0
        drawn.append(tag("rect", class_="ground", x=LEFT, y=y, width=WIDE, height=ROW - 6))
        drawn.append(label(LEFT - 50, y + ROW / 2, str(panel.shown[k]), "small", "end"))
        drawn.append(label(LEFT - 4, y + 9, f"{high:.3g}", "tiny", "end"))
        drawn.append(label(LEFT - 4, y + ROW - 8, f"{low:.3g}", "tiny", "end"))
        for kind, values in (("curve float", a), ("curve chip", b)):
            drawn.append(tag("path", class_=kind, d=_line(values, y, low, span)))
    bottom = TOP + ROW * len(wanted)
    for t in range(0, steps, max(1, steps // 8)):
        drawn.append(label(LEFT + _x(t, steps), bottom + 8, str(t), "tiny", "middle"))
    drawn.append(label(LEFT + WIDE / 2, bottom + 22, "step", "tiny", "middle"))
    width = LEFT + WIDE + 8
    return picture(
        width, bottom + BOTTOM, *drawn, title=f"values of {panel.kind} {panel.name}", class_="chart raster",
        style=f"--w:{width:g}",
    )  # fmt: skip


def curve_key() -> Svg:
    """Draw what the two kinds of curves mean."""
    drawn: list[Svg] = []
    for k, (kind, words) in enumerate((("curve float", "float"), ("curve chip", "chip"))):
        drawn.append(tag("path", class_=kind, d=f"M{4 + 90 * k} 9h18"))
        drawn.append(label(28 + 90 * k, 13, words, "small"))
    return picture(180, 18, *drawn, title="curves")


def _x(step: int, steps: int) -> float:
    return WIDE * step / max(1, steps - 1)


def _line(values: Sequence[float], top: float, low: float, span: float) -> str:
    tall = ROW - 12
    points = [
        f"{LEFT + _x(t, len(values)):.1f} {top + 3 + tall * (1 - (v - low) / span):.1f}"
        for t, v in enumerate(values)
    ]
    return "M" + "L".join(points) if points else ""
