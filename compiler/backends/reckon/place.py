"""Places a network: its numbers on the core follow from the words that neurons share."""

from __future__ import annotations

import numpy as np

from ....sim.diagnostic import raise_errors
from ....targets.reckon.model import ReckonChip
from ...ir.placement import Certificate, Placement, Runs, Slice, Walk
from ...ir.quantized import QuantizedPopulation
from ...ir.report import MemoryBits, Resources
from ...ir.stages import Placed
from ..shared.resources import of_placement
from .capacity import findings, spikes_out
from .configuration import shared_by
from .quantized_network import QuantizedNetwork
from .wiring import Wiring, is_readout, wiring


def place(network: QuantizedNetwork, chip: ReckonChip) -> Placed:
    """Number every neuron. Raises DiagnosticError: SPK2020 .. SPK2022 where the network does not fit."""
    raise_errors(findings(network, chip))
    wires = wiring(network)
    slices, walks = _slices(network, wires)
    spiking = spikes_out(network)
    outputs = wires.n_readouts or -(-spiking // shared_by(spiking, chip.capacity.outputs))
    capacity = chip.capacity
    placement = Placement(
        slices=slices,
        cores=1,
        used=({"input_rows": wires.rows, "neurons": wires.slots, "readouts": outputs},),
        available={
            "input_rows": capacity.inputs,
            "neurons": capacity.neurons,
            "readouts": capacity.outputs,
        },
        certificate=Certificate(
            objective="cores", value=1, bound=1, status="optimal", family="the chip has one core"
        ),
        traversals=walks,
    )
    bits = 8 * (wires.rows * wires.slots + wires.slots * (wires.slots + outputs)) + 64 * wires.slots
    return Placed(
        placement=placement,
        diagnostics=(),
        resources=Resources(
            **of_placement(placement),
            chips=1,
            cores_per_chip=1,
            neurons_per_core=capacity.neurons + capacity.outputs,
            memory_bits=MemoryBits(stored=bits, without_sharing=bits),
            least_cores_of_any_partition=1,
        ),
    )


def _slices(network: QuantizedNetwork, wires: Wiring) -> tuple[tuple[Slice, ...], dict[str, Walk]]:
    """Runs of neurons whose numbers follow one another; read-outs lie behind the neurons."""
    slices: list[Slice] = []
    walks: dict[str, Walk] = {}
    for p in network.populations:
        slot = _number(p, wires)
        order = np.argsort(slot, kind="stable")
        if not np.array_equal(order, np.arange(order.size)):
            walks[p.name] = Runs.of(order)
        ordered = slot[order]
        starts = np.flatnonzero(np.concatenate([[True], np.diff(ordered) != 1])) if ordered.size else []
        ends = [*list(starts)[1:], ordered.size]
        for first, last in zip(starts, ends, strict=False):
            slices.append(
                Slice(
                    population=p.name,
                    first=int(first),
                    size=int(last - first),
                    core=0,
                    slot=int(ordered[first]),
                )
            )
    return tuple(sorted(slices, key=lambda s: s.slot)), walks


def _number(p: QuantizedPopulation, wires: Wiring) -> np.ndarray:
    return p.params["turn"] + (wires.slots if is_readout(p) else 0)
