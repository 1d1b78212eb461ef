"""Finds what does not arrive as it should, of all keys that are sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from .board import NOWHERE, Boards
from .routing import Net
from .routing_table import RoutingTable, meet
from .walk import Front, Walked, walk

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
    again = passed.taken(_overlaps(passed.key, passed.mask, passed.number, passed.chip))
    faults = [*_of("lost", walked.lost), *_of("loop", walked.endless), *_of("loop", again)]
    return tuple(sorted({*faults, *_wrongly_arrived(nets, walked)}))


def _of(kind: FaultKind, front: Front) -> list[RoutingFault]:
    columns = (front.key.tolist(), front.mask.tolist(), front.chip.tolist())
    return [RoutingFault(kind, key, mask, chip, NOWHERE) for key, mask, chip in zip(*columns, strict=True)]


def _overlaps(key: np.ndarray, mask: np.ndarray, *groups: np.ndarray) -> np.ndarray:
    """Find blocks that share a key with an earlier one of the same groups: bool. Few blocks are of one group."""
    order = np.lexsort(groups)
    new = np.ones(order.size, dtype=np.bool_)
    new[1:] = np.any([group[order][1:] != group[order][:-1] for group in groups], axis=0)
    number = np.cumsum(new) - 1
    again = np.zeros(order.size, dtype=np.bool_)
    for back in range(1, int(np.bincount(number).max(initial=0))):
        one, other = order[back:], order[:-back]
        same = (number[back:] == number[:-back]) & meet(key[one], mask[one], key[other], mask[other])
        again[one[same]] = True
    return again


def _wrongly_arrived(nets: Sequence[Net], walked: Walked) -> list[RoutingFault]:
    front, core = walked.arrived, walked.core
    twice = _overlaps(front.key, front.mask, front.number, front.chip, core)
    columns = (front.key, front.mask, front.chip, core)
    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    faults = [RoutingFault("twice", *rows[k]) for k in np.flatnonzero(twice)]
    reached: dict[tuple[int, int, int], int] = {}
    for (_, mask, chip, number), net, again in zip(rows, front.number.tolist(), twice.tolist(), strict=True):
        place = net, chip, number
        reached[place] = reached.get(place, 0) + (0 if again else _keys(mask))
    wanted = {(k, *target): _keys(net.mask) for k, net in enumerate(nets) for target in net.targets}
    for k, chip, number in reached.keys() - wanted.keys():
        faults.append(RoutingFault("stray", nets[k].key, nets[k].mask, chip, number))
    for (k, chip, number), keys in wanted.items():
        if reached.get((k, chip, number), 0) < keys:
            faults.append(RoutingFault("missing", nets[k].key, nets[k].mask, chip, number))
    return faults


def _keys(mask: int) -> int:
    """How many keys a block has."""
    return 1 << (32 - mask.bit_count())
