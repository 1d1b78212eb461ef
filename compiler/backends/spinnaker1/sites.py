"""Chooses the chip and core of every core of a network: near those that it talks to, as far as chips have room.

Cores of one population stay together where that takes no more chips: one entry of a routing table then leads to all of
them, and one packet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....targets.spinnaker1.board import Boards, chips_of, distances, ethernet_chips
from ....targets.spinnaker1.model import SpinnakerChip

MOST_SWAPPED = 400
"""Cores of a network for which swaps are tried."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Chips:
    """The chips of a system, in order of their numbers. number: (chips,) as boards count them. first: (chips,) the
    number of the first core that may run neurons."""

    boards: Boards
    number: np.ndarray
    first: np.ndarray
    cores_per_chip: int

    @property
    def room(self) -> np.ndarray:
        """(chips,) cores that may run neurons."""
        return self.cores_per_chip + 1 - self.first

    def distance(self, here: np.ndarray | int, there: np.ndarray | int | None = None) -> np.ndarray:
        """Links of the shortest ways between chips by their places in this list, broadcast; to all of them if left
        out. Systems have tens of thousands of chips: nothing is kept for each pair."""
        to = self.number if there is None else self.number[there]
        return distances(self.boards, self.number[here], to)


def chips_there(target: SpinnakerChip) -> Chips:
    """List the chips of the boards, as many as the target has."""
    boards = target.boards
    number = np.flatnonzero(chips_of(boards))[: target.grid.chips]
    taken = target.grid.cores_per_chip - target.chip.ethernet_cores
    first = 1 + taken * np.isin(number, ethernet_chips(boards))
    return Chips(boards=boards, number=number, first=first, cores_per_chip=target.grid.cores_per_chip)


def chosen_chips(
    chips: Chips,
    traffic: np.ndarray,
    from_host: np.ndarray,
    memory: np.ndarray,
    most_memory: int,
    population: np.ndarray,
) -> np.ndarray | None:
    """Choose a chip for each core: (cores,) int64; None where there is no room.

    traffic: (cores, cores) packets a step from core to core. from_host: (cores,) from chip 0. memory: (cores,) bytes,
    of which a chip has `most_memory`. population: (cores,) int64 number of each."""
    both = traffic + traffic.T
    np.fill_diagonal(both, 0)
    apart = _grown(chips, both, from_host, memory, most_memory, np.arange(len(both)))
    if apart is None:
        return None
    together = _grown(chips, both, from_host, memory, most_memory, population)
    if together is not None and np.unique(together).size <= np.unique(apart).size:
        return together
    if len(apart) <= MOST_SWAPPED:
        _swap(chips, apart, both, from_host, memory, most_memory)
    return apart


def hops_a_step(chips: Chips, chip: np.ndarray, traffic: np.ndarray, from_host: np.ndarray) -> float:
    """Links that packets travel in a step, to each chip by itself: one packet reaches all cores of a chip."""
    total = 0.0
    for at in np.unique(chip).tolist():
        there = chip == at
        sent = traffic[:, there].max(axis=1)
        total += float(sent @ chips.distance(chip, at) + from_host[there].max() * chips.distance(0, at))
    return total


def _grown(
    chips: Chips,
    both: np.ndarray,
    from_host: np.ndarray,
    memory: np.ndarray,
    most_memory: int,
    group: np.ndarray,
) -> np.ndarray | None:
    """Group after group, the one with the core that is talked to most from those that have a place, to the nearest chip
    with room for all of it; one that no chip has room for fills chip after chip, the emptiest first."""
    cores = len(both)
    room, left = chips.room.copy(), np.full(chips.number.size, most_memory, dtype=np.int64)
    chip, waits, pull = np.full(cores, -1, dtype=np.int64), np.ones(cores, dtype=np.bool_), from_host.copy()
    cost = np.outer(chips.distance(0), from_host).astype(np.float64)
    for _ in range(cores):
        first = int(np.where(waits, pull, -1.0).argmax())
        mine = np.flatnonzero(waits & (group == group[first]))
        free = _with_room(room, left, memory[mine])
        if not free.any():
            mine = mine[: max(1, int(room.max()))]
            while mine.size > 1 and not _with_room(room, left, memory[mine]).any():
                mine = mine[:-1]
            free = _with_room(room, left, memory[mine])
        if not free.any():
            return None
        # Of chips as near, the one nearest to the host, then the first.
        near = cost[:, mine].sum(axis=1)
        at = int(np.lexsort((chips.number, chips.distance(0), near, ~free))[0])
        chip[mine], waits[mine] = at, False
        room[at] -= mine.size
        left[at] -= memory[mine].sum()
        said = both[mine].sum(axis=0)
        pull = pull + said
        cost += np.outer(chips.distance(at), said)
        if not waits.any():
            break
    return chip


def _with_room(room: np.ndarray, left: np.ndarray, memory: np.ndarray) -> np.ndarray:
    return (room >= memory.size) & (left >= memory.sum())


def _swap(
    chips: Chips,
    chip: np.ndarray,
    both: np.ndarray,
    from_host: np.ndarray,
    memory: np.ndarray,
    most_memory: int,
) -> None:
    """Exchange cores as long as packets travel fewer links for it."""
    used = np.bincount(chip, memory, chips.number.size)
    for _ in range(4 * len(chip)):
        between = chips.distance(chip[:, None], chip)
        there = both @ between + np.outer(from_host, chips.distance(0, chip))
        here = there.diagonal()
        gain = here[:, None] + here[None, :] - there - there.T - 2 * both * between
        more = memory[None, :] - memory[:, None]
        fits = (used[chip][:, None] + more <= most_memory) & (used[chip][None, :] - more <= most_memory)
        gain = np.where(fits, gain, 0.0)
        best = int(gain.argmax())
        if gain.flat[best] <= 1e-9:
            return
        a, b = divmod(best, len(chip))
        used[chip[a]] += memory[b] - memory[a]
        used[chip[b]] += memory[a] - memory[b]
        chip[a], chip[b] = chip[b], chip[a]
