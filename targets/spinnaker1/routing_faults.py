"""Finds what does not arrive as it should, of all keys that are sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from .board import NOWHERE, Boards
from .routing import Net
from .routing_table import RoutingTable, meet
from .walk import Front, Walked, walk

PLACES = 1 << 24
"""More than there are chips, of 32 cores each, on the largest system."""

FaultKind = Literal["missing", "stray", "twice", "loop", "lost"]


class RoutingFault(NamedTuple):
    """What goes wrong with keys k, k & mask == key.

    missing: they do not all reach a core that wants them; stray: they reach one that does not; twice: they reach it
    more than once; loop: they come by a chip again; lost: no entry takes them where they start, or they leave by a
    link that leads nowhere. core: NOWHERE where it is about a chip."""

    kind: FaultKind
    key: int
    mask: int
    chip: int
    core: int


def routing_faults(
    nets: Sequence[Net], tables: Mapping[int, RoutingTable], boards: Boards
) -> tuple[RoutingFault, ...]:
    """Walk all keys and list what is wrong, ordered; nothing where every key reaches the cores that its net wants, once
    each, and no other."""
    walked = walk(nets, tables, boards)
    passed = walked.passed
    again = passed.taken(_overlaps(passed.key, passed.mask, _place(passed.number, passed.chip, 0)))
    faults = [*_of("lost", walked.lost), *_of("loop", walked.endless), *_of("loop", again)]
    return tuple(sorted({*faults, *_wrongly_arrived(nets, walked)}))


def _of(kind: FaultKind, front: Front) -> list[RoutingFault]:
    columns = (front.key.tolist(), front.mask.tolist(), front.chip.tolist())
    return [RoutingFault(kind, key, mask, chip, NOWHERE) for key, mask, chip in zip(*columns, strict=True)]


def _overlaps(key: np.ndarray, mask: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Find blocks that share a key with an earlier one of their group: bool. Few blocks are of one group."""
    again = np.zeros(group.size, dtype=np.bool_)
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    for back in range(1, group.size):
        same = np.flatnonzero(ordered[back:] == ordered[:-back])
        if not same.size:
            break
        one, other = order[back:][same], order[:-back][same]
        again[one[meet(key[one], mask[one], key[other], mask[other])]] = True
    return again


def _wrongly_arrived(nets: Sequence[Net], walked: Walked) -> list[RoutingFault]:
    front = walked.arrived
    place = _place(front.number, front.chip, walked.core)
    twice = _overlaps(front.key, front.mask, place)
    reached, where = np.unique(place[~twice], return_inverse=True)
    keys = np.bincount(where, _keys(front.mask[~twice]), reached.size)
    wanted = _wanted(nets)
    of_net = _keys(np.array([net.mask for net in nets], dtype=np.int64))
    at = np.minimum(np.searchsorted(reached, wanted), max(reached.size - 1, 0))
    there = reached[at] == wanted if reached.size else np.zeros(wanted.size, dtype=np.bool_)
    short = ~there
    short[there] = keys[at[there]] < of_net[wanted[there] // PLACES]
    faults = _at("stray", nets, np.setdiff1d(reached, wanted, assume_unique=True)) + _at(
        "missing", nets, wanted[short]
    )
    columns = (front.key[twice], front.mask[twice], front.chip[twice], walked.core[twice])
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [*faults, *(RoutingFault("twice", *row) for row in rows)]


def _place(number: np.ndarray, chip: np.ndarray, core: np.ndarray | int) -> np.ndarray:
    """One number for what was sent, and the chip and core that it reaches."""
    return number * PLACES + chip * 32 + core


def _wanted(nets: Sequence[Net]) -> np.ndarray:
    """What each net wants to reach, as `_place`."""
    known: dict[tuple[tuple[int, int], ...], np.ndarray] = {}
    parts = [np.zeros(0, dtype=np.int64)]
    for number, net in enumerate(nets):
        if net.targets not in known:
            chip, core = np.array(net.targets, dtype=np.int64).reshape(-1, 2).T
            known[net.targets] = chip * 32 + core
        parts.append(number * PLACES + known[net.targets])
    return np.concatenate(parts)


def _at(kind: FaultKind, nets: Sequence[Net], places: np.ndarray) -> list[RoutingFault]:
    found: list[RoutingFault] = []
    for place in places.tolist():
        net = nets[place // PLACES]
        found.append(RoutingFault(kind, net.key, net.mask, place % PLACES // 32, place % 32))
    return found


def _keys(mask: np.ndarray) -> np.ndarray:
    """How many keys each block has."""
    return np.ldexp(1.0, 32 - np.bitwise_count(mask).astype(np.int64))
