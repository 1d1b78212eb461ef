"""Places cores on the grid, with the output bus among them, and summarises what the placement takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ....sim.diagnostic import DiagnosticError, error
from ....targets.ranc.model import RancChip
from ...ir.placement import Certificate, Placement
from ...ir.record import Count
from ...ir.report import MemoryBits, MeshTraffic, Resources
from ..shared.resources import of_placement
from ..shared.slices import slices_on
from .axon_lines import axons_of
from .crossbar_rows import usage
from .partition import Partition
from .quantized_network import QuantizedNetwork


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Rows and columns of a grid, with one position for the output bus."""

    columns: int
    rows: int

    @staticmethod
    def of(cores: int) -> Shape:
        """Choose a nearly square grid."""
        columns = int(np.ceil(np.sqrt(cores + 1)))
        return Shape(columns=columns, rows=-(-(cores + 1) // columns))


def placed(
    network: QuantizedNetwork, partition: Partition, chip: RancChip, rates: Mapping[str, np.ndarray]
) -> tuple[Placement, MeshTraffic]:
    """Place the cores of a partition where packets travel fewest hops.

    sites: of each core and, behind them, of the output bus: x + y * columns. Raises DiagnosticError: SPK2003."""
    from ...mapping.mesh import gilmore_lawler, hops_of

    if partition.cores > chip.grid.cores:
        message = (
            f"the network needs {partition.cores:,} cores; a grid of {chip.title} has {chip.grid.cores:,}"
        )
        hint = "make the largest layer smaller, or use fewer weight bits"
        raise DiagnosticError((error("SPK2003", message, hint=hint),))
    shape = Shape.of(partition.cores)
    sent = _packets(network, partition, rates)
    site = _sites(sent, partition, shape, network, rates)
    hops = hops_of(sent, shape.rows, shape.columns, site)
    cost = MeshTraffic(
        rows=shape.rows,
        columns=shape.columns,
        packets=float(sent.sum()),
        hops=hops,
        bound=min(gilmore_lawler(sent, shape.rows, shape.columns), hops),
        rates="at the float run's rates" if rates else "if every source spiked",
    )
    core = {p.name: partition.core[partition.wires.first[p.name] :][: p.size] for p in network.populations}
    slices, walks = slices_on(network, core)
    packing = partition.packing
    placement = Placement(
        slices=slices,
        cores=partition.cores,
        used=usage(partition.wires, partition.rows, partition.core),
        available={"axons": chip.core.axons, "neurons": chip.core.neurons},
        certificate=Certificate(
            objective="cores of neurons",
            value=packing.bins,
            bound=packing.bound,
            status=packing.status,
            family=f"{partition.clusters} clusters of neurons that share sources, each whole",
            least_cores=packing.bound,
        ),
        traversals=walks,
        sites=tuple(site.tolist()),
    )
    return placement, cost


class RancResources(Resources, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a network takes of the grid. copies: neurons that stand for others. splitters: neurons that only repeat
    spikes."""

    copies: Count
    splitters: Count


def resources(placement: Placement, cost: MeshTraffic, partition: Partition, chip: RancChip) -> RancResources:
    """Summarise the use of the grid for the report."""
    wires, rows = partition.wires, partition.rows.core.size
    splitters = int(partition.rows.splits.sum())
    bits = chip.core.neurons * (chip.core.axons + sum(field.bits for field in chip.row()))
    needed = np.bincount(wires.source[wires.source < wires.n], minlength=wires.n) + wires.read
    stored = placement.cores * bits
    return RancResources(
        **of_placement(placement),
        mesh=cost,
        chips=1,
        cores_per_chip=cost.columns * cost.rows,
        neurons_per_core=chip.core.neurons,
        memory_bits=MemoryBits(stored=stored, without_sharing=stored),
        least_cores_of_any_partition=-(-int(np.maximum(needed, 1).sum()) // chip.core.neurons),
        copies=rows - wires.n - splitters,
        splitters=splitters,
    )


def _packets(network: QuantizedNetwork, partition: Partition, rates: Mapping[str, np.ndarray]) -> np.ndarray:
    """(cores + 1, cores + 1) a step, from row to column; the last is the output bus."""
    wires, rows = partition.wires, partition.rows
    rate = np.ones(wires.n)
    for p in network.populations:
        if p.name in rates:
            rate[wires.first[p.name] : wires.first[p.name] + p.size] = rates[p.name]
    sent = np.zeros((partition.cores + 1, partition.cores + 1))
    np.add.at(sent, (rows.core, rows.target), rate[rows.neuron])  # OUTPUT is the last
    return sent


def _sites(
    sent: np.ndarray,
    partition: Partition,
    shape: Shape,
    network: QuantizedNetwork,
    rates: Mapping[str, np.ndarray],
) -> np.ndarray:
    """The fewest hops between cores; of its mirror images the one with the fewest from where input enters, at 0,0."""
    from ...mapping.mesh import place_on_mesh

    site = place_on_mesh(sent, shape.rows, shape.columns)
    entering = _entering(network, partition, rates)
    y, x = np.divmod(site, shape.columns)
    images = [
        (shape.rows - 1 - y if down else y) * shape.columns + (shape.columns - 1 - x if left else x)
        for down in (False, True)
        for left in (False, True)
    ]

    def hops(image: np.ndarray) -> float:
        row, column = np.divmod(image[: partition.cores], shape.columns)
        return float((entering * (row + column)).sum())

    return min(images, key=hops)


def _entering(network: QuantizedNetwork, partition: Partition, rates: Mapping[str, np.ndarray]) -> np.ndarray:
    """(cores,) packets a step that the host sends to each core."""
    wires = partition.wires
    rate = np.ones(wires.n_sources - wires.n)
    for port in network.inputs:
        if port.name in rates:
            at = wires.first[port.name] - wires.n
            rate[at : at + port.size] = rates[port.name]
    heard, wire = axons_of(wires, partition.core)
    source = wires.source[wire]
    outer = source >= wires.n
    return np.bincount(heard[outer], weights=rate[source[outer] - wires.n], minlength=partition.cores)
