"""Decides whether a network fits, with the numbers: rows and neurons of one chip, or the chips that it takes."""

from __future__ import annotations

from dataclasses import dataclass

from ....sim.diagnostic import Diagnostic, error
from ....sim.nir.path import shown, stored_at
from ....targets.odin.model import OdinChip
from .demand import Demands, demands, fan_in, rows_of_neurons
from .partition import Partition, partition
from .quantized_network import QuantizedNetwork
from .routes import events_of


@dataclass(frozen=True, kw_only=True)
class Fit:
    """Whether a network fits.

    chips: that it takes, or at least takes; None where no number would do. findings: why it does not fit. partition:
    of an open loop that fits."""

    chips: int | None
    findings: tuple[Diagnostic, ...]
    partition: Partition | None = None
    demands: Demands | None = None


def fit(network: QuantizedNetwork, chip: OdinChip, chips: int) -> Fit:
    """Count the rows, neurons and chips of a network against what there is. findings: SPK2040, SPK2041, or none."""
    return _closed(network, chip) if events_of(network).closed_loop else _open(network, chip, chips)


def _closed(network: QuantizedNetwork, chip: OdinChip) -> Fit:
    neurons = sum(p.size for p in network.populations)
    rows = neurons + events_of(network).sign.size
    if neurons <= chip.capacity.neurons and rows <= chip.capacity.rows:
        return Fit(chips=1, findings=())
    message = (
        f"with its loop closed a chip has {chip.capacity.rows} rows for inputs and neurons together; the network takes "
        f"{rows} ({neurons} of them neurons)"
    )
    return Fit(chips=None, findings=(error("SPK2040", message),))


def _open(network: QuantizedNetwork, chip: OdinChip, chips: int) -> Fit:
    neurons, most = sum(p.size for p in network.populations), chip.capacity
    if neurons > most.neurons * most.chips:
        least = -(-neurons // most.neurons)
        return Fit(chips=None, findings=(_too_many(network, chip, chips, least),))
    rows = rows_of_neurons(network)
    needed, population, neuron = fan_in(rows)
    if needed > most.rows:
        name = network.populations[population].name
        message = f"{shown(name)}[{neuron}] has weights from {needed} rows; a chip has {most.rows}"
        hint = "pool the layer before, use a smaller kernel or fewer channels, or run the first populations on the host"
        return Fit(chips=None, findings=(error("SPK2041", message, where=stored_at(name), hint=hint),))
    demand = demands(network, rows, chip)
    packed = partition(demand, chip, chips)
    if packed.chips > chips:
        some = packed.chips if packed.chips <= most.chips else None
        return Fit(chips=some, findings=(_too_many(network, chip, chips, packed.chips),))
    return Fit(chips=packed.chips, findings=(), partition=packed, demands=demand)


def _too_many(network: QuantizedNetwork, chip: OdinChip, chips: int, needed: int) -> Diagnostic:
    neurons, rows = sum(p.size for p in network.populations), events_of(network).sign.size
    message = (
        f"the network takes {needed} chips, {chips} may be used: {neurons} neurons and {rows} rows of inputs, biases "
        f"and spikes that the host sends back; a chip has {chip.capacity.neurons} and {chip.capacity.rows}"
    )
    if needed > chip.capacity.chips:
        return error(
            "SPK2040",
            message,
            hint=f"a host joins at most {chip.capacity.chips} chips: make the layers smaller",
        )
    return error("SPK2040", message, hint=f"--chips {needed}, or make the layers smaller")
