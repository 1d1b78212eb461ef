"""Places neurons: on which chip each is, and in which of its places."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from ....sim.diagnostic import raise_errors
from ....targets.odin.model import OdinChip
from ...ir.placement import Certificate, Placement, Runs, Slice, Walk
from ...ir.record import Count, OneOrMore, Record
from ...ir.report import MemoryBits, Resources
from ...ir.stages import Placed
from ..shared.resources import of_placement
from .capacity import fit
from .configuration import rows_used
from .demand import Demands
from .lowered import PHASES
from .partition import Partition
from .quantized_network import QuantizedNetwork
from .routes import events_of

SYNAPSE_BITS = 4
FAMILY = "all partitions of neurons"
WHOLE = (
    "all partitions in which neurons of a population count as having the same rows, or are cut along one walk"
)


def place(network: QuantizedNetwork, chip: OdinChip, chips: int) -> Placed:
    """Place a network on at most `chips` chips. Raises DiagnosticError: SPK2040, SPK2041."""
    fitted = fit(network, chip, chips)
    raise_errors(list(fitted.findings))
    if fitted.partition is None or fitted.demands is None:
        slices, walks = _in_order(network)
        least, family = 1, FAMILY
    else:
        slices, walks = _slices(network, fitted.demands, fitted.partition)
        least, family = fitted.partition.bound, FAMILY if fitted.demands.exact else WHOLE
    cores = 1 + max((s.core for s in slices), default=0)
    placement = Placement(
        slices=slices,
        cores=cores,
        used=(),
        available={"neurons": chip.capacity.neurons, "rows": chip.capacity.rows},
        certificate=Certificate(
            objective="chips",
            value=cores,
            bound=least,
            status="optimal" if cores == least else "feasible",
            family=family,
            least_cores=least,
        ),
        traversals=walks,
    )
    counted = _counted(network, placement, chip)
    return Placed(placement=counted, diagnostics=(), resources=_resources(network, chip, counted, least))


def _in_order(network: QuantizedNetwork) -> tuple[tuple[Slice, ...], dict[str, Walk]]:
    """With the loop closed the place of a neuron decides when its spike is queued: it is its place in the network."""
    slices: list[Slice] = []
    first = 0
    for p in network.populations:
        slices.append(Slice(population=p.name, first=0, size=p.size, core=0, slot=first))
        first += p.size
    return tuple(slices), {}


def _slices(
    network: QuantizedNetwork, demand: Demands, partition: Partition
) -> tuple[tuple[Slice, ...], dict[str, Walk]]:
    """Neurons of a population, chip by chip, in ascending order on each where they are interchangeable."""
    neurons_of: dict[tuple[int, int], list[np.ndarray]] = {}
    for atom, counts in zip(demand.atoms, partition.counts, strict=True):
        first = 0
        for k in np.flatnonzero(counts):
            part = atom.neurons[first : first + counts[k]]
            neurons_of.setdefault((atom.population, int(k)), []).append(part)
            first += int(counts[k])
    slots = [0] * partition.chips
    slices: list[Slice] = []
    walks: dict[str, Walk] = {}
    for number, p in enumerate(network.populations):
        order: list[np.ndarray] = []
        for k in range(partition.chips):
            neurons = np.sort(np.concatenate([np.zeros(0, np.int64), *neurons_of.get((number, k), [])]))
            if neurons.size:
                first = sum(part.size for part in order)
                slices.append(Slice(population=p.name, first=first, size=neurons.size, core=k, slot=slots[k]))
                slots[k] += neurons.size
                order.append(neurons)
        walk = np.concatenate([np.zeros(0, np.int64), *order])
        if not np.array_equal(walk, np.arange(p.size)):
            walks[p.name] = Runs.of(walk)
    return tuple(sorted(slices, key=lambda s: (s.core, s.slot))), walks


def _counted(network: QuantizedNetwork, placement: Placement, chip: OdinChip) -> Placement:
    rows = rows_used(network, placement, chip)
    neurons = [sum(s.size for s in placement.slices if s.core == core) for core in range(placement.cores)]
    used = tuple({"neurons": n, "rows": r} for n, r in zip(neurons, rows, strict=True))
    return replace(placement, used=used)


class EventsOfAStep(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was decided, before places were, for a chip that works event by event. rows: that the host sends to.
    hop_steps, host_delay_steps: from a spike to the events that the host makes of it, at least and at most."""

    loop: Literal["closed", "open"]
    reason: str
    protocol: Literal["burst", "eager", "wait"]
    row_order: str
    split_rows: bool
    rows: Count
    queue: OneOrMore
    leaks: Count
    hop_steps: Count
    host_delay_steps: Count
    bias_rows: Count


class OdinResources(Resources, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a network takes of the chips. events: how it runs event by event."""

    events: EventsOfAStep


def _resources(network: QuantizedNetwork, chip: OdinChip, placement: Placement, least: int) -> OdinResources:
    """Stored are the synapses of the rows and neurons in use, whether they weigh anything or not."""
    stored = sum(SYNAPSE_BITS * used["neurons"] * used["rows"] for used in placement.used)
    events = events_of(network)
    return OdinResources(
        **of_placement(placement),
        chips=placement.cores,
        cores_per_chip=1,
        neurons_per_core=chip.capacity.neurons,
        memory_bits=MemoryBits(stored=stored, without_sharing=SYNAPSE_BITS * network.synapses),
        least_cores_of_any_partition=least,
        events=EventsOfAStep(
            loop="closed" if events.closed_loop else "open",
            reason=events.reason,
            protocol=events.protocol,
            row_order=events.order,
            split_rows=bool(events.sign.any()),
            rows=int(events.sign.size),
            queue=events.queue,
            leaks=events.leaks,
            hop_steps=events.hop_steps,
            host_delay_steps=int(events.route_delay.max(initial=0)),
            bias_rows=sum(port.size for port in network.inputs if port.constant and port.name != PHASES),
        ),
    )
