"""Draws points by two figures, with the staircase of the front: what no other point beats in both."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .svg import LINE_END, Svg, label, picture, tag

LEFT, WIDE, TOP, TALL, RIGHT, BOTTOM = 52.0, 272.0, 20.0, 200.0, 14.0, 40.0
SIZE = 5.0
CROWDED = (20.0, 12.0)
"""Within this distance of another label, one is left out."""
WIDE_RANGE = 30.0
"""Largest by smallest value from which on an axis counts factors."""
SHAPES = 4
"""Kinds of marks that can be told apart."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A point. x: less is better; y: more is. front: whether none beats it in both. words: shown on hover."""

    x: float
    y: float
    colour: str
    shape: int
    front: bool
    label: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Axis:
    """Where values lie between 0 and 1, and the values that are written."""

    at: Callable[[float], float]
    ticks: tuple[float, ...]


def scatter(marks: Sequence[Mark], x_name: str, y_name: str) -> Svg:
    """Draw the marks, at least one; those on the front come last, filled."""
    across = axis([mark.x for mark in marks], from_zero=True)
    up = axis([mark.y for mark in marks], from_zero=False)
    drawn = [tag("rect", class_="ground", x=LEFT, y=TOP, width=WIDE, height=TALL), *_grid(across, up)]
    best = sorted({(mark.x, mark.y) for mark in marks if mark.front})
    if best:
        drawn.append(tag("path", class_="front", d=_staircase([_place(x, y, across, up) for x, y in best])))
    for mark in sorted(marks, key=lambda mark: mark.front):
        drawn += [LINE_END, _drawn(mark, *_place(mark.x, mark.y, across, up))]
    drawn += _labels(marks, across, up)
    drawn.append(label(LEFT + WIDE / 2, TOP + TALL + 34, x_name, "small", "middle"))
    drawn.append(label(4, 9, y_name, "small"))
    return picture(LEFT + WIDE + RIGHT, TOP + TALL + BOTTOM, *drawn, title=f"{y_name} against {x_name}")


def shape_key(shape: int, colour: str) -> Svg:
    """One mark, for a legend."""
    return picture(14, 14, _shape(shape, 7, 7, colour, "point front"), title="", class_="key")


def axis(values: Sequence[float], *, from_zero: bool) -> Axis:
    """Scale an axis to its values: linear, or by factors where they are far apart and all above 0."""
    low, high = min(values), max(values)
    if from_zero and low > 0 and high / low > WIDE_RANGE:
        first, last = math.log10(low) - 0.1, math.log10(high) + 0.1
        powers = range(math.floor(first), math.ceil(last) + 1)
        ticks = [m * 10.0**k for k in powers for m in ((1, 2, 5) if last - first < 3 else (1,))]
        return Axis(
            at=lambda value: (math.log10(value) - first) / (last - first),
            ticks=tuple(tick for tick in ticks if first <= math.log10(tick) <= last),
        )
    span = (high - low) or abs(high) or 1.0
    start = 0.0 if from_zero and low >= 0 else low - 0.12 * span
    end = high + 0.12 * (high - start or span)
    step = _round_step((end - start) / 4)
    if all(value == round(value) for value in values):
        step = max(1.0, step)
    ticks = [step * k for k in range(math.ceil(start / step), math.floor(end / step) + 1)]
    return Axis(at=lambda value: (value - start) / (end - start), ticks=tuple(ticks))


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= rough * 0.999)


def _place(x: float, y: float, across: Axis, up: Axis) -> tuple[float, float]:
    return LEFT + WIDE * across.at(x), TOP + TALL * (1 - up.at(y))


def _grid(across: Axis, up: Axis) -> list[Svg]:
    drawn: list[Svg] = []
    for tick in across.ticks:
        x = LEFT + WIDE * across.at(tick)
        drawn.append(tag("path", class_="grid", d=f"M{x:.1f} {TOP:g}v{TALL:g}"))
        drawn.append(label(x, TOP + TALL + 16, _written(tick), "small", "middle"))
    for tick in up.ticks:
        y = TOP + TALL * (1 - up.at(tick))
        drawn.append(tag("path", class_="grid", d=f"M{LEFT:g} {y:.1f}h{WIDE:g}"))
        drawn.append(label(LEFT - 6, y + 4, _written(tick), "small", "end"))
    return drawn


def _written(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _staircase(points: Sequence[tuple[float, float]]) -> str:
    """From the cheapest point to the best one, and on to the edges: below and right of it everything is beaten."""
    (x, y), *rest = points
    steps = "".join(f"H{right:.1f}V{top:.1f}" for right, top in rest)
    return f"M{x:.1f} {TOP + TALL:g}V{y:.1f}{steps}H{LEFT + WIDE:g}"


def _drawn(mark: Mark, x: float, y: float) -> Svg:
    kind = "point front" if mark.front else "point"
    return tag("g", tag("title", mark.words), _shape(mark.shape, x, y, mark.colour, kind), class_="mark")


def _shape(shape: int, x: float, y: float, colour: str, kind: str) -> Svg:
    """A circle, square, triangle or diamond of the same size to the eye."""
    a, b = SIZE, 1.25 * SIZE
    paths = {
        1: f"M{x - a:.1f} {y - a:.1f}h{2 * a:g}v{2 * a:g}h{-2 * a:g}z",
        2: f"M{x:.1f} {y - b:.1f}L{x + b:.1f} {y + a:.1f}H{x - b:.1f}z",
        3: f"M{x:.1f} {y - b:.1f}L{x + b:.1f} {y:.1f}L{x:.1f} {y + b:.1f}L{x - b:.1f} {y:.1f}z",
    }
    style = f"--hue:{colour}"
    if shape % SHAPES not in paths:
        return tag("circle", class_=kind, style=style, cx=round(x, 1), cy=round(y, 1), r=SIZE)
    return tag("path", class_=kind, style=style, d=paths[shape % SHAPES])


def _labels(marks: Sequence[Mark], across: Axis, up: Axis) -> list[Svg]:
    """Where there is room for them, those of the front first."""
    taken: list[tuple[float, float]] = []
    drawn: list[Svg] = []
    for mark in sorted(marks, key=lambda mark: not mark.front):
        x, y = _place(mark.x, mark.y, across, up)
        crowded = any(abs(x - a) < CROWDED[0] and abs(y - b) < CROWDED[1] for a, b in taken)
        if mark.front or not crowded:
            taken.append((x, y))
        if not mark.label or crowded:
            continue
        left = x > LEFT + WIDE - 40
        drawn.append(label(x - 9 if left else x + 9, y - 6, mark.label, "tiny halo", "end" if left else None))
    return drawn
