"""Cuts an order of neurons into cores, as full as the limits allow."""
# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
# An element of an array is a scalar to the kernel's compiler, and an array to a type checker.

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...targets.native.jit import compiled
from .graph import GroupedGraph, Limits

FREE, ALIGNED, REMAINDER = 0, 1, 2
_NUMBER, _NEURONS, _AXONS, _MEMORY, _PACKETS, _SLOTS, _WAITING = range(7)


class Pins(NamedTuple):
    """A graph and its limits as a kernel reads them (fields as in GroupedGraph; rates in RATE_UNITS)."""

    in_start: np.ndarray
    in_group: np.ndarray
    size: np.ndarray
    rate: np.ndarray
    memory: np.ndarray
    slots: np.ndarray
    out_group: np.ndarray
    out_rate: np.ndarray
    neurons_limit: int
    axons_limit: int
    memory_limit: int
    slots_limit: int


class Order(NamedTuple):
    """Atom i is the vertices `vertex[i] + j * step[i]`, j < length[i]. alike: all reached by the same groups.
    block: the block that each atom belongs to; the atoms of a block follow each other."""

    vertex: np.ndarray
    step: np.ndarray
    length: np.ndarray
    alike: np.ndarray
    block: np.ndarray


def pins(graph: GroupedGraph, limits: Limits) -> Pins:
    """Convert a graph and its limits for the kernels."""
    return Pins(
        graph.in_start, graph.in_group, graph.group_axons, graph.group_rate, graph.vertex_memory, graph.vertex_slots,
        graph.out_group, graph.out_rate, limits.neurons, limits.axons, limits.memory, limits.slots,
    )  # fmt: skip


@compiled
def pack(order: Order, mode: int, p: Pins, first: int, core: np.ndarray) -> tuple[int, int]:
    """Cut an order into cores. (cores, packets in RATE_UNITS) of cutting the atoms in their order; core[v] becomes
    first, first + 1 ..

    mode: FREE cuts anywhere; ALIGNED begins a core where a block would not fit whole into the rest of the present
    one; REMAINDER fills whole cores from each block, then packs what is left over of the blocks. Packets count a
    spike once per core of these atoms that it reaches, other than the core it is on. cores is -1 where a vertex does
    not fit on an empty core."""
    stamp = np.full(len(p.size), -1, np.int64)
    on_core = np.empty(p.neurons_limit, np.int64)
    rest = np.empty(order.length.sum() if mode == REMAINDER else 0, np.int64)
    now = np.zeros(7, np.int64)
    now[_NUMBER] = first
    if not _fill(order, mode, p, stamp, now, on_core, rest, core):
        return -1, 0
    if mode == REMAINDER:
        left = rest[: now[_WAITING]]
        one = np.ones(len(left), np.int64)
        alone = Order(left, one, one, np.zeros(len(left), np.bool_), one)
        if not _fill(alone, np.int64(FREE), p, stamp, now, on_core, rest, core):
            return -1, 0
    if now[_NEURONS] > 0:
        _close(now, on_core, stamp, p)
    return now[_NUMBER] - first, now[_PACKETS]


@compiled
def _fill(
    order: Order,
    mode: int,
    p: Pins,
    stamp: np.ndarray,
    now: np.ndarray,
    on_core: np.ndarray,
    rest: np.ndarray,
    core: np.ndarray,
) -> bool:
    """Put the atoms of an order onto cores; False where a vertex does not fit on an empty one. One function, because a
    call with so many arrays takes longer than a vertex, and an array that is taken out of a tuple once is counted as a
    reference once."""
    trial = np.full(len(p.size) if mode == ALIGNED else 0, -1, np.int64)
    start, groups, size, rate = p.in_start, p.in_group, p.size, p.rate
    memory, slots = p.memory, p.slots
    vertex, stride, length, alike, block = order.vertex, order.step, order.length, order.alike, order.block
    atoms = len(vertex)
    for i in range(atoms):
        begins = i == 0 or block[i] != block[i - 1]
        if (
            begins
            and mode == ALIGNED
            and now[_NEURONS] > 0
            and not _block_fits(order, i, p, stamp, trial, now)
        ):
            _close(now, on_core, stamp, p)
        done, step = 0, stride[i]
        while done < length[i]:
            v = vertex[i] + done * step
            number = now[_NUMBER]
            new, more = _not_yet(groups, start[v], start[v + 1], stamp, number, size)
            axons = now[_AXONS] + more
            room = min(p.neurons_limit - now[_NEURONS], length[i] - done if alike[i] else 1)
            if memory[v] > 0:
                room = min(room, (p.memory_limit - now[_MEMORY]) // memory[v])
            taken, given = _within_slots(slots, v, step, room, p.slots_limit - now[_SLOTS])
            if axons > p.axons_limit or taken < 1:
                if now[_NEURONS] == 0:
                    return False
                _close(now, on_core, stamp, p)
                continue
            for j in range(start[v], start[v + 1] if new else start[v]):
                now[_PACKETS] += 0 if stamp[groups[j]] == number else rate[groups[j]]
                stamp[groups[j]] = number
            for k in range(taken):
                core[v + k * step] = number
                on_core[now[_NEURONS] + k] = v + k * step
            now[_NEURONS] += taken
            now[_AXONS] = axons
            now[_MEMORY] += taken * memory[v]
            now[_SLOTS] += given
            done += taken
        if mode == REMAINDER and (i + 1 == atoms or block[i + 1] != block[i]):
            now[_WAITING] = _take_apart(p, stamp, now, on_core, rest, now[_WAITING])
    return True


@compiled
def _not_yet(
    groups: np.ndarray, begin: int, end: int, stamp: np.ndarray, number: int, size: np.ndarray
) -> tuple[int, int]:
    """How many of these groups the core does not hear yet, and their axons: without branches, which a processor would
    guess wrong."""
    new, axons = 0, 0
    for j in range(begin, end):
        there = stamp[groups[j]] == number
        new += not there
        axons += 0 if there else size[groups[j]]
    return new, axons


@compiled
def _within_slots(slots: np.ndarray, v: int, step: int, most: int, room: int) -> tuple[int, int]:
    """How many of the `most` vertices from v on have room in so many slots, and how many they take."""
    taken, given = 0, 0
    while taken < most and given + slots[v + taken * step] <= room:
        given += slots[v + taken * step]
        taken += 1
    return taken, given


@compiled
def _close(now: np.ndarray, on_core: np.ndarray, stamp: np.ndarray, p: Pins) -> None:
    """Ends the present core: spikes whose source is on it are no packets to it."""
    out_group, out_rate = p.out_group, p.out_rate
    for k in range(now[_NEURONS]):
        group = out_group[on_core[k]]
        if group >= 0 and stamp[group] == now[_NUMBER]:
            now[_PACKETS] -= out_rate[on_core[k]]
    now[_NUMBER] += 1
    now[_NEURONS], now[_AXONS], now[_MEMORY], now[_SLOTS] = 0, 0, 0, 0


@compiled
def _take_apart(
    p: Pins, stamp: np.ndarray, now: np.ndarray, on_core: np.ndarray, rest: np.ndarray, waiting: int
) -> int:
    """Empties the unfinished core; its vertices wait in `rest`."""
    groups, rate, start = p.in_group, p.rate, p.in_start
    for k in range(now[_NEURONS]):
        v = on_core[k]
        rest[waiting + k] = v
        for i in range(start[v], start[v + 1]):
            if stamp[groups[i]] == now[_NUMBER]:
                stamp[groups[i]] = -1
                now[_PACKETS] -= rate[groups[i]]
    waiting += now[_NEURONS]
    now[_NEURONS], now[_AXONS], now[_MEMORY], now[_SLOTS] = 0, 0, 0, 0
    return waiting


@compiled
def _block_fits(
    order: Order, start: int, p: Pins, stamp: np.ndarray, trial: np.ndarray, now: np.ndarray
) -> bool:
    """The whole block that begins at atom `start` fits into the rest of the present core."""
    neurons, axons, memory, slots = now[_NEURONS], now[_AXONS], now[_MEMORY], now[_SLOTS]
    groups, size, begin, number = p.in_group, p.size, p.in_start, now[_NUMBER]
    of_memory, of_slots = p.memory, p.slots
    i = start
    while i < len(order.vertex) and order.block[i] == order.block[start]:
        for k in range(order.length[i]):
            v = order.vertex[i] + k * order.step[i]
            memory += of_memory[v]
            slots += of_slots[v]
            if k > 0 and order.alike[i]:
                continue
            for j in range(begin[v], begin[v + 1]):
                group = groups[j]
                axons += 0 if stamp[group] == number or trial[group] == start else size[group]
                trial[group] = start
        neurons += order.length[i]
        i += 1
    return (
        neurons <= p.neurons_limit
        and axons <= p.axons_limit
        and memory <= p.memory_limit
        and slots <= p.slots_limit
    )
