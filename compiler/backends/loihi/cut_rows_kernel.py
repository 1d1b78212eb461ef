"""The compiled loops that cut the synapses of sources by core: who reaches which core, and what is stored there."""
# pyright: reportArgumentType=false, reportReturnType=false, reportAssignmentType=false
# An element of an array is a scalar to the kernel's compiler, and an array to a type checker.

from __future__ import annotations

import numpy as np

from ....targets.native.jit import compiled, mixed

FIRST_WORD = np.uint64(0x9E3779B97F4A7C15)
"""Keeps the word of a synapse from being 0."""


@compiled
def word_of(code: int, delay: int) -> np.uint64:
    """A word of what is stored for a synapse but for its place."""
    return mixed(np.uint64(np.int64(delay) << 16 | (np.int64(code) & 0xFFFF)) + FIRST_WORD)


@compiled
def mark_meetings(
    offset: np.ndarray, base: int, source: int, core_of: np.ndarray, pair_of: np.ndarray, seen: np.ndarray,
    found: np.ndarray,
) -> None:  # fmt: skip
    """Mark the pairs of a source of which two synapses meet on a neuron, in `found`; arguments as of `pairs`."""
    for k in range(offset.size):
        neuron = base + offset[k]
        found[pair_of[core_of[neuron]], 5] |= seen[neuron] == source
        seen[neuron] = source


@compiled
def pairs(
    source: np.ndarray, row: np.ndarray, base: np.ndarray, start: np.ndarray, offset: np.ndarray, code: np.ndarray,
    delay: np.ndarray, core_of: np.ndarray, slot_of: np.ndarray, max_base: int, raised: np.ndarray,
    lowered: np.ndarray, pair_of: np.ndarray, seen: np.ndarray, found: np.ndarray, words: np.ndarray,
) -> int:  # fmt: skip
    """Find the pairs of a source and a core that it reaches, sources in order, and what the core stores for each.

    source, row, base: axons of a projection, all of a source together. raised, lowered: see `powers`. pair_of: (cores,)
    and seen: (neurons,) int64 to work in. found: (P, 6) int32: source, core, lowest slot, highest slot, synapses,
    whether two of them meet; words: (P, 2) uint64, sums of words of its synapses as they are stored. The number of
    pairs."""
    count, begin = 0, 0
    pair_of[:] = -1
    seen[:] = -1
    while begin < source.size:
        end, first, top, rising = begin, count, -1, True
        while end < source.size and source[end] == source[begin]:
            k, stop = start[row[end]], start[row[end] + 1]
            while k < stop:
                core = core_of[base[end] + offset[k]]
                pair = pair_of[core]
                if pair < first:
                    pair_of[core] = pair = count
                    found[pair, 0], found[pair, 1] = source[begin], core
                    found[pair, 2], found[pair, 3] = slot_of[base[end] + offset[k]], 0
                    found[pair, 4], found[pair, 5], words[pair, 0], words[pair, 1] = 0, 0, 0, 0
                    count += 1
                low, high, many = np.int64(found[pair, 2]), np.int64(found[pair, 3]), k
                one, other = words[pair, 0], words[pair, 1]
                while k < stop:
                    neuron = base[end] + offset[k]
                    if core_of[neuron] != core:
                        break
                    slot, word = slot_of[neuron], word_of(code[k], delay[k])
                    low, high = min(low, slot), max(high, slot)
                    one += word * raised[slot, 0]
                    other += word * raised[slot, 1]
                    rising &= neuron > top
                    top = max(top, neuron)
                    k += 1
                found[pair, 2], found[pair, 3] = low, high
                found[pair, 4] += k - many
                words[pair, 0], words[pair, 1] = one, other
            end += 1
        if not rising:  # only then can two synapses of a source meet on a neuron
            for axon in range(begin, end):
                some = slice(start[row[axon]], start[row[axon] + 1])
                mark_meetings(offset[some], base[axon], source[begin], core_of, pair_of, seen, found)
        for pair in range(first, count):
            least = min(found[pair, 2], max_base)
            words[pair, 0] *= lowered[least, 0]
            words[pair, 1] *= lowered[least, 1]
        begin = end
    return count


@compiled
def alike(pair: int, other: int, count: np.ndarray, words: np.ndarray) -> bool:
    """Whether two pairs of one core have the same stored."""
    same = words[other, 0] == words[pair, 0] and words[other, 1] == words[pair, 1]
    return same and count[other] == count[pair]


@compiled
def numbered(
    core: np.ndarray, count: np.ndarray, base: np.ndarray, words: np.ndarray, rows: np.ndarray, axons: np.ndarray,
    row_pair: np.ndarray, axon_pair: np.ndarray, axon_of: np.ndarray, row_of: np.ndarray,
) -> tuple[int, int]:  # fmt: skip
    """Number the rows and the axons of pairs, each in order of the first pair that needs it. A row is all that its
    words and their count say on one core; an axon is a row and a base.

    core: (P,) ascending. rows, axons: to work in, of a size that is a power of two and more than twice the pairs of any
    core. row_pair, axon_pair: the first pair of each. axon_of, row_of: (P,) of each pair. How many rows and axons there
    are."""
    n_rows, n_axons, begin = 0, 0, 0
    while begin < core.size:
        end = begin
        while end < core.size and core[end] == core[begin]:
            end += 1
        size = 2
        while size <= 2 * (end - begin):
            size *= 2
        rows[:size] = -1
        axons[:size] = -1
        last = np.uint64(size - 1)
        for pair in range(begin, end):
            at = mixed(words[pair, 0]) & last
            while rows[at] >= 0 and not alike(row_pair[rows[at]], pair, count, words):
                at = (at + np.uint64(1)) & last
            if rows[at] < 0:
                rows[at], row_pair[n_rows] = n_rows, pair
                n_rows += 1
            row = row_of[pair] = rows[at]
            at = mixed(np.uint64(row) << np.uint64(16) ^ np.uint64(base[pair])) & last
            while axons[at] >= 0:
                other = axon_pair[axons[at]]
                if row_of[other] == row and base[other] == base[pair]:
                    break
                at = (at + np.uint64(1)) & last
            if axons[at] < 0:
                axons[at], axon_pair[n_axons] = n_axons, pair
                n_axons += 1
            axon_of[pair] = axons[at]
        begin = end
    return n_rows, n_axons


@compiled
def stored(
    source: np.ndarray, row: np.ndarray, base: np.ndarray, start: np.ndarray, offset: np.ndarray, code: np.ndarray,
    delay: np.ndarray, core_of: np.ndarray, slot_of: np.ndarray, first_pair: int, core: np.ndarray, low: np.ndarray,
    place: np.ndarray, pair_of: np.ndarray, offsets: np.ndarray, codes: np.ndarray, delays: np.ndarray,
) -> int:  # fmt: skip
    """Write the synapses of the pairs that show a row. Axons and pairs as of `pairs`, in the order in which it finds
    them, from `first_pair` on; core, low: (P,) of each pair, its base. place: (P,) where its next synapse is written,
    counted on, -1 for none. The first pair after these."""
    begin, pair = 0, first_pair
    while begin < source.size:
        end, first = begin, pair
        while end < source.size and source[end] == source[begin]:
            for k in range(start[row[end]], start[row[end] + 1]):
                neuron = base[end] + offset[k]
                if pair_of[core_of[neuron]] < first:
                    pair_of[core_of[neuron]] = pair
                    pair += 1
                own = pair_of[core_of[neuron]]
                at = place[own]
                if at >= 0:
                    offsets[at], codes[at], delays[at] = slot_of[neuron] - low[own], code[k], delay[k]
                    place[own] = at + 1
            end += 1
        begin = end
    return pair
