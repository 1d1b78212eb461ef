"""One Xylo neuron after the other in plain Python integers, written from the published rules alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Neuron(NamedTuple):
    """A hidden neuron; an output neuron has most = 1 and takes no spikes on its second synapse."""

    dash: tuple[int, int]
    dash_mem: int
    bias: int
    threshold: int
    most: int = 31
    alias: int = -1


class Synapse(NamedTuple):
    """Weight of 8 bits and its shift; source counts inputs or hidden neurons, post all neurons."""

    from_input: bool
    source: int
    post: int
    receptor: int
    weight: int
    shift: int


class Recorded(NamedTuple):
    """[t][neuron], after each step; i is a pair."""

    spikes: list[list[int]]
    i: list[list[tuple[int, int]]]
    v: list[list[int]]


@dataclass
class Cell:
    i: list[int]
    v: int = 0
    spikes: int = 0


def int16(value: int) -> int:
    return (value + 32768) % 65536 - 32768


def clipped(value: int) -> int:
    return max(-32768, min(32767, value))


def decay(value: int, dash: int) -> int:
    taken = value >> dash
    if taken == 0:
        return 1 if value > 0 else -1 if value < 0 else 0
    return taken


def update(cell: Cell, n: Neuron, *, decay_first: bool = False) -> None:
    """cell.spikes holds what aliases brought; one spike is fired after the other."""
    for k in (0, 1):
        cell.i[k] -= decay(cell.i[k], n.dash[k])
    if decay_first:
        cell.v = clipped(cell.v - decay(cell.v, n.dash_mem) + cell.i[0] + cell.i[1])
    else:
        change = clipped(int16(-decay(cell.v, n.dash_mem)) + cell.i[0] + cell.i[1])
        cell.v = clipped(cell.v + clipped(change + n.bias))
    while cell.v >= n.threshold and cell.spikes < n.most:
        cell.v -= n.threshold
        cell.spikes += 1


def run(
    neurons: Sequence[Neuron],
    synapses: Sequence[Synapse],
    events: Sequence[Sequence[int]],
    *,
    decay_first: bool = False,
) -> Recorded:
    """events[t][input] counts; the alias of a neuron is copied as soon as the neuron is done."""
    cells = [Cell([0, 0]) for _ in neurons]
    ordered = sorted(synapses, key=lambda s: (not s.from_input, s.source))
    found = Recorded([], [], [])
    for counts in events:
        before = [cell.spikes for cell in cells]
        for s in ordered:
            count = min(counts[s.source], 15) if s.from_input else before[s.source]
            for _ in range(count):
                at = cells[s.post].i
                at[s.receptor] = clipped(at[s.receptor] + int16(s.weight << s.shift))
        for cell in cells:
            cell.spikes = 0
        for cell, n in zip(cells, neurons, strict=True):
            update(cell, n, decay_first=decay_first)
            if n.alias >= 0:
                target = cells[n.alias]
                target.spikes = min(31, target.spikes + cell.spikes)
        found.spikes.append([cell.spikes for cell in cells])
        found.i.append([(cell.i[0], cell.i[1]) for cell in cells])
        found.v.append([cell.v for cell in cells])
    return found
