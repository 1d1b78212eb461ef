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


def range_bar(low: float, high: float, used_low: float, used_high: float) -> Svg:
    """The range of a format, and the part that is used; what is used beyond its ends makes the bar red."""
    span = (high - low) or 1.0
    first, last = (min(1.0, max(0.0, (value - low) / span)) for value in (used_low, used_high))
    past = used_low < low or used_high > high
    wide = max(WIDTH * (last - first), 1.0)
    at = min(WIDTH * first, WIDTH - wide)
    parts = [
        tag("rect", class_="track", width=WIDTH, height=HEIGHT, rx=2),
        tag(
            "rect",
            class_="filled past" if past else "filled",
            x=round(at, 2),
            width=round(wide, 2),
            height=HEIGHT,
        ),
    ]
    if low < 0 < high:
        parts.append(tag("path", class_="mark", d=f"M{WIDTH * -low / span:.2f} 0v{HEIGHT:g}"))
    return tag(
        "svg",
        *parts,
        class_="bar",
        viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}",
        preserveAspectRatio="none",
        aria_hidden="true",
    )
