"""Partitions neurons: into clusters that a core holds, then onto as few cores as hold all clusters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ....sim.diagnostic import Diagnostic, error, raise_errors
from ....sim.nir.path import shown, stored_at
from ....targets.ranc.model import RancChip
from .axon_lines import Wires, axons_of, targets_of, wires_of
from .clusters import Room, grow
from .crossbar_rows import Rows, rows_of, rows_taken
from .pack import Packing, pack
from .quantized_network import QuantizedNetwork

ROUNDS = 20


@dataclass(frozen=True, kw_only=True)
class Partition:
    """Which core each neuron is on, (n,). rows: of neurons, copies and splitters, whose cores come behind the
    others."""

    wires: Wires
    core: np.ndarray
    rows: Rows
    clusters: int
    packing: Packing

    @property
    def cores(self) -> int:
        """Number of cores, those of splitters included."""
        return self.rows.cores


def partition(network: QuantizedNetwork, chip: RancChip) -> Partition:
    """Partition a network. Raises DiagnosticError: SPK2032 for a neuron of more sources than a core has axons,
    SPK2033 for one of more targets than a core has rows, SPK2034 for more output neurons than the bus has lines,
    SPK2002 where copies of populations on a cycle do not settle."""
    wires, room = wires_of(network), room_of(chip)
    raise_errors([*_fan_in(network, wires, chip), *_outputs(wires, chip)])
    core = clustered(network, wires, room)
    rows = rows_taken(wires, targets_of(wires, core), room)
    raise_errors(_fan_out(network, rows, wires, room))
    clusters = int(core.max(initial=-1)) + 1
    heard, _ = axons_of(wires, core)
    packing = pack(
        np.bincount(heard, minlength=clusters),
        np.bincount(core, weights=rows, minlength=clusters).astype(np.int64),
        room,
    )
    core = packing.bin[core]
    return Partition(
        wires=wires, core=core, rows=rows_of(wires, core, room), clusters=clusters, packing=packing
    )


def room_of(chip: RancChip) -> Room:
    """Axons and rows of a core."""
    return Room(axons=chip.core.axons, rows=chip.core.neurons)


def clustered(network: QuantizedNetwork, wires: Wires, room: Room) -> np.ndarray:
    """Assign neurons to clusters: (n,) int64. Neurons of more copies than a core has rows are alone in theirs."""
    core = np.full(wires.n, -1, dtype=np.int64)
    for names in _targets_first(network):
        _cluster(network, wires, names, core, room)
    return core


def crowded(network: QuantizedNetwork, chip: RancChip) -> tuple[str, ...]:
    """List the populations with neurons of more copies than a core has rows, which splitters would make fewer."""
    wires, room = wires_of(network), room_of(chip)
    if _fan_in(network, wires, chip):
        return ()
    rows = rows_taken(wires, targets_of(wires, clustered(network, wires, room)), room)
    return tuple(
        p.name
        for p in network.populations
        if rows[wires.first[p.name] : wires.first[p.name] + p.size].max(initial=0) > room.rows
    )


def _cluster(
    network: QuantizedNetwork, wires: Wires, names: Sequence[str], core: np.ndarray, room: Room
) -> None:
    """Gives the neurons of these populations, which are one cycle or one population, their clusters in `core`."""
    own = {name: np.arange(network.population(name).size) + wires.first[name] for name in names}
    every = np.concatenate(list(own.values()))
    base = int(core.max(initial=-1)) + 1
    core[every] = base  # at first as if all targets among them were on one core
    rows = rows_taken(wires, targets_of(wires, core), room)
    for _ in range(ROUNDS):
        number = base
        for name in names:
            for cluster in grow(wires, own[name], rows, room):
                core[cluster], number = number, number + 1
        taken = rows_taken(wires, targets_of(wires, core), room)
        filled = np.bincount(core[every] - base, weights=taken[every])
        alone = np.bincount(core[every] - base) == 1
        if ((filled <= room.rows) | alone).all():
            return
        rows[every] = np.maximum(rows[every], taken[every])
    message = f"copies of {', '.join(map(shown, names))}, which send to each other, do not settle"
    raise_errors([error("SPK2002", message, where=stored_at(names[0]))])


def _targets_first(network: QuantizedNetwork) -> Iterator[tuple[str, ...]]:
    """Populations, those on a cycle together; those that others send to come first."""
    import networkx as nx

    graph = nx.DiGraph()
    names = [p.name for p in network.populations]
    graph.add_nodes_from(names)
    graph.add_edges_from((p.post, p.pre) for p in network.projections if p.pre in names)
    joined = nx.condensation(graph, scc=[sorted(group) for group in nx.strongly_connected_components(graph)])
    members = {k: tuple(sorted(joined.nodes[k]["members"])) for k in joined.nodes}
    for k in nx.lexicographical_topological_sort(joined, key=lambda k: members[k]):
        yield members[k]


def _fan_in(network: QuantizedNetwork, wires: Wires, chip: RancChip) -> list[Diagnostic]:
    """A neuron alone on a core hears a wire for each source and type that it needs."""
    needs = np.diff(wires.start)
    diagnostics: list[Diagnostic] = []
    for p in network.populations:
        own = slice(wires.first[p.name], wires.first[p.name] + p.size)
        worst = int(needs[own].argmax()) if p.size else 0
        if p.size and needs[own][worst] > chip.core.axons:
            here = wires.wire[wires.start[own.start + worst] : wires.start[own.start + worst + 1]]
            sources = len(np.unique(np.stack([wires.source[here], wires.delay[here]]), axis=1).T)
            past = int((needs[own] > chip.core.axons).sum())
            message = (
                f"neuron {worst} of {shown(p.name)} has {sources:,} sources, which take {int(needs[own][worst]):,} "
                f"axons; a core has {chip.core.axons}"
            )
            hint = "prune its inputs, use smaller or fewer kernels, or fewer weight bits"
            diagnostics.append(
                error(
                    "SPK2032",
                    message,
                    where=stored_at(p.name),
                    hint=hint,
                    neurons=f"{past:,} of {p.size:,}",
                    no_way="partial sums would have to travel as spikes, which rounds them",
                )
            )
    return diagnostics


def _fan_out(network: QuantizedNetwork, rows: np.ndarray, wires: Wires, room: Room) -> list[Diagnostic]:
    diagnostics: list[Diagnostic] = []
    for p in network.populations:
        name, own = p.name, rows[wires.first[p.name] : wires.first[p.name] + p.size]
        if own.size and int(own.max()) > room.rows:
            worst = int(own.argmax())
            message = (
                f"neuron {worst} of {shown(name)} sends to {int(own[worst]):,} axons and so is needed as often; a core "
                f"holds {room.rows} neurons, and all copies hear what it hears"
            )
            hint = "send it to fewer neurons, or use fewer weight bits"
            diagnostics.append(error("SPK2033", message, where=stored_at(name), hint=hint))
    return diagnostics


def _outputs(wires: Wires, chip: RancChip) -> list[Diagnostic]:
    lines = int(wires.read.sum())
    if lines <= chip.core.axons:
        return []
    message = f"{lines:,} neurons are read by an Output; the output bus has {chip.core.axons} lines"
    return [error("SPK2034", message, hint="read the last layer alone, or fewer of its neurons")]
