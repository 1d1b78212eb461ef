"""The compiled loop that folds synapses into rows, each kept once."""
# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
# An element of an array is a scalar to the kernel's compiler, and an array to a type checker.

from __future__ import annotations

import numpy as np

from ....targets.native.jit import compiled, mixed

FIRST_WORD = np.uint64(0x9E3779B97F4A7C15)


@compiled
def hashed(place: np.ndarray, weight: np.ndarray, mask: np.uint64) -> np.uint64:
    """A word of a row's places and weights, in order; mask: the bits of it that count."""
    word = FIRST_WORD
    for k in range(place.size):
        word = mixed(word ^ (np.uint64(place[k]) << np.uint64(32) ^ np.uint64(weight[k] & 0xFFFFFFFF)))
    return word & mask


@compiled
def refilled(words: np.ndarray, rows: int, table: np.ndarray) -> None:
    """Enter the first rows by their words into an empty table, whose size is a power of two."""
    last = np.uint64(table.size - 1)
    for row in range(rows):
        at = words[row] & last
        while table[at] >= 0:
            at = (at + np.uint64(1)) & last
        table[at] = row


@compiled
def numbered(
    first: int, filled: int, mask: np.uint64, used: np.ndarray, table: np.ndarray, words: np.ndarray, start: np.ndarray,
    places: np.ndarray, weights: np.ndarray,
) -> int:  # fmt: skip
    """The number of the row at first .. filled - 1: of the same one before it, or its own from now on."""
    place, weight = places[first:filled], weights[first:filled]
    word, last = hashed(place, weight, mask), np.uint64(table.size - 1)
    slot = word & last
    while table[slot] >= 0:
        row = table[slot]
        near, end = start[row], start[row + 1]
        alike = words[row] == word and end - near == filled - first
        if alike and (places[near:end] == place).all() and (weights[near:end] == weight).all():
            return row
        slot = (slot + np.uint64(1)) & last
    row = used[0]
    table[slot], words[row], start[row + 1] = row, word, filled
    used[0], used[1] = row + 1, filled
    return row


@compiled
def appended(
    post: np.ndarray, weight: np.ndarray, latency: np.ndarray, order: np.ndarray, first: int, places: np.ndarray,
    weights: np.ndarray, filled: int,
) -> tuple[int, int]:  # fmt: skip
    """Write synapses from order[first] on, of one latency, behind what is filled, those onto one neuron added up: how
    many of the order are done then, and what is filled; -1 where a sum is more than 32 bits."""
    k, begin, base = first, filled, post[order[first]]
    while k < order.size and latency[order[k]] == latency[order[first]]:
        place, added = post[order[k]] - base, np.int64(weight[order[k]])
        if filled > begin and places[filled - 1] == place:
            filled -= 1
            added += weights[filled]
        if added < -2147483648 or added > 2147483647:
            return -1, filled
        places[filled], weights[filled] = place, added
        filled, k = filled + 1, k + 1
    return k, filled


@compiled
def ordered(post: np.ndarray, latency: np.ndarray) -> np.ndarray:
    """The order by latency, then neuron."""
    rising = True
    for k in range(1, post.size):
        rising &= latency[k] > latency[k - 1] or (latency[k] == latency[k - 1] and post[k] >= post[k - 1])
    if rising:
        return np.arange(post.size)
    return np.argsort((latency.astype(np.int64) << 32) | post)


@compiled
def fold(
    source: np.ndarray, post: np.ndarray, weight: np.ndarray, latency: np.ndarray, mask: np.uint64, used: np.ndarray,
    table: np.ndarray, words: np.ndarray, start: np.ndarray, places: np.ndarray, weights: np.ndarray, axons: np.ndarray,
) -> bool:  # fmt: skip
    """Append the axons of synapses whose sources stand together, (k,) int32 each, and the rows that are not there yet.

    used: rows, places and axons so far, which are counted on; all arrays have room for k more. words: of each row.
    axons: (A, 4) int32: source, row, the neuron that the row's places count from, latency. False where the weights of
    one pair and latency add up to more than 32 bits, which `check_sums` has excluded."""
    begin = 0
    while begin < source.size:
        end = begin + 1
        while end < source.size and source[end] == source[begin]:
            end += 1
        own = slice(begin, end)
        order = ordered(post[own], latency[own])
        k = 0
        while k < order.size:
            first = order[k] + begin
            k, filled = appended(post[own], weight[own], latency[own], order, k, places, weights, used[1])
            if k < 0:
                return False
            row = numbered(used[1], filled, mask, used, table, words, start, places, weights)
            axons[used[2], 0], axons[used[2], 1] = source[begin], row
            axons[used[2], 2], axons[used[2], 3] = post[first], latency[first]
            used[2] += 1
        begin = end
    return True


@compiled
def laid_out(
    start: np.ndarray, places: np.ndarray, most_gaps: float, mean_run: int, size: np.ndarray, runs: np.ndarray
) -> None:
    """Of each row, how many synapses it has once its gaps are filled, where these are no more than most_gaps times its
    synapses, and how many runs it is: 1 where runs side by side would be shorter than mean_run on average, and its
    places are listed. places: ascending within a row, from 0 on."""
    for row in range(size.size):
        first, end = start[row], start[row + 1]
        length = end - first
        span = np.int64(places[end - 1]) + 1
        size[row], runs[row] = length, 1
        if span > length and span - length <= most_gaps * length:
            size[row] = span
        elif span > length:
            for k in range(first + 1, end):
                runs[row] += places[k] != places[k - 1] + 1
        if runs[row] * mean_run > size[row]:
            runs[row] = 0  # listed


@compiled
def lay(
    start: np.ndarray, places: np.ndarray, weights: np.ndarray, size: np.ndarray, begin: np.ndarray, runs: np.ndarray,
    first_run: np.ndarray, to_places: np.ndarray, to_weights: np.ndarray, table: np.ndarray,
) -> None:  # fmt: skip
    """Write rows, their gaps filled with synapses that weigh 0, and their runs (place, side by side, listed, where
    weights begin). size, runs: of `laid_out`; begin, first_run: (rows,) where those of each are written."""
    for row in range(size.size):
        first, end, to, run = start[row], start[row + 1], begin[row], first_run[row]
        if size[row] > end - first:
            for k in range(size[row]):
                to_places[to + k], to_weights[to + k] = k, 0
            for k in range(first, end):
                to_weights[to + places[k]] = weights[k]
        else:
            for k in range(end - first):
                to_places[to + k], to_weights[to + k] = places[first + k], weights[first + k]
        table[run, 0], table[run, 1], table[run, 2], table[run, 3] = to_places[to], size[row], 0, to
        if runs[row] == 0:
            table[run, 1], table[run, 2] = 0, size[row]
            continue
        for k in range(to + 1, to + size[row]):
            if to_places[k] != to_places[k - 1] + 1:
                table[run, 1] = k - table[run, 3]
                run += 1
                table[run, 0], table[run, 1], table[run, 2], table[run, 3] = to_places[k], 0, 0, k
        table[run, 1] = to + size[row] - table[run, 3]
