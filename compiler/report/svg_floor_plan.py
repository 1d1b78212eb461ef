"""Draws the floor plan: every chip in use, a square a core, filled by its populations; hover tells the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .cores import Core
from .svg import LINE_END, Svg, label, picture, tag

MOST_CHIPS = 16
MOST_SPOKEN = 1024
CELL, GAP, MARGIN, TITLE, GAUGE = 34.0, 4.0, 10.0, 22.0, 4.0
WIDEST, LETTER = 1260.0, 6.5


def floor_plan(
    cores: Sequence[Core],
    cores_per_chip: int,
    available: Mapping[str, int],
    colour: Mapping[str, str],
    *,
    neurons: int,
    caption: str = "chip {chip}: {used} of {all} cores",
) -> Svg:
    """Chips side by side. A square fills from below with up to `neurons`, a colour a population; the bar at its right
    edge is the resource of which least is left. At most MOST_CHIPS chips, and hover texts of MOST_SPOKEN cores."""
    chips = sorted({core.chip for core in cores})[:MOST_CHIPS]
    columns, rows = grid(cores_per_chip)
    width = 2 * MARGIN + columns * CELL + (columns - 1) * GAP
    words = [
        caption.format(chip=chip, used=sum(c.chip == chip for c in cores), all=cores_per_chip)
        for chip in chips
    ]
    width = max(width, 2 * MARGIN + max((len(text) for text in words), default=0) * LETTER)
    height = TITLE + 2 * MARGIN + rows * CELL + (rows - 1) * GAP
    across = max(1, min(len(chips), int((WIDEST + GAP) // (width + GAP))))
    down = -(-len(chips) // across)
    drawn: list[Svg] = []
    for k, chip in enumerate(chips):
        here = {core.place: core for core in cores if core.chip == chip}
        corner = ((k % across) * (width + GAP), (k // across) * (height + GAP))
        frame = tag("rect", class_="die", x=0.5, y=0.5, width=width - 1, height=height - 1, rx=6)
        name = label(MARGIN, TITLE - 5, words[k], "small")
        cells = [
            _cell(here.get(place), *_corner(place, columns), available, colour, neurons)
            for place in range(cores_per_chip)
        ]
        drawn.append(tag("g", frame, name, *cells, transform=f"translate({int(corner[0])} {int(corner[1])})"))
    title = f"floor plan: {len(cores)} cores in use"
    return picture(across * width + (across - 1) * GAP, down * height + (down - 1) * GAP, *drawn, title=title)


def grid(cores: int) -> tuple[int, int]:
    """(columns, rows), as square as `cores` divides, at most 4 columns for a row; a ragged square else."""
    for rows in range(int(cores**0.5), 0, -1):
        if cores % rows == 0 and cores // rows <= 4 * rows:
            return cores // rows, rows
    columns = int(-(-(cores**0.5) // 1))
    return columns, -(-cores // columns)


def hover(core: Core, available: Mapping[str, int]) -> Svg:
    """The hover text: populations and their neurons, traffic, and every resource."""
    amounts = [
        f"{name.replace('_', ' ')} {core.used[name]:,} of {limit:,} ({core.used[name] / limit:.0%})"
        for name, limit in sorted((core.limits or available).items())
    ]
    head = f"core {core.number} (chip {core.chip}, place {core.place})"
    lines = (head, *core.holds(), core.speaks(), *amounts)
    return tag("title", *(part for line in lines for part in (line, LINE_END)))


def _corner(place: int, columns: int) -> tuple[float, float]:
    return (
        MARGIN + place % columns * (CELL + GAP),
        TITLE + MARGIN / 2 + place // columns * (CELL + GAP),
    )


def _cell(
    core: Core | None,
    x: float,
    y: float,
    available: Mapping[str, int],
    colour: Mapping[str, str],
    neurons: int,
) -> Svg:
    if core is None:
        return tag("rect", class_="core", x=x, y=y, width=CELL, height=CELL, rx=3)
    ground = tag("rect", class_="core used", data_core=core.number, x=x, y=y, width=CELL, height=CELL, rx=3)
    order = {name: k for k, name in enumerate(colour)}
    inner, bottom, parts = CELL - GAUGE - 2, y + CELL - 1, list[Svg]()
    for name, size, _ in core.pieces:
        tall = (CELL - 2) * size / neurons
        bottom -= tall
        parts.append(
            tag(
                "path",
                class_=f"seg p{order[name]}",
                fill=colour[name],
                d=f"M{x + 1:g} {bottom:.2f}h{inner:g}v{tall:.2f}h-{inner:g}z",
            )
        )
    share = core.fullest(available)[1]
    tall = (CELL - 2) * min(1.0, share)
    kind = "gauge full" if share > 0.9 else "gauge"
    top = y + CELL - 1 - tall
    parts.append(tag("path", class_=kind, d=f"M{x + CELL - GAUGE:g} {top:.2f}h3v{tall:.2f}h-3z"))
    edge = tag("rect", class_="edge", x=x, y=y, width=CELL, height=CELL, rx=3)
    number = tag("text", str(core.number), class_="tiny", x=x + 3, y=y + 10)
    told = [hover(core, available)] if core.number < MOST_SPOKEN else []
    return tag("g", *told, ground, *parts, edge, number, class_="held")
