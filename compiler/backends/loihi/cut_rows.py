"""Cuts the synapses of a projection by core, and groups what is alike: sources share axons, axons share rows.

The counts of partitioner and checker and what the emitter stores come from here. Two 64-bit words tell rows apart; that
every stored synapse is what the network asks for is for the static verdict to see, one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ....targets.machines.synapse_rows import SynapseRows, narrowest
from ....targets.native.threads import each

STEPS = (0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93)
"""Odd, so that their powers can be taken back; 5 and 3 modulo 8, so that 2**62 powers of each differ."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CutRows:
    """The synapses of a projection as its cores store them. P pairs of a source and a core that it reaches, A axons and
    R rows, each sorted by core and numbered in order of the first source that needs it.

    source, core, axon: (P,) int64 of each pair. axon_core, axon_base, axon_row: (A,) int64, the base is the compartment
    that the row counts from. row_core, row_count, row_span: (R,) int64: synapses, and compartments from the base to the
    last one. max_index: (cores,) the largest offset from a base; twice: (cores,) bool, whether a source has two
    synapses on one neuron. found, row_found: (P,) and (R,) int64, the pair's place in the order of sources, and the
    place of the pair that shows the row."""

    source: np.ndarray
    core: np.ndarray
    axon: np.ndarray
    axon_core: np.ndarray
    axon_base: np.ndarray
    axon_row: np.ndarray
    row_core: np.ndarray
    row_count: np.ndarray
    row_span: np.ndarray
    max_index: np.ndarray
    twice: np.ndarray
    found: np.ndarray
    row_found: np.ndarray


def cut_rows(
    synapses: SynapseRows, core_of: np.ndarray, slot_of: np.ndarray, cores: int, max_base: int
) -> CutRows:
    """Cut synapses by core. core_of, slot_of: (n,) int64 of each neuron. max_base: the largest compartment that a row
    can count from."""
    from .cut_rows_kernel import numbered

    found, words = _pairs(synapses, core_of, slot_of, cores, max_base)
    order = np.argsort(narrowest(found[:, 1]), kind="stable")
    source, core, low, high, count, twice = (found[:, k][order].astype(np.int64) for k in range(6))
    base = np.minimum(low, max_base)
    most = int(np.bincount(core).max(initial=0))
    tables = np.empty((2, 1 << (2 * most + 1).bit_length()), dtype=np.int64)
    first, numbers = (np.zeros((2, source.size), dtype=np.int64) for _ in range(2))
    rows, axons = numbered(core, count, base, words[order], *tables, *first, *numbers)
    row_pair, axon_pair = first[0, :rows], first[1, :axons]
    max_index, met = np.zeros(cores, dtype=np.int64), np.zeros(cores, dtype=np.bool_)
    np.maximum.at(max_index, core[row_pair], (high - base)[row_pair])
    met[core[twice != 0]] = True
    return CutRows(
        source=source,
        core=core,
        axon=numbers[0],
        axon_core=core[axon_pair],
        axon_base=base[axon_pair],
        axon_row=numbers[1][axon_pair],
        row_core=core[row_pair],
        row_count=count[row_pair],
        row_span=(high - base + 1)[row_pair],
        max_index=max_index,
        twice=met,
        found=order,
        row_found=order[row_pair],
    )


def stored_rows(
    synapses: SynapseRows, core_of: np.ndarray, slot_of: np.ndarray, cut: CutRows
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Offsets, codes and delays of all rows end to end, (S,) int32, int16 and int8; those of a row by neuron."""
    from .cut_rows_kernel import stored

    ends = np.cumsum(cut.row_count)
    total = int(ends[-1]) if ends.size else 0
    place, base, core = (np.full(cut.found.size, -1, dtype=np.int64) for _ in range(3))
    place[cut.row_found] = ends - cut.row_count
    core[cut.found], base[cut.found] = cut.core, cut.axon_base[cut.axon]
    columns = (np.zeros(total, np.int32), np.zeros(total, np.int16), np.zeros(total, np.int8))
    pair_of, pair = np.full(int(cut.core.max(initial=-1)) + 1, -1, dtype=np.int64), 0
    for axons in _axons(synapses):
        pair = stored(
            *axons, synapses.start, synapses.offset, synapses.weight, synapses.delay, core_of, slot_of, pair, core,
            base, place, pair_of, *columns,
        )  # fmt: skip
    return columns


def moves(places: int) -> tuple[np.ndarray, np.ndarray]:
    """What takes the two words of a synapse to each of so many places and more, and what takes them back from there.

    The words of a synapse at a place are its own word times powers of STEPS modulo 2**64: the sum of a row's words
    moves with the row. Both (n, 2) uint64."""
    return _moves(1 << places.bit_length())


@lru_cache(maxsize=8)
def _moves(places: int) -> tuple[np.ndarray, np.ndarray]:
    return _powers(STEPS, places), _powers(tuple(pow(step, -1, 1 << 64) for step in STEPS), places)


def _powers(steps: tuple[int, ...], count: int) -> np.ndarray:
    """(count, steps) uint64, of each step its powers 0 .. count - 1 modulo 2**64."""
    each = np.broadcast_to(np.array(steps, dtype=np.uint64), (count, len(steps))).copy()
    each[:1] = 1
    return np.cumprod(each, axis=0, dtype=np.uint64)


def _pairs(
    synapses: SynapseRows, core_of: np.ndarray, slot_of: np.ndarray, cores: int, max_base: int
) -> tuple[np.ndarray, np.ndarray]:
    """All that `pairs` finds, part by part, on as many threads as there are processors."""
    from .cut_rows_kernel import pairs

    parts, length = list(_axons(synapses)), np.diff(synapses.start)
    raised, lowered = moves(int(slot_of.max(initial=0)) + 1)

    def found_in(part: int) -> tuple[np.ndarray, np.ndarray]:
        axons = parts[part]
        most = int(length[axons[1]].sum())
        found, words = np.empty((most, 6), dtype=np.int32), np.empty((most, 2), dtype=np.uint64)
        pair_of, seen = np.empty(cores, dtype=np.int64), np.empty(core_of.size, dtype=np.int64)
        count = pairs(
            *axons, synapses.start, synapses.offset, synapses.weight, synapses.delay, core_of, slot_of, max_base,
            raised, lowered, pair_of, seen, found, words,
        )  # fmt: skip
        return found[:count].copy(), words[:count].copy()

    none = np.zeros((0, 6), dtype=np.int32), np.zeros((0, 2), dtype=np.uint64)
    found, words = zip(none, *each(found_in, len(parts)), strict=True)
    return np.concatenate(found), np.concatenate(words)


def _axons(synapses: SynapseRows) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    synapses = synapses.by_source()
    for part in synapses.parts():
        yield synapses.source[part], synapses.row[part], synapses.base[part]
