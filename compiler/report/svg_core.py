"""Draws one core large: how much of its neurons each population takes, and what is left."""

from __future__ import annotations

from collections.abc import Mapping

from .cores import Core
from .svg import LINE_END, Svg, clipped, label, picture, tag

WIDE, STRIP, GAP, TALL, LETTER, LEAST = 480.0, 26.0, 26.0, 92.0, 7.5, 48.0
ENLARGED = 0.75
"""Share of the neurons below which what is used is drawn enlarged."""


def core_map(core: Core, colour: Mapping[str, str], *, neurons: int) -> Svg:
    """A strip of all neurons of the core, filled from the left by population; below, the filled part, enlarged where it
    is small. neurons: that the core has."""
    room = max(neurons, core.neurons)
    share = core.neurons / room
    drawn = [_ground(0.0, STRIP), *_fill(core, colour, WIDE / room, 0.0, STRIP, named=False)]
    if share > ENLARGED:
        low, wide = STRIP + 8, WIDE / room
    else:
        low, wide = STRIP + GAP, WIDE / core.neurons
        end = WIDE * share
        drawn.append(
            tag("path", class_="grid", d=f"M0 {STRIP:g}V{low:g}M{end:.1f} {STRIP:g}L{WIDE:g} {low:g}")
        )
    drawn += [_ground(low, TALL), *_fill(core, colour, wide, low, TALL, named=True)]
    return picture(WIDE, low + TALL, *drawn, title=f"core {core.number}")


def core_words(core: Core, *, neurons: int) -> str:
    """What stands above its picture. neurons: that the core has."""
    room = max(neurons, core.neurons)
    return f"core {core.number}: {core.neurons:,} of the network's neurons; it has {room:,}"


def _ground(y: float, tall: float) -> Svg:
    return tag("rect", class_="ground", x=0, y=y, width=WIDE, height=tall, rx=4)


def _fill(
    core: Core, colour: Mapping[str, str], each: float, y: float, tall: float, *, named: bool
) -> list[Svg]:
    """Segments side by side. each: width of a neuron. named: with the population's name where there is room."""
    order = {name: k for k, name in enumerate(colour)}
    drawn: list[Svg] = []
    x = 0.0
    for name, size, words in core.pieces:
        wide = each * size
        drawn += [
            LINE_END,
            tag(
                "g",
                tag("title", f"{name}: {words}"),
                tag(
                    "rect", class_=f"seg p{order[name]}", fill=colour[name], x=round(x, 2), y=y,
                    width=round(wide, 2), height=tall,
                ),
            ),
        ]  # fmt: skip
        if named and wide > LEAST:
            drawn.append(label(x + 8, y + 22, clipped(name, int((wide - 12) / LETTER)), "label strong halo"))
            drawn.append(label(x + 8, y + 40, f"{size:,}", "label halo"))
        x += wide
    return drawn
