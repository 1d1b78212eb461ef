"""Makes the routing tables of all chips for what each block of keys has to reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from .board import NOWHERE, Boards, neighbours
from .compression import Present, compressed
from .routing_table import MOST_ENTRIES, RoutingTable, core_bit, link_bit, opposite
from .trees import Step, tree


class Net(NamedTuple):
    """A block of keys, the chip that they come from, and the cores that take all of them: (chip, core), each once."""

    key: int
    mask: int
    chip: int
    targets: tuple[tuple[int, int], ...]


class TableFullError(ValueError):
    """Raised where a chip's table has more entries than there is room for, however they are merged."""

    def __init__(self, chip: int, needed: int, available: int, before: int) -> None:
        super().__init__(f"chip {chip}: {needed} entries of {before} are left; there is room for {available}")
        self.chip, self.needed, self.available, self.before = chip, needed, available, before


def routing_tables(nets: Sequence[Net], boards: Boards, most: int = MOST_ENTRIES) -> dict[int, RoutingTable]:
    """Make the tables: chip -> table, for chips that need one, in order of their numbers.

    A table is compressed where it has more than `most` entries. Raises TableFullError where that is not enough."""
    joined = neighbours(boards)
    known: dict[tuple[int, frozenset[int]], tuple[Step, ...]] = {}
    arriving: dict[int, list[tuple[int, int, int, bool]]] = {}
    for net in nets:
        cores = _cores(net.targets)
        place = net.chip, frozenset(cores)
        if place not in known:
            known[place] = tree(boards, joined, *place)
        for step in known[place]:
            route = sum(map(link_bit, step.leaves)) | cores.get(step.chip, 0)
            straight = step.entered != NOWHERE and route == link_bit(opposite(step.entered))
            arriving.setdefault(step.chip, []).append((net.key, net.mask, route, straight))
    tables = {chip: _table(chip, arriving[chip], most) for chip in sorted(arriving)}
    return {chip: table for chip, table in tables.items() if table.key.size}


def _cores(targets: Sequence[tuple[int, int]]) -> Mapping[int, int]:
    """Chip -> bits of its cores."""
    found: dict[int, int] = {}
    for chip, core in targets:
        found[chip] = found.get(chip, 0) | core_bit(core)
    return found


def _table(chip: int, arriving: list[tuple[int, int, int, bool]], most: int) -> RoutingTable:
    key, mask, route, straight = (np.array(column) for column in zip(*sorted(arriving), strict=True))
    present = Present(
        key.astype(np.int64), mask.astype(np.int64), route.astype(np.int64), straight.astype(np.bool_)
    )
    table = compressed(present, most)
    if table.key.size > most:
        raise TableFullError(chip, table.key.size, most, int((~present.straight).sum()))
    return table
