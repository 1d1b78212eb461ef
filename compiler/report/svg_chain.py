"""Draws the fidelity chain: a bar for each link from the float network to the chip's run, and for the whole way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .svg import Svg, label, picture, tag

LEFT, WIDE, RIGHT, ROW, BAR, TOP = 310.0, 480.0, 70.0, 30.0, 16.0, 26.0


@dataclass(frozen=True, kw_only=True)
class Link:
    """value: 0..1, None where there is nothing to compare. whole: the last one, from end to end."""

    name: str
    value: float | None
    whole: bool = False


def chain(links: Sequence[Link], measure: str) -> Svg:
    """measure: what the values are, in words."""
    bottom = TOP + ROW * len(links)
    drawn: list[Svg] = []
    for tenth in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = LEFT + WIDE * tenth
        drawn.append(tag("path", class_="grid", d=f"M{x:g} {TOP - 4:g}V{bottom:g}"))
        drawn.append(label(x, bottom + 14, f"{tenth:g}", "small", "middle"))
    for k, link in enumerate(links):
        y = TOP + ROW * k + (ROW - BAR) / 2
        wide = WIDE * max(0.0, min(1.0, link.value or 0.0))
        words = "no spikes" if link.value is None else f"{link.value:.4f}"
        kind = "link whole" if link.whole else "link"
        drawn.append(tag("rect", class_=kind, x=LEFT, y=y, width=wide, height=BAR, rx=2))
        drawn.append(
            label(LEFT - 10, y + BAR - 4, link.name, "label strong" if link.whole else "label", "end")
        )
        drawn.append(label(LEFT + WIDE + 12, y + BAR - 4, words, "label strong" if link.whole else "label"))
    drawn.append(label(LEFT + WIDE / 2, bottom + 30, measure, "small", "middle"))
    return picture(LEFT + WIDE + RIGHT, bottom + 36, *drawn, title=f"{measure} of each link of the chain")
