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
from .rows import Rows, rows_of
from .stages import Stage, stages

INPUTS = -1
"""In the place of a stage's number: the inputs."""

Product = tuple[slice, int, np.ndarray]
"""Columns of the raster, latency in steps, (columns, neurons) float32: whose product with spikes is exact."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A stage and what leads to it. number: of the stage. columns: where the elements of the inputs, then those of each
    stage begin in a raster of all, and where the last ends. source_stage, source, post, weight, latency: (k,) int32 of
    each synapse, the source and the neuron by their places among the inputs and in their stages."""

    stage: Stage
    number: int
    columns: tuple[int, ...]
    source_stage: np.ndarray
    source: np.ndarray
    post: np.ndarray
    weight: np.ndarray
    latency: np.ndarray

    @property
    def first(self) -> int:
        """The stage's first column."""
        return self.columns[self.number + 1]

    @property
    def width(self) -> int:
        """Columns of the stage."""
        return self.columns[self.number + 2] - self.first

    @cached_property
    def depth(self) -> int:
        """Steps that sums are held, that of the spike included."""
        return 1 + int(self.latency.max(initial=0))

    @cached_property
    def feeds(self) -> tuple[int, ...]:
        """The stages that lead to this one, INPUTS among them."""
        return tuple(np.unique(self.source_stage).tolist())

    @cached_property
    def rows(self) -> Rows:
        """The synapses as rows of a source, numbered by column."""
        column = np.array(self.columns, dtype=np.int32)[self.source_stage + 1] + self.source
        return rows_of(self.columns[-1], column, self.post, self.weight, self.latency)

    @cached_property
    def products(self) -> tuple[Product, ...] | None:
        """The synapses as matrices; None where that takes too much room, or sums that float32 does not hold."""
        found: list[Product] = []
        for k, group in self.groups:
            if group.dense is None:
                return None
            found.append((slice(self.columns[k + 1], self.columns[k + 2]), group.latency, group.dense))
        return tuple(found)

    @cached_property
    def groups(self) -> list[tuple[int, Group]]:
        """The synapses by the stage that they come from, and latency."""
        found: list[tuple[int, Group]] = []
        for k in self.feeds:
            mine = np.flatnonzero(self.source_stage == k)
            for steps in np.unique(self.latency[mine]).tolist():
                own = mine[self.latency[mine] == steps]
                shape = (self.columns[k + 2] - self.columns[k + 1], self.stage.neurons.size)
                ends = (self.source[own], self.post[own], self.weight[own])
                found.append((k, group_of(*ends, k == INPUTS, steps, shape)))
        return found


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The stages of a machine in order. columns: as of a part."""

    parts: tuple[Part, ...]
    columns: tuple[int, ...]


def plan_of(machine: Machine, latency: Latency, block: int) -> Plan:
    """Lay out a machine, each stage in whole blocks of so many columns."""
    n, source, post = machine.n_neurons, machine.syn_source, machine.syn_post
    inner = source < n
    ordered = stages(n, source[inner], post[inner])
    place = np.concatenate([np.zeros(n, dtype=np.int32), np.arange(machine.n_inputs, dtype=np.int32)])
    owner = np.full(n + machine.n_inputs, INPUTS, dtype=np.int32)
    for k, stage in enumerate(ordered):
        place[stage.neurons], owner[stage.neurons] = np.arange(stage.neurons.size), k
    widths = [-(-size // block) * block for size in (machine.n_inputs, *(s.neurons.size for s in ordered))]
    columns = (0, *np.cumsum(widths, dtype=np.int64).tolist())
    parts: list[Part] = []
    for k, stage in enumerate(ordered):
        own = np.flatnonzero(owner[post] == k)
        hop = np.where(inner[own], latency.neuron_to_neuron, latency.input_to_neuron) + machine.syn_delay[own]
        parts.append(
            Part(
                stage=stage,
                number=k,
                columns=columns,
                source_stage=owner[source[own]],
                source=place[source[own]],
                post=place[post[own]],
                weight=machine.syn_weight[own].astype(np.int32),
                latency=hop.astype(np.int32),
            )
        )
    return Plan(parts=tuple(parts), columns=columns)


def beside(neurons: np.ndarray) -> np.ndarray | slice:
    """Neurons as a slice where they lie side by side, which is copied faster."""
    low, high = int(neurons[0]), int(neurons[-1]) + 1
    return slice(low, high) if high - low == neurons.size else neurons
