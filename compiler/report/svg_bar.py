"""Draws a bar in a table's cell: a value of a limit, with a mark for a second value."""

from __future__ import annotations

from .svg import Svg, tag

WIDTH, HEIGHT = 200.0, 12.0


def bar(share: float, *, mark: float | None = None, class_: str = "") -> Svg:
    """share, mark: 0..1 (more is cut off). A share above 0 is never drawn as none."""
    wide = WIDTH * min(1.0, max(share, 0.004 if share > 0 else 0.0))
    parts = [
        tag("rect", class_="track", width=WIDTH, height=HEIGHT, rx=2),
        tag("rect", class_=f"filled {class_}".strip(), width=wide, height=HEIGHT, rx=2),
    ]
    if mark is not None:
        x = WIDTH * min(1.0, max(0.0, mark))
        parts.append(tag("path", class_="mark", d=f"M{x:.2f} 0v{HEIGHT:g}"))
    return tag(
        "svg",
        *parts,
        class_="bar",
        viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}",
        preserveAspectRatio="none",
        aria_hidden="true",
    )
