"""Writes and reads the routing tables as text: a line an entry, in the order in which the router tries them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from ..layout import DecodeError
from .board import Boards, chips_of
from .routing_table import RoutingTable

ROUTES = "routes.txt"
HEAD = "# x y key mask route: hexadecimal but x and y; bits 0-5 of a route are links E NE N W SW S, bits 6-23 cores\n"
_LINE = re.compile(r"(\d{1,3}) (\d{1,3}) ([0-9a-f]{8}) ([0-9a-f]{8}) ([0-9a-f]{6})")


def routes_text(tables: Mapping[int, RoutingTable], columns: int) -> bytes:
    """Write the tables of all chips, in order of x + y * columns; chips without entries are left out."""
    lines = [HEAD]
    for chip in sorted(tables):
        place = f"{chip % columns} {chip // columns}"
        rows = zip(*(column.tolist() for column in tables[chip]), strict=True)
        lines += [f"{place} {key:08x} {mask:08x} {route:06x}\n" for key, mask, route in rows]
    return "".join(lines).encode()


def read_routes(text: bytes, boards: Boards) -> dict[int, RoutingTable]:
    """Read the tables. Raises DecodeError with the line for anything that `routes_text` does not write, for chips that
    are not there, and for entries that match nothing. One whose route is 0 ends what nobody hears."""
    there = chips_of(boards)
    rows: dict[int, list[tuple[int, int, int]]] = {}
    lines = text.decode("ascii", "replace").split("\n")
    if f"{lines[0]}\n" != HEAD or lines[-1] != "":
        raise DecodeError(ROUTES, 0, "the first line is another, or the last does not end")
    last = -1
    for number, line in enumerate(lines[1:-1], start=1):
        found = _LINE.fullmatch(line)
        if found is None:
            raise DecodeError(ROUTES, number, "not x, y, key, mask and route")
        x, y = int(found[1]), int(found[2])
        key, mask, route = (int(found[k], 16) for k in (3, 4, 5))
        chip = x + y * boards.columns
        if x >= boards.columns or y >= boards.rows or not there[chip] or chip < last:
            raise DecodeError(ROUTES, number, f"there is no chip {x}, {y}, or it is out of order")
        if key & ~mask:
            raise DecodeError(ROUTES, number, "the entry matches no key")
        rows.setdefault(chip, []).append((key, mask, route))
        last = chip
    return {chip: RoutingTable(*np.array(entries, dtype=np.int64).T.copy()) for chip, entries in rows.items()}
