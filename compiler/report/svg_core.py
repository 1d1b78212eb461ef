"""Draws one core large: how much of its neurons each population takes, and what is left."""

from __future__ import annotations

from collections.abc import Mapping

from .cores import Core
from .svg import Svg, clipped, label, picture, tag

WIDE, TALL, LEAST, LETTER = 320.0, 150.0, 20.0, 7.0


def core_map(core: Core, colour: Mapping[str, str], *, neurons: int) -> Svg:
    """A bar of all neurons of the core, filled from the left by population. neurons: that the core has."""
    drawn = [tag("rect", class_="core", x=0.5, y=0.5, width=WIDE - 1, height=TALL - 1, rx=6)]
    order = {name: k for k, name in enumerate(colour)}
    x = 1.0
    room = max(neurons, core.neurons)
    for name, size, words in core.pieces:
        wide = (WIDE - 2) * size / room
        share = f"{size:,} ({size / room:.0%})"
        drawn.append(
            tag(
                "g",
                tag("title", f"{name}: {words}\n{share} of the core's neurons"),
                tag(
                    "rect", class_=f"seg p{order[name]}", fill=colour[name], x=round(x, 2), y=1, width=round(wide, 2),
                    height=TALL - 2,
                ),
            )
        )  # fmt: skip
        if wide > LEAST + LETTER * 4:
            drawn.append(label(x + 8, 22, clipped(name, int((wide - 12) / LETTER)), "label strong halo"))
            drawn.append(label(x + 8, 38, share, "small halo"))
        x += wide
    free = room - core.neurons
    if WIDE - x > 90 and free:
        drawn.append(label(WIDE - 10, TALL - 12, f"{free:,} of {room:,} free", "small", "end"))
    edge = tag("rect", class_="edge", x=0.5, y=0.5, width=WIDE - 1, height=TALL - 1, rx=6)
    return picture(WIDE, TALL, tag("g", *drawn, edge), title=f"core {core.number}")
