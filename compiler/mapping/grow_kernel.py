"""Fills cores one after the other with the neurons that share most of what the core receives already."""
# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
# An element of an array is a scalar to the kernel's compiler, and an array to a type checker.

from __future__ import annotations

import numpy as np

from ...targets.native.jit import compiled
from .pack_kernel import Pins


@compiled
def grow(
    p: Pins, target_start: np.ndarray, target: np.ndarray, free: np.ndarray, first: int, neurons: int,
    core: np.ndarray,
) -> int:  # fmt: skip
    """Cores used for the vertices with `free` set, which core[v] tells from `first` on. A core begins with the
    vertex that has most in common with the cores before it, then takes, among those that fit, the one that shares
    the highest rate of its sources, until it has `neurons` of them or none fits that shares any. Each vertex must
    fit on an empty core."""
    vertices = len(free)
    stamp = np.full(len(p.size), -1, np.int64)
    score = np.zeros(vertices)  # rate of the sources shared with the present core
    past = np.zeros(vertices)  # .. and with any core before
    shared = np.zeros(vertices, np.int64)  # axons of the present core that it hears too
    fan_in = _fan_in(p, vertices)
    near = np.empty(vertices, np.int64)
    aside = np.full(vertices, -1, np.int64)  # the core that had no room for it
    in_start, groups, size, rate = p.in_start, p.in_group, p.size, p.rate
    left = 0
    for v in range(vertices):
        left += free[v]
    number = first
    while left > 0:
        on_core, axons, memory, slots, count = 0, 0, 0, 0, 0
        v = _begin(free, past)
        while v >= 0:
            free[v] = False
            core[v] = number
            left -= 1
            on_core += 1
            memory += p.memory[v]
            slots += p.slots[v]
            for i in range(in_start[v], in_start[v + 1]):
                group = groups[i]
                if stamp[group] == number:
                    continue
                stamp[group] = number
                axons += size[group]
                for k in range(target_start[group], target_start[group + 1]):
                    w = target[k]
                    if free[w]:
                        if score[w] == 0:
                            near[count] = w
                            count += 1
                        score[w] += rate[group] + 1
                        shared[w] += size[group]
            room = (p.axons_limit - axons, p.memory_limit - memory, p.slots_limit - slots)
            v = (
                -1
                if on_core == neurons
                else _best(p, free, score, near[:count], aside, number, fan_in, shared, room)
            )
        for k in range(count):
            past[near[k]] += score[near[k]]
            score[near[k]] = 0.0
            shared[near[k]] = 0
        number += 1
    return number - first


@compiled
def _fan_in(p: Pins, vertices: int) -> np.ndarray:
    axons, start, groups, size = np.zeros(vertices, np.int64), p.in_start, p.in_group, p.size
    for v in range(vertices):
        for i in range(start[v], start[v + 1]):
            axons[v] += size[groups[i]]
    return axons


@compiled
def _begin(free: np.ndarray, past: np.ndarray) -> int:
    best = -1
    for v in range(len(free)):
        if free[v] and (best < 0 or past[v] > past[best]):
            best = v
    return best


@compiled
def _best(
    p: Pins, free: np.ndarray, score: np.ndarray, near: np.ndarray, aside: np.ndarray, number: int,
    fan_in: np.ndarray, shared: np.ndarray, room: tuple[int, int, int],
) -> int:  # fmt: skip
    """The free vertex of the highest score that fits, -1 if none of `near` does. Those ahead of it that do not fit are
    put aside for this core."""
    best, place = -1, len(near)
    for k in range(len(near)):
        w = near[k]
        if free[w] and aside[w] != number and (best < 0 or score[w] > score[best]) and _fits(
            p, w, fan_in[w] - shared[w], room
        ):  # fmt: skip
            best, place = w, k
    for k in range(len(near)):
        w = near[k]
        ahead = best < 0 or score[w] > score[best] or (score[w] == score[best] and k < place)
        if free[w] and ahead:
            aside[w] = number
    return best


@compiled
def _fits(p: Pins, vertex: int, axons: int, room: tuple[int, int, int]) -> bool:
    return axons <= room[0] and p.memory[vertex] <= room[1] and p.slots[vertex] <= room[2]
