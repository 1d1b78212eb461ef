"""A grid of crossbar cores in plain Python integers and sets, written from the published rules alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from spikec.targets.machines.crossbar_grid import GridCore, GridMachine


class Result(NamedTuple):
    """spikes, potentials: of each tick a list over all neurons. outputs: (tick, line). counts: by name."""

    spikes: list[list[int]]
    potentials: list[list[int]]
    outputs: list[tuple[int, int]]
    counts: dict[str, int]


def wrapped(value: int, bits: int) -> int:
    value %= 2**bits
    return value - 2**bits if value >= 2 ** (bits - 1) else value


def reset(v: int, params: dict[str, int]) -> tuple[bool, bool, int]:
    """Spike, below, what is left before it is wrapped."""
    if v >= params["positive_threshold"]:
        return (
            True,
            False,
            v - params["positive_threshold"] if params["reset_mode"] else params["reset_potential"],
        )
    if v < params["negative_threshold"]:
        return (
            False,
            True,
            v - params["negative_threshold"] if params["reset_mode"] else -params["reset_potential"],
        )
    return False, False, v


class Mailbox:
    """Bits by core, axon and tick."""

    def __init__(self) -> None:
        self.bits: set[tuple[int, int, int, int]] = set()
        self.merged = 0

    def send(self, x: int, y: int, axon: int, tick: int) -> None:
        self.merged += (x, y, axon, tick) in self.bits
        self.bits.add((x, y, axon, tick))

    def brought(self, core: GridCore, n: int, tick: int) -> int:
        """What a neuron gets in a tick."""
        kinds = core.axon_type.tolist()
        return sum(
            int(core.weights[n, kind])
            for axon, kind in enumerate(kinds)
            if core.connected[n, axon] and (core.x, core.y, axon, tick) in self.bits
        )


def run(machine: GridMachine, events: Sequence[Sequence[int]], bits: int) -> Result:
    """events: of each tick 0 or 1 for each input element."""
    mailbox = Mailbox()
    counts = {"sum_wraps": 0, "reset_wraps": 0, "floor_resets": 0}
    cells = [
        (core, n, {name: int(values[n]) for name, values in core.params.items()})
        for core in machine.cores
        for n in range(core.n_neurons)
    ]
    v = [p["initial_potential"] for _, _, p in cells]
    found = Result([], [], [], counts)
    for tick, drive in enumerate(events):
        for element, x, y, axon, delay in machine.inputs.tolist():
            if drive[element]:
                mailbox.send(x, y, axon, tick + delay)
        spikes = [False] * len(cells)
        for k, (core, n, p) in enumerate(cells):
            total = v[k] + mailbox.brought(core, n, tick) + p["leak"]
            spikes[k], below, left = reset(wrapped(total, bits), p)
            v[k] = wrapped(left, bits)
            counts["sum_wraps"] += total != wrapped(total, bits)
            counts["reset_wraps"] += left != v[k]
            counts["floor_resets"] += below
        for core, n, _ in (cell for cell, spike in zip(cells, spikes, strict=True) if spike):
            x, y = core.x + int(core.dx[n]), core.y + int(core.dy[n])
            if (x, y) == machine.output:
                found.outputs.append((tick, int(core.axon[n])))
            else:
                mailbox.send(x, y, int(core.axon[n]), tick + 1 + int(core.delay[n]))
        found.spikes.append([int(spike) for spike in spikes])
        found.potentials.append(list(v))
    counts["merged_arrivals"] = mailbox.merged
    return found
