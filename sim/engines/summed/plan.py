"""Lays out a machine of summed synapses in stages that are run one after the other.

Each engine then keeps the synapses onto a stage in its own way: `rows` for what spikes one by one, `groups` for
products.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ....targets.chip import Latency
from ....targets.machines.synapse_list import Machine
from ..delivery.sum import Group, group_of
from ..padding import rounded_up
from .arrivals import arrivals
from .rows import MOST_FILLED, RowFolder, Rows
from .stages import Stage, stages

INPUTS = -1
"""In the place of a stage's number: the inputs."""

Product = tuple[slice, int, int, np.ndarray]
"""Columns of the raster, latency in steps, which of the sums, (columns, neurons) float32: whose product with spikes is
exact."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A stage and what leads to it. number: of the stage. columns: where the elements of the inputs, then those of each
    stage begin in a raster of all, and where the last ends. sizes: how many elements there are of each, fewer than its
    columns. rows: the synapses, sources numbered by column, neurons by their places in the stage; where a neuron has
    several sums, the places of the second are behind all of the first. sums: of each neuron. shifted_to and shifted_by:
    (K,) int32, of sums that are shifted first the place of the neuron that takes each, and the shift."""

    stage: Stage
    number: int
    columns: tuple[int, ...]
    sizes: tuple[int, ...]
    rows: Rows
    shifted_to: np.ndarray
    shifted_by: np.ndarray
    sums: int = 1

    @property
    def first(self) -> int:
        """The stage's first column."""
        return self.columns[self.number + 1]

    @property
    def width(self) -> int:
        """Columns of the stage."""
        return self.columns[self.number + 2] - self.first

    @property
    def first_shifted(self) -> int:
        """The place of the first sum that is shifted: behind those of the neurons, rounded up."""
        return rounded_up(self.width) if self.shifted_to.size else self.width

    @property
    def places(self) -> int:
        """Places that synapses lead to, of one of the sums."""
        return self.first_shifted + self.shifted_to.size

    @cached_property
    def synapses(self) -> int:
        """Synapses, those of shared rows once for each axon."""
        return int(self.rows.lengths.sum())

    @cached_property
    def depth(self) -> int:
        """Steps that sums are held, that of the spike included."""
        return 1 + int(self.rows.axons[:, 3].max(initial=0))

    @cached_property
    def feeds(self) -> tuple[int, ...]:
        """The stages that lead to this one, INPUTS among them."""
        axons = np.diff(self.rows.first[np.array(self.columns)])
        return tuple((np.flatnonzero(axons) - 1).tolist())

    @cached_property
    def products(self) -> tuple[Product, ...] | None:
        """The synapses as matrices; None where that takes too much room, or sums that float32 does not hold."""
        found: list[Product] = []
        for k, group in self.groups:
            if group.dense is None:
                return None
            columns = slice(self.columns[k + 1], self.columns[k + 2])
            found.append((columns, group.latency, group.onto, group.dense))
        return tuple(found)

    @cached_property
    def groups(self) -> list[tuple[int, Group]]:
        """The synapses by the stage that they come from, latency and sum."""
        rows, found = self.rows, list[tuple[int, Group]]()
        for k in self.feeds:
            columns = np.arange(self.columns[k + 1], self.columns[k + 2])
            axons = np.arange(int(rows.first[columns[0]]), int(rows.first[columns[-1] + 1]))
            source = np.repeat(np.arange(columns.size), np.diff(rows.first)[columns])
            for steps in np.unique(rows.axons[axons, 3]).tolist():
                own = rows.axons[axons, 3] == steps
                axon, place, weight = rows.flat(axons[own])
                onto, post = place // self.places, place % self.places
                shape = (columns.size, self.places if self.shifted_to.size else self.stage.neurons.size)
                source_of = source[own].astype(np.int32)[axon]
                for s in np.unique(onto).tolist():
                    there = onto == s
                    ends = (source_of[there], post[there], weight[there])
                    found.append((k, group_of(*ends, k == INPUTS, steps, shape, onto=s)))
        return found


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The stages of a machine in order. columns: as of a part."""

    parts: tuple[Part, ...]
    columns: tuple[int, ...]


def plan_of(machine: Machine, latency: Latency, block: int) -> Plan:
    """Lay out a machine, each stage in whole blocks of so many columns."""
    n, synapses, shifted = machine.n_neurons, machine.synapses.by_source(), machine.shifted
    ordered = stages(n, synapses, shifted.neuron)
    sizes = (machine.n_inputs, *(s.neurons.size for s in ordered))
    widths = [-(-size // block) * block for size in sizes]
    columns = (0, *np.cumsum(widths, dtype=np.int64).tolist())
    place, owner = np.zeros(machine.n_places, dtype=np.int32), np.zeros(machine.n_places, dtype=np.int32)
    column = np.concatenate([np.zeros(n, dtype=np.int32), np.arange(machine.n_inputs, dtype=np.int32)])
    for k, stage in enumerate(ordered):
        place[stage.neurons], owner[stage.neurons] = np.arange(stage.neurons.size), k
        column[stage.neurons] = columns[k + 1] + place[stage.neurons]
    owner[n:] = owner[shifted.neuron]
    apart = [np.flatnonzero(owner[n:] == k) for k in range(len(ordered))]
    for width, own in zip(widths[1:], apart, strict=True):
        place[n + own] = rounded_up(width) + np.arange(own.size)
    # Where signs are apart, about every other place of a row is a gap, and is still added faster than looked up.
    folders = [RowFolder(columns[-1], 2.0 if machine.apart else 1 / MOST_FILLED) for _ in ordered]
    behind = widths[1:] if machine.apart else [0] * len(ordered)
    hop = np.where(synapses.source < n, latency.neuron_to_neuron, latency.input_to_neuron)
    for part in synapses.parts():
        for k, found in arrivals(synapses, part, column, hop, owner, place, behind):
            folders[k].add(*found)
    return Plan(
        parts=tuple(
            Part(
                stage=stage,
                number=k,
                columns=columns,
                sizes=sizes,
                rows=folder.rows(),
                shifted_to=place[shifted.neuron[own]],
                shifted_by=shifted.shift[own].astype(np.int32),
                sums=machine.sums,
            )
            for k, (stage, folder, own) in enumerate(zip(ordered, folders, apart, strict=True))
        ),
        columns=columns,
    )


def beside(neurons: np.ndarray) -> np.ndarray | slice:
    """Neurons as a slice where they lie side by side, which is copied faster."""
    low, high = int(neurons[0]), int(neurons[-1]) + 1
    return slice(low, high) if high - low == neurons.size else neurons
