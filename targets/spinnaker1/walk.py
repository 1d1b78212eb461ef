"""Walks every block of keys from its chip through the tables, and finds what does not arrive as it should."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from .board import N_LINKS, NOWHERE, Boards, neighbours
from .routing import Net
from .routing_table import CORE_BITS, RoutingTable, meet, opposite

FaultKind = Literal["missing", "stray", "twice", "loop", "lost"]


class RoutingFault(NamedTuple):
    """What goes wrong with keys k, k & mask == key.

    missing: they do not reach a core that wants them; stray: they reach one that does not; twice: they reach it more
    than once; loop: they come by a chip again; lost: no entry takes them where they start, or they leave by a link
    that leads nowhere."""

    kind: FaultKind
    key: int
    mask: int
    chip: int
    core: int


class Front(NamedTuple):
    """Blocks of keys on their way, (F,) int64 each: the net they are of, the chip, and the link they came by, or
    NOWHERE."""

    key: np.ndarray
    mask: np.ndarray
    net: np.ndarray
    chip: np.ndarray
    entered: np.ndarray

    def taken(self, chosen: np.ndarray) -> Front:
        """The chosen of them."""
        return Front(*(column[chosen] for column in self))


def routing_faults(
    nets: Sequence[Net], tables: Mapping[int, RoutingTable], boards: Boards
) -> tuple[RoutingFault, ...]:
    """Walk all keys and list what is wrong, ordered; nothing where every key reaches the cores that its net wants, once
    each, and no other.

    Blocks of which an entry takes a part are cut, so that the walk is exact."""
    joined = neighbours(boards)
    front = _start(nets)
    seen: list[Front] = []
    arrived: list[tuple[Front, np.ndarray]] = []
    faults: list[RoutingFault] = []
    for _ in range(joined.shape[0]):
        if not front.key.size:
            break
        front, route = _looked_up(front, tables)
        faults += _faults("lost", front.taken(route == 0))
        seen.append(front)
        arrived.append((front, route >> CORE_BITS))
        front, lost = _moved(front, route, joined)
        faults += _faults("lost", lost)
    faults += _faults("loop", front)
    faults += _faults("loop", _again(seen))
    faults += _wrongly_arrived(nets, arrived)
    return tuple(sorted({*faults}))


def _start(nets: Sequence[Net]) -> Front:
    columns = np.array([(net.key, net.mask, k, net.chip) for k, net in enumerate(nets)], dtype=np.int64)
    key, mask, number, chip = columns.reshape(-1, 4).T
    return Front(key, mask, number, chip, np.full(key.size, NOWHERE, dtype=np.int64))


def _looked_up(front: Front, tables: Mapping[int, RoutingTable]) -> tuple[Front, np.ndarray]:
    """The same keys, cut where an entry takes a part of a block, with the route of each block; 0 for none."""
    done: list[tuple[Front, np.ndarray]] = []
    for chip in np.unique(front.chip).tolist():
        here = front.taken(front.chip == chip)
        while here.key.size:
            route, bit = _first_entry(here, tables.get(chip))
            whole = bit == 0
            done.append((here.taken(whole), route[whole]))
            here = _cut(here.taken(~whole), bit[~whole])
    return (
        Front(*(np.concatenate(columns) for columns in zip(*(part for part, _ in done), strict=True))),
        np.concatenate([route for _, route in done]),
    )


def _first_entry(here: Front, table: RoutingTable | None) -> tuple[np.ndarray, np.ndarray]:
    """Route of the first entry that meets each block, and a bit at which the block must be cut before, or 0."""
    straight = np.where(here.entered == NOWHERE, 0, 1 << opposite_of(here.entered))
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


def _faults(kind: FaultKind, front: Front, core: int = NOWHERE) -> list[RoutingFault]:
    columns = (front.key.tolist(), front.mask.tolist(), front.chip.tolist())
    return [RoutingFault(kind, key, mask, chip, core) for key, mask, chip in zip(*columns, strict=True)]


def _again(seen: Sequence[Front]) -> Front:
    """Blocks that come by a chip where they, or some of their keys, were before."""
    if not seen:
        return _start(())
    front = Front(*(np.concatenate(columns) for columns in zip(*seen, strict=True)))
    return front.taken(_overlaps(front.key, front.mask, front.net, front.chip))


def _overlaps(key: np.ndarray, mask: np.ndarray, *groups: np.ndarray) -> np.ndarray:
    """Find blocks that share a key with an earlier one of the same groups: bool. Few blocks are of one group."""
    order = np.lexsort(groups)
    new = np.ones(order.size, dtype=np.bool_)
    new[1:] = np.any([group[order][1:] != group[order][:-1] for group in groups], axis=0)
    number = np.cumsum(new) - 1
    again = np.zeros(order.size, dtype=np.bool_)
    for back in range(1, int(np.bincount(number, minlength=1).max(initial=0))):
        one, other = order[back:], order[:-back]
        same = (number[back:] == number[:-back]) & meet(key[one], mask[one], key[other], mask[other])
        again[one[same]] = True
    return again


def _wrongly_arrived(nets: Sequence[Net], arrived: Iterable[tuple[Front, np.ndarray]]) -> list[RoutingFault]:
    parts: list[tuple[Front, np.ndarray]] = []
    for front, cores in arrived:
        number, core = np.nonzero(cores[:, None] >> np.arange(32 - CORE_BITS) & 1)
        parts.append((front.taken(number), core))
    if not parts:
        return []
    front = Front(*(np.concatenate(columns) for columns in zip(*(part for part, _ in parts), strict=True)))
    core = np.concatenate([cores for _, cores in parts])
    faults: list[RoutingFault] = []
    twice = _overlaps(front.key, front.mask, front.net, front.chip, core)
    columns = (*(column.tolist() for column in (front.key, front.mask, front.chip)), core.tolist())
    rows = list(zip(*columns, strict=True))
    faults += [RoutingFault("twice", *rows[k]) for k in np.flatnonzero(twice)]
    reached: dict[tuple[int, int, int], int] = {}
    for number, (row, net) in enumerate(zip(rows, front.net.tolist(), strict=True)):
        place = net, row[2], row[3]
        reached[place] = reached.get(place, 0) + _keys(row[1]) * (not twice[number])
    wanted = {(k, *target): _keys(net.mask) for k, net in enumerate(nets) for target in net.targets}
    for net, chip, core_number in sorted(reached.keys() - wanted.keys()):
        faults.append(RoutingFault("stray", nets[net].key, nets[net].mask, chip, core_number))
    for (net, chip, core_number), keys in wanted.items():
        if reached.get((net, chip, core_number), 0) < keys:
            faults.append(RoutingFault("missing", nets[net].key, nets[net].mask, chip, core_number))
    return faults


def _keys(mask: int) -> int:
    """How many keys a block has."""
    return 1 << (32 - mask.bit_count())
