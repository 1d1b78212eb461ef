"""Draws the compiled network from top to bottom: layers with their cores, edges as thick as the spikes that pass."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ..ir.report import Edge
from .nodes import Node
from .svg import LINE_END, Svg, clipped, label, picture, tag
from .words import many

WIDE, TALL, ACROSS, DOWN, MARGIN = 200.0, 56.0, 16.0, 58.0, 4.0
SIDE, SIDE_OF_LOOPS = 60.0, 140.0
MOST_NODES = 64
LETTERS = 24
MOST_CORES = 4
WIDEST_PLACE = 30
"""Characters of where a population is that fit into its box."""
WIDEST_EDGE = 7.0
PLACES = {"input": "stimulus", "constant": "constant", "host": "on the host", "output": "read by the host"}
Corners = Mapping[str, tuple[float, float]]


def network_picture(nodes: Sequence[Node], edges: Sequence[Edge], colour: Mapping[str, str]) -> Svg:
    """nodes: at least one, by rank; constants are told in what they drive. edges: between these; others are not drawn.
    colour: of populations on the chip."""
    constant = {node.name for node in nodes if node.kind == "constant"}
    shown = [node for node in nodes if node.kind != "constant"][:MOST_NODES]
    driven = {edge.post for edge in edges if edge.pre in constant}
    corners = _corners(shown)
    drawn = [edge for edge in edges if edge.pre in corners and edge.post in corners]
    most = max((edge.spikes or 0.0 for edge in drawn), default=0.0)
    lines: list[Svg] = []
    words: list[Svg] = []
    for edge in drawn:
        line, text = _edge(edge, corners, most)
        lines += [LINE_END, line]
        words.append(text)
    boxes = [
        part
        for node in shown
        for part in (LINE_END, _box(node, corners[node.name], colour, constant=node.name in driven))
    ]
    loops = any(corners[edge.post][1] <= corners[edge.pre][1] for edge in drawn)
    width = max(x for x, _ in corners.values()) + WIDE + (SIDE_OF_LOOPS if loops else SIDE)
    height = max(y for _, y in corners.values()) + TALL + MARGIN
    return picture(width, height, *lines, *boxes, *words, title="the network on the chip", class_="chart net")


def _corners(nodes: Sequence[Node]) -> dict[str, tuple[float, float]]:
    """Name -> upper left corner; a rank is centred below the widest one."""
    ranks = sorted({node.rank for node in nodes})
    rows = [[node for node in nodes if node.rank == rank] for rank in ranks]
    widest = max(len(row) for row in rows)
    found: dict[str, tuple[float, float]] = {}
    for k, row in enumerate(rows):
        left = MARGIN + (widest - len(row)) * (WIDE + ACROSS) / 2
        for j, node in enumerate(row):
            found[node.name] = (left + j * (WIDE + ACROSS), MARGIN + k * (TALL + DOWN))
    return found


def _box(node: Node, corner: tuple[float, float], colour: Mapping[str, str], *, constant: bool) -> Svg:
    x, y = corner
    told = f"{' x '.join(map(str, node.shape)) or 'one'}"
    where = _where(node, constant=constant)
    kind = "box" if node.kind == "population" else "box outside"
    parts = [
        tag("title", f"{node.name}\n{told}\n{where}"),
        tag("rect", class_=kind, x=x, y=y, width=WIDE, height=TALL, rx=6),
    ]
    if node.name in colour and node.kind == "population":
        parts.append(tag("rect", fill=colour[node.name], x=x, y=y, width=6, height=TALL, rx=3))
    parts.append(label(x + 14, y + 19, clipped(node.name, LETTERS), "label strong"))
    size = f"{told} = {node.size:,}" if len(node.shape) > 1 else f"{node.size:,}"
    thing = "neurons" if node.kind in ("population", "host") else "elements"
    parts.append(label(x + 14, y + 34, f"{size} {thing}", "small"))
    parts.append(label(x + 14, y + 48, where, "small"))
    return tag("g", *parts)


def _where(node: Node, *, constant: bool) -> str:
    """Where it is, and whether a constant drives it: cores by number where there is room."""
    more = ", and a constant" if constant else ""
    found = PLACES.get(node.kind, _cores(node.cores)) + more
    return found if len(found) <= WIDEST_PLACE else f"on {len(node.cores):,} cores{more}"


def _cores(cores: Sequence[int]) -> str:
    if len(cores) > MOST_CORES:
        return f"on {len(cores):,} cores, {cores[0]} to {cores[-1]}"
    listed = ", ".join(map(str, cores))
    return f"on core{'s' if len(cores) != 1 else ''} {listed}"


def _edge(edge: Edge, corners: Corners, most: float) -> tuple[Svg, Svg]:
    """The line, and what is written beside it."""
    (x1, y1), (x2, y2) = corners[edge.pre], corners[edge.post]
    spikes = edge.spikes
    wide = 1.2 if not spikes or not most else 1.2 + (WIDEST_EDGE - 1.2) * math.sqrt(spikes / most)
    if y2 > y1:
        start, end = (x1 + WIDE / 2, y1 + TALL), (x2 + WIDE / 2, y2)
        bend = (end[1] - start[1]) / 2
        path = (
            f"M{start[0]:g} {start[1]:g}C{start[0]:g} {start[1] + bend:g} {end[0]:g} {end[1] - bend:g} "
            f"{end[0]:g} {end[1]:g}"
        )
        at = (0.3 * start[0] + 0.7 * end[0] + 10, start[1] + (end[1] - start[1]) / 2 - 2)
    else:
        right = max(x1, x2) + WIDE
        top, low = y2 + TALL * 0.35, y1 + TALL * 0.65
        path = f"M{x1 + WIDE:g} {low:g}C{right + 34:g} {low:g} {right + 34:g} {top:g} {x2 + WIDE:g} {top:g}"
        at = (right + 30, (top + low) / 2)
    kind = {"synapses": "way", "read": "way read", "host": "way hosted"}[edge.kind]
    hover = f"{edge.pre} → {edge.post}\n{edge.synapses:,} synapses\n{_rate(spikes)}"
    line = tag("g", tag("title", hover), tag("path", class_=kind, stroke_width=round(wide, 1), d=path))
    words = [label(at[0], at[1], _rate(spikes), "tiny halo")] if spikes is not None else []
    if edge.synapses:
        words.append(label(at[0], at[1] + 12, many(edge.synapses, "synapse"), "tiny halo"))
    return line, tag("g", *words)


def _rate(spikes: float | None) -> str:
    return "not measured" if spikes is None else f"{spikes:.3g} spikes a step"
