"""Follows the route of a frame: the box of positions that it reaches."""

from __future__ import annotations

from .frames import Route

Position = tuple[int, int]
HOST: Position = (0, 0)
AXES: dict[str, Position] = {"z": (1, 1), "x": (1, 0), "y": (0, 1)}


def reached(sender: Position, route: Route) -> tuple[Position, ...]:
    """List the positions that a frame of `sender` comes to, sorted: along each axis in turn it moves by the offset,
    and is copied to as many further positions, in the direction of the copies' sign."""
    return tuple(sorted(passed(sender, route)[-1]))


def passed(sender: Position, route: Route) -> list[set[Position]]:
    """List the positions that a frame has come to after each axis; it is at the last ones that it is taken."""
    at = {sender}
    found: list[set[Position]] = []
    for axis, (dx, dy) in AXES.items():
        offset, copies = getattr(route, axis), getattr(route, f"copy_{axis}")
        sign = 1 if copies >= 0 else -1
        at = {
            (x + (offset + sign * k) * dx, y + (offset + sign * k) * dy)
            for x, y in at
            for k in range(abs(copies) + 1)
        }
        found.append(at)
    return found
