"""Walks every block of keys from its chip through the tables, cutting it where an entry takes a part of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from .board import N_LINKS, NOWHERE, Boards, neighbours
from .routing_table import CORE_BITS, RoutingTable, meet, opposite


class Sent(Protocol):
    """A block of keys, and the chip that sends them."""

    @property
    def key(self) -> int:
        """What its keys have where the mask is set."""
        ...

    @property
    def mask(self) -> int:
        """Bits that all its keys share."""
        ...

    @property
    def chip(self) -> int:
        """Where they come from."""
        ...


class Front(NamedTuple):
    """Blocks of keys on their way, (F,) int64 each: the number of what was sent, the chip, and the link they came by,
    or NOWHERE."""

    key: np.ndarray
    mask: np.ndarray
    number: np.ndarray
    chip: np.ndarray
    entered: np.ndarray

    def taken(self, chosen: np.ndarray) -> Front:
        """The chosen of them."""
        return Front(*(column[chosen] for column in self))


class Walked(NamedTuple):
    """What became of all keys. passed: blocks at each chip that they came by. arrived, core: blocks that reach a core,
    and which of their chip, (A,) int64. lost: blocks that no entry takes where they start, or that leave by a link
    that leads nowhere. endless: blocks that still travel after as many links as there are chips."""

    passed: Front
    arrived: Front
    core: np.ndarray
    lost: Front
    endless: Front


def walk(sent: Sequence[Sent], tables: Mapping[int, RoutingTable], boards: Boards) -> Walked:
    """Walk all keys that are sent, link by link."""
    joined = neighbours(boards)
    front = _start(sent)
    passed, arrived, lost = [front.taken(_NONE)], [front.taken(_NONE)], [front.taken(_NONE)]
    cores = [_NONE]
    for _ in range(joined.shape[0]):
        if not front.key.size:
            break
        front, route = _looked_up(front, tables)
        passed.append(front)
        number, core = np.nonzero(route[:, None] >> np.arange(CORE_BITS, 32) & 1)
        arrived.append(front.taken(number))
        cores.append(core)
        lost.append(front.taken(route == NO_ENTRY))
        front, nowhere = _moved(front, route, joined)
        lost.append(nowhere)
    return Walked(_together(passed), _together(arrived), np.concatenate(cores), _together(lost), front)


_NONE = np.zeros(0, dtype=np.int64)
NO_ENTRY = 1 << 32
"""In the place of a route, of keys that no entry takes where they start: a route has 32 bits, and is 0 where an entry
ends what nobody hears."""


def _together(parts: Sequence[Front]) -> Front:
    return Front(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _start(sent: Sequence[Sent]) -> Front:
    columns = np.array([(each.key, each.mask, k, each.chip) for k, each in enumerate(sent)], dtype=np.int64)
    key, mask, number, chip = columns.reshape(-1, 4).T
    return Front(key, mask, number, chip, np.full(key.size, NOWHERE, dtype=np.int64))


def _looked_up(front: Front, tables: Mapping[int, RoutingTable]) -> tuple[Front, np.ndarray]:
    """The same keys, cut where an entry takes a part of a block, with the route of each block."""
    done: list[tuple[Front, np.ndarray]] = []
    for chip in np.unique(front.chip).tolist():
        here = front.taken(front.chip == chip)
        while here.key.size:
            route, bit = _first_entry(here, tables.get(chip))
            whole = bit == 0
            done.append((here.taken(whole), route[whole]))
            here = _cut(here.taken(~whole), bit[~whole])
    return _together([part for part, _ in done]), np.concatenate([route for _, route in done])


def _first_entry(here: Front, table: RoutingTable | None) -> tuple[np.ndarray, np.ndarray]:
    """Route of the first entry that meets each block, and a bit at which the block must be cut before, or 0."""
    straight = np.where(here.entered == NOWHERE, NO_ENTRY, 1 << opposite_of(here.entered))
    bit = np.zeros(here.key.size, dtype=np.int64)
    if table is None or not table.key.size:
        return straight, bit
    found = meet(here.key[:, None], here.mask[:, None], table.key, table.mask)
    first = found.argmax(axis=1)
    some = found[np.arange(first.size), first]
    finer = np.where(some, table.mask[first] & ~here.mask, 0)
    for number in np.flatnonzero(finer):
        bit[number] = 1 << (int(finer[number]).bit_length() - 1)
    return np.where(some, table.route[first], straight), bit


def opposite_of(link: np.ndarray) -> np.ndarray:
    """As `opposite`, elementwise."""
    return (link + opposite(0)) % N_LINKS


def _cut(here: Front, bit: np.ndarray) -> Front:
    """Both halves of each block, without and with the bit."""
    both = here.taken(np.repeat(np.arange(here.key.size), 2))
    twice = np.repeat(bit, 2)
    return both._replace(
        key=both.key | np.where(np.arange(twice.size) % 2 == 1, twice, 0), mask=both.mask | twice
    )


def _moved(front: Front, route: np.ndarray, joined: np.ndarray) -> tuple[Front, Front]:
    """The blocks behind the links that they leave by, and those whose link leads nowhere."""
    number, link = np.nonzero(route[:, None] >> np.arange(N_LINKS) & 1)
    moving = front.taken(number)
    chip = joined[moving.chip, link]
    arrived = moving._replace(chip=chip, entered=opposite_of(link)).taken(chip != NOWHERE)
    return arrived, moving.taken(chip == NOWHERE)
