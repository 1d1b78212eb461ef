"""Moves and swaps of items between cores with exact multicast gains under all limits."""
# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
# An element of an array is a scalar to the kernel's compiler, and an array to a type checker.

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...targets.native.jit import NOWHERE, ZERO, compiled

SMOOTH = 64  # counts from here on are alike to the smoothed gain


class Items(NamedTuple):
    """What moves: vertices, or clusters of them. The groups that reach item i are `in_group[in_start[i] :
    in_start[i + 1]]`; its sources send out_rate (RATE_UNITS) to `out_group` in the same way; out_loop: that group
    also reaches the item. size, rate: sources and spikes per step of each group. limits: neurons, axons, memory,
    slots and layers of a core."""

    neurons: np.ndarray
    memory: np.ndarray
    slots: np.ndarray
    layer: np.ndarray
    in_start: np.ndarray
    in_group: np.ndarray
    out_start: np.ndarray
    out_group: np.ndarray
    out_rate: np.ndarray
    out_loop: np.ndarray
    size: np.ndarray
    rate: np.ndarray
    limits: np.ndarray


class State(NamedTuple):
    """Who is where. Group g touches the cores `slot_core[slot_start[g] : slot_start[g] + slot_used[g]]`:
    slot_count of its target items there, slot_home the rate of its sources there. load: (cores, 5) neurons,
    axons, memory, slots, layers. of_layer: (cores, layers) items. packets: (1,) the total in RATE_UNITS. random: (1,)
    uint64. want: an item that would have gone from one core to another, had there been room, per hash of the two."""

    core: np.ndarray
    slot_start: np.ndarray
    slot_used: np.ndarray
    slot_core: np.ndarray
    slot_count: np.ndarray
    slot_home: np.ndarray
    load: np.ndarray
    of_layer: np.ndarray
    packets: np.ndarray
    random: np.ndarray
    want: np.ndarray
    gain: np.ndarray
    shared: np.ndarray
    seen: np.ndarray
    touched: np.ndarray
    n_touched: np.ndarray


@compiled
def _uniform(random: np.ndarray) -> float:
    """The next number of (0, 1) of a xorshift* generator."""
    x = random[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    random[0] = x
    return (np.float64((x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(11)) + 0.5) / 9007199254740992.0


@compiled
def _slot(slot_core: np.ndarray, start: int, used: int, core: int) -> int:
    """Where `core` stands among the cores that a group touches, from `start` on; -1 where it does not."""
    for k in range(start, start + used):
        if slot_core[k] == core:
            return k
    return -1


@compiled
def put(t: Items, s: State, item: int, core: int) -> None:
    """Puts an item that is nowhere on `core`."""
    # An array that is taken out of a tuple once, not in every turn of a loop, is counted as a reference once.
    start, used, slot_core, count, home = s.slot_start, s.slot_used, s.slot_core, s.slot_count, s.slot_home
    groups, rate, size = t.in_group, t.rate, t.size
    packets = axons = 0
    for i in range(t.in_start[item], t.in_start[item + 1]):
        group = groups[i]
        k = _slot(slot_core, start[group], used[group], core)
        if k < 0:
            k = start[group] + used[group]
            used[group] += 1
            slot_core[k], count[k], home[k] = core, 0, 0
        if count[k] == 0:
            packets += rate[group] - home[k]
            axons += size[group]
        count[k] += 1
    sent = t.out_rate
    for i in range(t.out_start[item], t.out_start[item + 1]):
        if sent[i] > 0:
            group = t.out_group[i]
            k = _slot(slot_core, start[group], used[group], core)
            if k < 0:
                k = start[group] + used[group]
                used[group] += 1
                slot_core[k], count[k], home[k] = core, 0, 0
            home[k] += sent[i]
            if count[k] > 0:
                packets -= sent[i]
    s.packets[0] += packets
    s.load[core, 0] += t.neurons[item]
    s.load[core, 1] += axons
    s.load[core, 2] += t.memory[item]
    s.load[core, 3] += t.slots[item]
    s.load[core, 4] += s.of_layer[core, t.layer[item]] == 0
    s.of_layer[core, t.layer[item]] += 1
    s.core[item] = core


@compiled
def take(t: Items, s: State, item: int) -> None:
    """Takes an item off its core; the inverse of `put`."""
    start, used, slot_core, count, home = s.slot_start, s.slot_used, s.slot_core, s.slot_count, s.slot_home
    groups, rate, size, sent = t.in_group, t.rate, t.size, t.out_rate
    core, packets, axons = s.core[item], 0, 0
    for i in range(t.out_start[item], t.out_start[item + 1]):
        if sent[i] > 0:
            group = t.out_group[i]
            k = _slot(slot_core, start[group], used[group], core)
            home[k] -= sent[i]
            if count[k] > 0:
                packets += sent[i]
            elif home[k] == 0:
                used[group] -= 1
                last = start[group] + used[group]
                slot_core[k], count[k], home[k] = slot_core[last], count[last], home[last]
    for i in range(t.in_start[item], t.in_start[item + 1]):
        group = groups[i]
        k = _slot(slot_core, start[group], used[group], core)
        count[k] -= 1
        if count[k] == 0:
            packets -= rate[group] - home[k]
            axons += size[group]
            if home[k] == 0:
                used[group] -= 1
                last = start[group] + used[group]
                slot_core[k], count[k], home[k] = slot_core[last], count[last], home[last]
    s.packets[0] += packets
    s.load[core, 0] -= t.neurons[item]
    s.load[core, 1] -= axons
    s.load[core, 2] -= t.memory[item]
    s.load[core, 3] -= t.slots[item]
    s.of_layer[core, t.layer[item]] -= 1
    s.load[core, 4] -= s.of_layer[core, t.layer[item]] == 0
    s.core[item] = -1


@compiled
def _touch(seen: np.ndarray, touched: np.ndarray, core: int, n_touched: int) -> int:
    if not seen[core]:
        seen[core] = True
        touched[n_touched] = core
        return n_touched + 1
    return n_touched


@compiled
def _forget(s: State) -> None:
    """Cores that the next survey does not touch gain nothing."""
    seen, gain, shared, touched = s.seen, s.gain, s.shared, s.touched
    for i in range(s.n_touched[0]):
        core = touched[i]
        seen[core], gain[core], shared[core] = False, 0.0, 0


@compiled
def survey(t: Items, s: State, item: int, smooth: np.ndarray) -> int:
    """How many cores were touched. For each core c of `touched`: gain[c] is what the packets fall by if the item
    (which may be nowhere) sits on c, up to a number that is the same for all cores; shared[c] the axons of the
    item that c has already. smooth[k]: what a group that reaches k other items there already counts, 1 being exact.
    """
    here = s.core[item]
    _forget(s)
    start, used, slot_core, count, home = s.slot_start, s.slot_used, s.slot_core, s.slot_count, s.slot_home
    gain, shared, seen, touched = s.gain, s.shared, s.seen, s.touched
    groups, rates, size = t.in_group, t.rate, t.size
    n_touched = ZERO
    if here >= 0:
        n_touched = _touch(seen, touched, here, n_touched)
    for i in range(t.in_start[item], t.in_start[item + 1]):
        group = groups[i]
        rate = float(rates[group])
        for k in range(start[group], start[group] + used[group]):
            core = slot_core[k]
            n_touched = _touch(seen, touched, core, n_touched)
            others = count[k] - (1 if core == here else 0)
            if others > 0:
                gain[core] += rate * smooth[min(others, SMOOTH)]
                shared[core] += size[group]
            else:
                gain[core] += home[k]
    out_groups, sent, loops = t.out_group, t.out_rate, t.out_loop
    for i in range(t.out_start[item], t.out_start[item + 1]):
        group = out_groups[i]
        if loops[i]:
            k = _slot(slot_core, start[group], used[group], here) if here >= 0 else -1
            if k >= 0 and count[k] == 1:
                gain[here] -= sent[i]
            continue
        for k in range(start[group], start[group] + used[group]):
            if count[k] > 0:
                n_touched = _touch(seen, touched, slot_core[k], n_touched)
                gain[slot_core[k]] += sent[i]
    s.n_touched[0] = n_touched
    return n_touched


@compiled
def _axons(t: Items, item: int) -> int:
    """What the item needs on an empty core."""
    groups, size, axons = t.in_group, t.size, 0
    for i in range(t.in_start[item], t.in_start[item + 1]):
        axons += size[groups[i]]
    return axons


@compiled
def _fits(t: Items, s: State, item: int, axons: int, core: int) -> bool:
    """axons: those that the core would have to add."""
    return (
        s.load[core, 0] + t.neurons[item] <= t.limits[0]
        and s.load[core, 1] + axons <= t.limits[1]
        and s.load[core, 2] + t.memory[item] <= t.limits[2]
        and s.load[core, 3] + t.slots[item] <= t.limits[3]
        and s.load[core, 4] + (s.of_layer[core, t.layer[item]] == 0) <= t.limits[4]
    )


@compiled
def _legal(t: Items, s: State, core: int) -> bool:
    return (
        s.load[core, 0] <= t.limits[0]
        and s.load[core, 1] <= t.limits[1]
        and s.load[core, 2] <= t.limits[2]
        and s.load[core, 3] <= t.limits[3]
        and s.load[core, 4] <= t.limits[4]
    )


@compiled
def _swap(t: Items, s: State, item: int, to_core: int, floor: float, smooth: np.ndarray) -> bool:
    """Exchanges `item` with the item on `there` that wants its place, if together they gain more than `floor`
    and both cores stay within the limits; else leaves a note of the wish."""
    here = s.core[item]
    cores = len(s.load)
    other = s.want[(to_core * cores + here) % len(s.want)]
    if other >= 0 and other != item and s.core[other] == to_core:
        first = s.gain[to_core] - s.gain[here]
        take(t, s, item)
        put(t, s, item, to_core)
        survey(t, s, other, smooth)
        if first + s.gain[here] - s.gain[to_core] > floor:
            take(t, s, other)
            put(t, s, other, here)
            if _legal(t, s, here) and _legal(t, s, to_core):
                s.want[(to_core * cores + here) % len(s.want)] = -1
                return True
            take(t, s, other)
            put(t, s, other, to_core)
        take(t, s, item)
        put(t, s, item, here)
        return False
    s.want[(here * cores + to_core) % len(s.want)] = item
    return False


@compiled
def visit(t: Items, s: State, item: int, heat: float, smooth: np.ndarray) -> bool:
    """Moves the item to the core where it gains most, drawn by heat bath at temperature `heat` (RATE_UNITS)."""
    here = s.core[item]
    n_touched = survey(t, s, item, smooth)
    if n_touched == 1:
        return False
    axons = _axons(t, item)
    stay = -heat * np.log(-np.log(_uniform(s.random))) if heat > 0 else 0.0
    best, best_gain, full, full_gain = NOWHERE, stay, NOWHERE, stay
    for i in range(n_touched):
        core = s.touched[i]
        gain = s.gain[core] - s.gain[here]
        if core == here or gain < -8 * heat:
            continue
        if heat > 0:
            gain -= heat * np.log(-np.log(_uniform(s.random)))
        if gain > best_gain and _fits(t, s, item, axons - s.shared[core], core):
            best, best_gain = core, gain
        elif gain > full_gain:
            full, full_gain = core, gain
    if full >= 0 and full_gain > best_gain:
        floor = heat * np.log(_uniform(s.random)) if heat > 0 else 0.0
        if _swap(t, s, item, full, floor, smooth):
            return True
    if best < 0:
        return False
    take(t, s, item)
    put(t, s, item, best)
    return True


@compiled
def sweep(t: Items, s: State, order: np.ndarray, heat: float, smooth: np.ndarray) -> int:
    """Visits the items in this order; how many changed place."""
    moved = 0
    for item in order:
        moved += visit(t, s, item, heat, smooth)
    return moved


@compiled
def put_all(t: Items, s: State, core: np.ndarray) -> None:
    """Put every item on its core in `core`."""
    for item in range(len(core)):
        put(t, s, item, core[item])


@compiled
def drain(t: Items, s: State, items: np.ndarray, smooth: np.ndarray, ceiling: int) -> bool:
    """Moves all these items off their one core where each costs least; puts them back if one finds no room or
    the packets exceed `ceiling` (RATE_UNITS)."""
    here = s.core[items[0]]
    for n in range(len(items)):
        item = items[n]
        axons = _axons(t, item)
        n_touched = survey(t, s, item, smooth)
        best, best_gain = NOWHERE, -1.0
        for i in range(n_touched):
            core = s.touched[i]
            if core != here and s.gain[core] > best_gain and _fits(t, s, item, axons - s.shared[core], core):
                best, best_gain = core, s.gain[core]
        core = ZERO
        while best < 0 and core < len(s.load):
            if core != here and s.load[core, 0] > 0 and _fits(t, s, item, axons, core):
                best = core
            core += 1
        if best >= 0:
            take(t, s, item)
            put(t, s, item, best)
        if best < 0 or (n + 1 == len(items) and s.packets[0] > ceiling):
            for k in range(n + 1):
                take(t, s, items[k])
                put(t, s, items[k], here)
            return False
    return True


@compiled
def shuffle(order: np.ndarray, random: np.ndarray) -> None:
    """Fisher–Yates, in place."""
    for i in range(len(order) - 1, 0, -1):
        j = int(_uniform(random) * (i + 1))
        order[i], order[j] = order[j], order[i]


@compiled
def _exchange_pair(t: Items, s: State, item: int, other: int) -> bool:
    """Exchanges the two if the packets fall and both cores stay within the limits."""
    here, to_core, before = s.core[item], s.core[other], s.packets[0]
    take(t, s, item)
    take(t, s, other)
    put(t, s, item, to_core)
    put(t, s, other, here)
    if s.packets[0] < before and _legal(t, s, here) and _legal(t, s, to_core):
        return True
    take(t, s, item)
    take(t, s, other)
    put(t, s, item, here)
    put(t, s, other, to_core)
    return False


@compiled
def _best_partner(
    t: Items, s: State, item: int, to_core: int, first: float, candidates: np.ndarray, exact: np.ndarray
) -> int:
    """Of the items `held`, the one on `there` whose exchange with `item`, which gains `first` by going there, seems
    to gain most; -1 if none gains."""
    here = s.core[item]
    best, best_gain = NOWHERE, 0.0
    for other in candidates:
        if s.core[other] != to_core:
            continue
        survey(t, s, other, exact)
        gain = first + s.gain[here] - s.gain[to_core]
        if gain > best_gain:
            best, best_gain = other, gain
    return best


@compiled
def _by_core(core_of: np.ndarray, cores: int) -> tuple[np.ndarray, np.ndarray]:
    """Items in order of their cores, and where those of each core begin. Sorting of numpy takes seconds to compile."""
    start = np.zeros(cores + 1, np.int64)
    for item in range(len(core_of)):
        start[core_of[item] + 1] += 1
    for core in range(cores):
        start[core + 1] += start[core]
    place, order = start.copy(), np.empty(len(core_of), np.int64)
    for item in range(len(core_of)):
        core = core_of[item]
        order[place[core]] = item
        place[core] += 1
    return order, start


@compiled
def exchange(t: Items, s: State, order: np.ndarray, exact: np.ndarray) -> int:
    """Exchanges each item, in this order, with an item of the core that it would gain most by joining, the one
    that loses least by leaving it; only where the packets fall. How many pairs changed places."""
    by_core, start = _by_core(s.core, len(s.load))
    pairs = 0
    for item in order:
        n_touched = survey(t, s, item, exact)
        here = s.core[item]
        to_core, first = NOWHERE, 0.0
        for i in range(n_touched):
            gain = s.gain[s.touched[i]] - s.gain[here]
            if gain > first:
                to_core, first = s.touched[i], gain
        if to_core < 0:
            continue
        other = _best_partner(t, s, item, to_core, first, by_core[start[to_core] : start[to_core + 1]], exact)
        if other >= 0:
            pairs += _exchange_pair(t, s, item, other)
    return pairs
