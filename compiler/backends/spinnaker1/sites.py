"""Chooses the chip and core of every core of a network: near those that it talks to, as far as chips have room."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....targets.spinnaker1.board import chips_of, ethernet_chips, hops, links_of
from ....targets.spinnaker1.model import SpinnakerChip

MOST_SWAPPED = 400
"""Cores of a network for which swaps are tried."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Chips:
    """The chips of a system, in order of their numbers. number: (chips,) as boards count them. first: (chips,) the
    number of the first core that may run neurons. distance: (chips, chips) links of the shortest way."""

    number: np.ndarray
    first: np.ndarray
    distance: np.ndarray
    cores_per_chip: int

    @property
    def room(self) -> np.ndarray:
        """(chips,) cores that may run neurons."""
        return self.cores_per_chip + 1 - self.first


def chips_there(target: SpinnakerChip) -> Chips:
    """List the chips of the boards, as many as the target has."""
    boards = target.boards
    number = np.flatnonzero(chips_of(boards))[: target.grid.chips]
    taken = target.grid.cores_per_chip - target.chip.ethernet_cores
    first = 1 + taken * np.isin(number, ethernet_chips(boards))
    distance = np.array(
        [[links_of(*hops(boards, here, there)) for there in number.tolist()] for here in number.tolist()]
    )
    return Chips(number=number, first=first, distance=distance, cores_per_chip=target.grid.cores_per_chip)


def chosen_chips(
    chips: Chips, traffic: np.ndarray, from_host: np.ndarray, memory: np.ndarray, most_memory: int
) -> np.ndarray | None:
    """Choose a chip for each core: (cores,) int64; None where there is no room.

    traffic: (cores, cores) packets a step from core to core. from_host: (cores,) from chip 0. memory: (cores,) bytes,
    of which a chip has `most_memory`."""
    both = traffic + traffic.T
    np.fill_diagonal(both, 0)
    chip = _grown(chips, both, from_host, memory, most_memory)
    if chip is not None and len(chip) <= MOST_SWAPPED:
        _swap(chips, chip, both, from_host, memory, most_memory)
    return chip


def hops_a_step(chips: Chips, chip: np.ndarray, traffic: np.ndarray, from_host: np.ndarray) -> float:
    """Links that packets travel in a step, each target by itself."""
    return float(
        (traffic * chips.distance[chip][:, chip]).sum() + (from_host * chips.distance[0, chip]).sum()
    )


def _grown(
    chips: Chips, both: np.ndarray, from_host: np.ndarray, memory: np.ndarray, most_memory: int
) -> np.ndarray | None:
    """Core after core, the one that talks most to those that have a place, to the nearest chip with room."""
    cores = len(both)
    room, left = chips.room.copy(), np.full(chips.number.size, most_memory, dtype=np.int64)
    chip, waits, pull = np.full(cores, -1, dtype=np.int64), np.ones(cores, dtype=np.bool_), from_host.copy()
    cost = np.outer(chips.distance[0], from_host).astype(np.float64)
    for _ in range(cores):
        core = int(np.where(waits, pull, -1.0).argmax())
        free = (room > 0) & (left >= memory[core])
        if not free.any():
            return None
        # Of chips as near, the one nearest to the host, then the first.
        order = np.lexsort((chips.number, chips.distance[0], cost[:, core], ~free))
        at = int(order[0])
        chip[core], waits[core] = at, False
        room[at] -= 1
        left[at] -= memory[core]
        pull = pull + both[core]
        cost += np.outer(chips.distance[at], both[core])
    return chip


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
        at = both @ chips.distance[chip] + np.outer(from_host, chips.distance[0])
        here = np.take_along_axis(at, chip[:, None], axis=1)[:, 0]
        there = at[:, chip]
        gain = here[:, None] + here[None, :] - there - there.T - 2 * both * chips.distance[chip][:, chip]
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
