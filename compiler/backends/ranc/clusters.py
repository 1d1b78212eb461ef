"""Grows clusters of neurons that a core holds: together they hear few axons, and with all copies they are few
enough.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .axon_lines import Wires


@dataclass(frozen=True, kw_only=True)
class Room:
    """What a core has: axons, and rows, one for each copy of a neuron."""

    axons: int
    rows: int


def grow(wires: Wires, neurons: np.ndarray, rows: np.ndarray, room: Room) -> list[np.ndarray]:
    """Cluster neurons that each fit a core; returns the neurons of each cluster, ascending.

    neurons: (k,) int64 ascending. rows: (wires.n,) copies of each neuron, at least 1."""
    growth = _Growth(wires, neurons)
    clusters: list[np.ndarray] = []
    while growth.left.any():
        clusters.append(np.sort(growth.cluster(rows[neurons], room)))
    return clusters


class _Growth:
    """left: (k,) bool, of `neurons`, in no cluster yet. missing: (k,) wires that a neuron needs beyond those heard."""

    def __init__(self, wires: Wires, neurons: np.ndarray) -> None:
        self.neurons = neurons
        self.start = np.concatenate([[0], np.cumsum(wires.start[neurons + 1] - wires.start[neurons])])
        own = [wires.wire[wires.start[k] : wires.start[k + 1]] for k in neurons.tolist()]
        self.wire = np.concatenate([np.zeros(0, dtype=np.int64), *own])
        of = np.repeat(np.arange(neurons.size), np.diff(self.start))
        order = np.argsort(self.wire, kind="stable")
        self.users = of[order]
        self.users_start = np.searchsorted(self.wire[order], np.arange(wires.source.size + 1))
        self.size = np.diff(self.start)
        self.left = np.ones(neurons.size, dtype=np.bool_)

    def cluster(self, rows: np.ndarray, room: Room) -> np.ndarray:
        """Grow one cluster from the neurons that are left."""
        heard = np.zeros(self.users_start.size - 1, dtype=np.bool_)
        missing = self.size.copy()
        axons, used, chosen = 0, 0, int(np.argmax(self.left))
        members: list[int] = []
        while chosen >= 0:
            new = self.wire[self.start[chosen] : self.start[chosen + 1]]
            new = new[~heard[new]]
            heard[new] = True
            for w in new.tolist():
                missing[self.users[self.users_start[w] : self.users_start[w + 1]]] -= 1
            axons, used = axons + new.size, used + int(rows[chosen])
            self.left[chosen] = False
            members.append(chosen)
            may = self.left & (missing <= room.axons - axons) & (rows <= room.rows - used)
            chosen = int(np.argmin(np.where(may, missing, np.iinfo(np.int64).max))) if may.any() else -1
        return self.neurons[members]
