"""Cuts an order of neurons into cores, as full as the limits allow."""
# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
# An element of an array is a scalar to the kernel's compiler, and an array to a type checker.

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...sim.engines.jit import compiled
from .graph import GroupedGraph, Limits

FREE, ALIGNED, REMAINDER = 0, 1, 2
_NUMBER, _NEURONS, _AXONS, _MEMORY, _PACKETS, _SLOTS = range(6)


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
    trial = np.full(len(p.size), -1, np.int64)
    on_core = np.empty(p.neurons_limit, np.int64)
    rest = np.empty(order.length.sum() if mode == REMAINDER else 0, np.int64)
    waiting = 0
    now = np.zeros(6, np.int64)
    now[_NUMBER] = first
    atoms = len(order.vertex)
    for i in range(atoms):
        begins = i == 0 or order.block[i] != order.block[i - 1]
        if (
            begins
            and mode == ALIGNED
            and now[_NEURONS] > 0
            and not _block_fits(order, i, p, stamp, trial, now)
        ):
            _close(now, on_core, stamp, p)
        done = 0
        while done < order.length[i]:
            left = order.length[i] - done if order.alike[i] else 1
            taken = _take(
                order.vertex[i] + done * order.step[i], order.step[i], left, p, stamp, now, on_core, core
            )
            if taken == 0:
                if now[_NEURONS] == 0:
                    return -1, 0
                _close(now, on_core, stamp, p)
            done += taken
        if mode == REMAINDER and (i + 1 == atoms or order.block[i + 1] != order.block[i]):
            waiting = _take_apart(p, stamp, now, on_core, rest, waiting)
    for k in range(waiting):
        if _take(rest[k], 1, 1, p, stamp, now, on_core, core) == 0:
            _close(now, on_core, stamp, p)
            _take(rest[k], 1, 1, p, stamp, now, on_core, core)
    if now[_NEURONS] > 0:
        _close(now, on_core, stamp, p)
    return now[_NUMBER] - first, now[_PACKETS]


@compiled
def _take(
    v: int,
    step: int,
    left: int,
    p: Pins,
    stamp: np.ndarray,
    now: np.ndarray,
    on_core: np.ndarray,
    core: np.ndarray,
) -> int:
    """How many of the `left` vertices from v on, reached by the same groups, the present core takes."""
    axons = now[_AXONS]
    for i in range(p.in_start[v], p.in_start[v + 1]):
        if stamp[p.in_group[i]] != now[_NUMBER]:
            axons += p.size[p.in_group[i]]
    room = min(p.neurons_limit - now[_NEURONS], left)
    if p.memory[v] > 0:
        room = min(room, (p.memory_limit - now[_MEMORY]) // p.memory[v])
    room, slots = _within_slots(v, step, room, p, now[_SLOTS])
    if axons > p.axons_limit or room < 1:
        return 0
    for i in range(p.in_start[v], p.in_start[v + 1]):
        group = p.in_group[i]
        if stamp[group] != now[_NUMBER]:
            stamp[group] = now[_NUMBER]
            now[_PACKETS] += p.rate[group]
    for k in range(room):
        core[v + k * step] = now[_NUMBER]
        on_core[now[_NEURONS] + k] = v + k * step
    now[_NEURONS] += room
    now[_AXONS] = axons
    now[_MEMORY] += room * p.memory[v]
    now[_SLOTS] = slots
    return room


@compiled
def _within_slots(v: int, step: int, room: int, p: Pins, slots: int) -> tuple[int, int]:
    """How many of the `room` vertices from v on the slots of a core allow that has given away `slots`, and how many it
    has given then."""
    for k in range(room):
        more = p.slots[v + k * step]
        if slots + more > p.slots_limit:
            return k, slots
        slots += more
    return room, slots


@compiled
def _close(now: np.ndarray, on_core: np.ndarray, stamp: np.ndarray, p: Pins) -> None:
    """Ends the present core: spikes whose source is on it are no packets to it."""
    for k in range(now[_NEURONS]):
        group = p.out_group[on_core[k]]
        if group >= 0 and stamp[group] == now[_NUMBER]:
            now[_PACKETS] -= p.out_rate[on_core[k]]
    now[_NUMBER] += 1
    now[_NEURONS], now[_AXONS], now[_MEMORY], now[_SLOTS] = 0, 0, 0, 0


@compiled
def _take_apart(
    p: Pins, stamp: np.ndarray, now: np.ndarray, on_core: np.ndarray, rest: np.ndarray, waiting: int
) -> int:
    """Empties the unfinished core; its vertices wait in `rest`."""
    for k in range(now[_NEURONS]):
        v = on_core[k]
        rest[waiting + k] = v
        for i in range(p.in_start[v], p.in_start[v + 1]):
            if stamp[p.in_group[i]] == now[_NUMBER]:
                stamp[p.in_group[i]] = -1
                now[_PACKETS] -= p.rate[p.in_group[i]]
    waiting += now[_NEURONS]
    now[_NEURONS], now[_AXONS], now[_MEMORY], now[_SLOTS] = 0, 0, 0, 0
    return waiting


@compiled
def _block_fits(
    order: Order, start: int, p: Pins, stamp: np.ndarray, trial: np.ndarray, now: np.ndarray
) -> bool:
    """The whole block that begins at atom `start` fits into the rest of the present core."""
    neurons, axons, memory, slots = now[_NEURONS], now[_AXONS], now[_MEMORY], now[_SLOTS]
    i = start
    while i < len(order.vertex) and order.block[i] == order.block[start]:
        for k in range(order.length[i]):
            v = order.vertex[i] + k * order.step[i]
            memory += p.memory[v]
            slots += p.slots[v]
            if k > 0 and order.alike[i]:
                continue
            for j in range(p.in_start[v], p.in_start[v + 1]):
                group = p.in_group[j]
                if stamp[group] != now[_NUMBER] and trial[group] != start:
                    trial[group] = start
                    axons += p.size[group]
        neurons += order.length[i]
        i += 1
    return (
        neurons <= p.neurons_limit
        and axons <= p.axons_limit
        and memory <= p.memory_limit
        and slots <= p.slots_limit
    )
