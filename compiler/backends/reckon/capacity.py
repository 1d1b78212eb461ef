"""Counts a network against the limits of the chip, all of them together."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ....sim.diagnostic import Diagnostic, error
from ....targets.reckon.model import ReckonChip
from ....targets.reckon.spike_codes import CODES
from ...ir.timed_network import TimedNetwork
from .quantized_network import QuantizedNetwork
from .relays import ROLE
from .wiring import Wiring, wiring


def too_large(timed: TimedNetwork, chip: ReckonChip) -> list[Diagnostic]:
    """List what a network has more of than the chip, before it is quantised: what is added to it only makes it
    larger."""
    diagnostics: list[Diagnostic] = []
    neurons = {name: p.size for name, p in timed.populations.items() if p.neuron.theta is not None}
    sizes = {name: math.prod(shape) for name, shape in timed.network.inputs.items()}
    for code, what, found, most, parts in (
        ("SPK2020", "inputs", sum(sizes.values()), chip.capacity.inputs, sizes),
        ("SPK2021", "recurrent neurons", sum(neurons.values()), chip.capacity.neurons, neurons),
    ):
        if found > most:
            named = ", ".join(f"{name} {size}" for name, size in sorted(parts.items()))
            hint = f"{named}; pool, use smaller layers, or run the first of them on the host"
            diagnostics.append(error(code, f"too many {what}: {found} > {most}", hint=hint))
    return diagnostics


def findings(network: QuantizedNetwork, chip: ReckonChip) -> list[Diagnostic]:
    """List the limits that a network passes, as errors SPK2020 .. SPK2022; empty where it fits."""
    wires = wiring(network)
    return [*_inputs(network, wires, chip), *_neurons(wires, chip), *_outputs(network, wires, chip)]


def spikes_out(network: QuantizedNetwork) -> int:
    """Neurons whose spikes leave the chip."""
    return sum(p.size for _, p in network.exported if p.spiking)


def _inputs(network: QuantizedNetwork, wires: Wiring, chip: ReckonChip) -> Iterator[Diagnostic]:
    most = chip.capacity.inputs
    if wires.rows > most:
        ports = ", ".join(f"{port.name} {port.size}" for port in network.inputs if not port.constant)
        constant = sum(
            1 for name, _ in wires.row if name not in {p.name for p in network.inputs if not p.constant}
        )
        biases = f"; {constant} of the rows are biases" if constant else ""
        yield error(
            "SPK2020",
            f"too many inputs: {wires.rows} rows > {most}",
            hint=f"inputs by node: {ports}{biases}; pool or select channels, or run the first layer on the host",
        )


def _neurons(wires: Wiring, chip: ReckonChip) -> Iterator[Diagnostic]:
    most = chip.capacity.neurons
    if wires.slots > most:
        relayed = sum(p.size for p in wires.neurons if p.role == ROLE)
        used = sum(p.size for p in wires.neurons)
        odd = f", {wires.slots - used} of them without use" if wires.slots > used else ""
        repeat = f"; {relayed} of them repeat spikes of other layers" if relayed else ""
        yield error(
            "SPK2021",
            f"too many recurrent neurons: {wires.slots} > {most}{odd}",
            hint=f"make the largest layer smaller{repeat}",
            layers=", ".join(f"{p.name} {p.size}" for p in wires.neurons),
        )
    if wires.slots == 0:
        message = "no neurons, at least 1 is needed: nothing on the chip spikes"
        yield error("SPK2021", message, hint="put a layer of spiking neurons before the Output")


def _outputs(network: QuantizedNetwork, wires: Wiring, chip: ReckonChip) -> Iterator[Diagnostic]:
    most, spiking = chip.capacity.outputs, spikes_out(network)
    sizes = ", ".join(f"{p.name} {p.size}" for _, p in network.exported)
    if wires.n_readouts > most:
        yield error(
            "SPK2022",
            f"too many outputs: {wires.n_readouts} read-outs > {most}",
            hint=f"{sizes}; use fewer classes",
        )
    if spiking > most * CODES:
        yield error(
            "SPK2022",
            f"too many outputs: the spikes of {spiking} neurons > {most * CODES}, {CODES} a read-out",
            hint=f"{sizes}; use fewer classes, or let the Output read a smaller layer",
        )
    if wires.n_readouts == 0 and spiking == 0:
        message = "no population can be read out: 0 outputs, at least 1 is needed"
        yield error("SPK2022", message, hint="let a layer of spiking neurons or of LI end in the Output")
