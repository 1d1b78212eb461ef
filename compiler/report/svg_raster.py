"""Draws a raster of one layer, float against chip: what both spike, what the chip misses, what it has too many."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..ir.report import Panel
from .near_spikes import near_spikes
from .rasters import MATCHED
from .svg import Svg, label, picture, tag

LEFT, TOP, BOTTOM, WIDEST = 46.0, 6.0, 30.0, 900.0
ROW = 10.0
Shape = Callable[[float, float], str]


def raster(panel: Panel, marks: Sequence[str]) -> Svg:
    """Draw a panel of spikes, one path a kind of mark, so that a page stays small, and a page can show which have a
    partner a step or two away. marks: as `Panel` has them."""
    steps = len(marks[0]) if marks else 0
    cell = max(6.0, min(24.0, (WIDEST - LEFT) / max(1, steps)))
    width, height = LEFT + cell * steps + 8, TOP + ROW * len(marks)
    drawn: list[Svg] = [tag("rect", class_="ground", x=LEFT, y=TOP, width=cell * steps, height=height - TOP)]
    drawn += _axes(panel.shown, steps, cell, height)
    for kind, shape, sites in _sites(marks):
        if sites:
            path = "".join(shape(LEFT + cell * (t + 0.5), TOP + ROW * (k + 0.5)) for k, t in sites)
            drawn.append(tag("path", class_=kind, d=path))
    return picture(
        width, height + BOTTOM, *drawn, title=f"raster of {panel.kind} {panel.name}", class_="chart raster",
        style=f"--w:{width:g}",
    )  # fmt: skip


def _sites(marks: Sequence[str]) -> list[tuple[str, Shape, list[tuple[int, int]]]]:
    """Class, shape, and (row, step) of the marks of each kind; `near1` and `near2` have a partner so many steps
    away."""
    found: dict[str, list[tuple[int, int]]] = {"hit": []}
    found |= {f"{kind}{near}": [] for kind in ("miss", "extra") for near in ("", " near1", " near2")}
    for k, row in enumerate(marks):
        found["hit"] += [(k, t) for t, mark in enumerate(row) if int(mark) & MATCHED]
        for kind, steps in zip(("miss", "extra"), near_spikes(row), strict=True):
            for t, apart in steps.items():
                found[f"{kind} near{apart}" if apart else kind].append((k, t))
    shapes = {"hit": _tick, "miss": _ring, "extra": _triangle}
    return [(kind, shapes[kind.split()[0]], sites) for kind, sites in found.items()]


def key() -> Svg:
    """What the marks mean."""
    entries = (("hit", _tick, "both spike"), ("miss", _ring, "only float"), ("extra", _triangle, "only chip"))
    drawn: list[Svg] = []
    x = 4.0
    for kind, shape, words in entries:
        drawn.append(tag("path", class_=kind, d=shape(x + 6, 9)))
        drawn.append(label(x + 18, 13, words, "small"))
        x += 110
    return picture(x, 18, *drawn, title="marks")


def _axes(shown: Sequence[int], steps: int, cell: float, bottom: float) -> list[Svg]:
    drawn: list[Svg] = []
    every = 1 if len(shown) <= 16 else 4
    for k in range(0, len(shown), every):
        y = TOP + ROW * (k + 0.5)
        drawn.append(label(LEFT - 6, y + 3, str(shown[k]), "tiny", "end"))
    apart = next(n for n in (1, 2, 5, 10, 20, 50, 100, 1000) if n * cell >= 28)
    for t in range(0, steps, apart):
        x = LEFT + cell * (t + 0.5)
        drawn.append(tag("path", class_="grid", d=f"M{x:.1f} {TOP:g}V{bottom:g}"))
        drawn.append(label(x, bottom + 11, str(t), "tiny", "middle"))
    drawn.append(label(LEFT + cell * steps / 2, bottom + 24, "step", "tiny", "middle"))
    return drawn


def _tick(x: float, y: float) -> str:
    return f"M{x:.1f} {y - 3.5:.1f}v7"


def _ring(x: float, y: float) -> str:
    return f"M{x - 2.8:.1f} {y:.1f}a2.8 2.8 0 1 0 5.6 0a2.8 2.8 0 1 0-5.6 0"


def _triangle(x: float, y: float) -> str:
    return f"M{x - 3.2:.1f} {y + 2.6:.1f}h6.4l-3.2-5.6z"
