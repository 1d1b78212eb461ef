"""Places layers on cores: what each takes of its memories, and why there is no way where there is none."""

from __future__ import annotations

from collections.abc import Mapping

from ....sim.diagnostic import Diagnostic, DiagnosticError, error, raise_errors
from ....sim.nir.path import shown, stored_at
from ....targets.machines.convolution import ConvolutionCore, joined_pairs
from ....targets.speck.configuration import SpeckConfiguration
from ....targets.speck.limits import layer_violations
from ....targets.speck.memory import entries_of, most_channels
from ....targets.speck.model import SpeckChip
from ...ir.placement import Certificate, Placement, Slice
from ...ir.report import MemoryBits, Resources
from ..shared.pins import wrong_pins
from ..shared.resources import of_placement
from .assign_layers import Conflict, Piece, assign_layers
from .explain_layers import explain_conflict, least_cores
from .place_layers import place_layers
from .quantized_network import QuantizedNetwork
from .unplaced import layers_of, layers_read, places


def pieces_of(network: QuantizedNetwork, chip: SpeckChip, pins: Mapping[str, int]) -> tuple[Piece, ...]:
    """Assign every layer to as few cores as all together take. pins: population -> the core that it is to have.

    Raises DiagnosticError: SPK0505 for a pin that names no population or core, SPK2031 for layers that no core
    holds, SPK2030 where they do not fit together."""
    layers = layers_of(network).layers
    raise_errors(wrong_pins(pins, [p.name for p in network.populations], chip.cores.count))
    raise_errors([d for layer in layers for d in _too_large(layer, network, chip)])
    room = {layer.core: most_channels(layer, chip) for layer in layers}
    for name, core in sorted(pins.items()):
        number = next(k for k, p in enumerate(network.populations) if p.name == name)
        room[number] = tuple(most if k == core else 0 for k, most in enumerate(room[number]))
    assigned = assign_layers(layers, room, chip.cores.destinations)
    if isinstance(assigned, Conflict):
        names = {layer.core: shown(network.populations[layer.core].name) for layer in layers}
        sentence, facts = explain_conflict(assigned, layers, room, chip.cores.destinations, names)
        hint = "fewer or smaller layers, fewer channels, or more pooling"
        problem = error("SPK2030", f"{chip.title}: {sentence}", hint=hint, **dict(facts))
        raise DiagnosticError((problem,))
    return assigned


def cores_at_least(network: QuantizedNetwork, chip: SpeckChip) -> int:
    """Bound the cores from below: what the layers take where none is in another's way; one that no core holds counts
    0."""
    layers = layers_of(network).layers
    room = {layer.core: most_channels(layer, chip) for layer in layers}
    return sum(least_cores(layer, room) or 0 for layer in layers)


def _too_large(layer: ConvolutionCore, network: QuantizedNetwork, chip: SpeckChip) -> list[Diagnostic]:
    name = network.populations[layer.core].name
    diagnostics = [
        error(
            "SPK2031",
            f"{shown(name)}: {v.what} {v.found}; {chip.title} has "
            + (f"{', '.join(map(str, v.allowed))}" if v.allowed else f"{v.low} to {v.high}"),
            where=stored_at(name),
        )
        for v in layer_violations(layer, chip)
    ]
    if not diagnostics and not any(most_channels(layer, chip)):
        used, cores = entries_of(layer), chip.cores
        one = len(layer.kernel)
        diagnostics.append(
            error(
                "SPK2031",
                f"{shown(name)}: no core of {chip.title} holds one of its {one} channels",
                where=stored_at(name),
                hint="a smaller map, fewer channels before it, or a smaller kernel",
                kernel=f"{used.kernel:,} entries in all; a core has up to {max(cores.kernel_entries):,}",
                neurons=f"{used.neuron:,} entries in all; a core has up to {max(cores.neuron_entries):,}",
            )
        )
    return diagnostics


def placement(network: QuantizedNetwork, pieces: tuple[Piece, ...], chip: SpeckChip) -> Placement:
    """Record assigned layers as a placement: cores in use by ascending number; a slice is some channels of a
    population."""
    layers = layers_of(network).layers
    ordered = sorted(pieces, key=lambda piece: piece.core)
    cores = place_layers(layers, pieces)
    return Placement(
        slices=tuple(
            Slice(
                population=network.populations[piece.layer].name,
                first=piece.first * places(layers[piece.layer]),
                size=piece.channels * places(layers[piece.layer]),
                core=k,
                slot=0,
            )
            for k, piece in enumerate(ordered)
        ),
        cores=len(ordered),
        used=tuple(usage(core) for core in cores),
        available=limits(chip),
        available_on=tuple(limits(chip, piece.core) for piece in ordered),
        certificate=Certificate(
            objective="cores in use",
            value=len(ordered),
            bound=len(ordered),
            status="optimal, and of all that are the one with the lowest cores",
            family="every division of layers by output channels",
            least_cores=len(ordered),
        ),
        sites=tuple(piece.core for piece in ordered),
    )


def usage(core: ConvolutionCore) -> dict[str, int]:
    """Count what a core uses: resource -> amount."""
    used = entries_of(core)
    return {
        "kernel_entries": used.kernel,
        "neuron_entries": used.neuron,
        "bias_entries": used.bias,
        "destinations": len(core.destinations),
    }


def limits(chip: SpeckChip, core: int | None = None) -> dict[str, int]:
    """List the resources of a core, or of the largest one for each: resource -> amount."""
    cores = chip.cores
    at = slice(None) if core is None else slice(core, core + 1)
    return {
        "kernel_entries": max(cores.kernel_entries[at]),
        "neuron_entries": max(cores.neuron_entries[at]),
        "bias_entries": max(cores.bias_entries[at]),
        "destinations": cores.destinations,
    }


def resources(
    network: QuantizedNetwork, placement: Placement, pieces: tuple[Piece, ...], chip: SpeckChip
) -> Resources:
    """Summarise the use of the chip for the report. memory_bits: of kernels as they are, and as synapses."""
    kernels = layers_of(network)
    neurons = [piece.channels * places(kernels.layers[piece.layer]) for piece in pieces]
    bits = 8 * sum(layer.kernel.size for layer in kernels.layers)
    synapses = 8 * sum(joined_pairs(layer) for layer in kernels.layers)
    return Resources(
        **of_placement(placement),
        chips=1,
        cores_per_chip=chip.cores.count,
        neurons_per_core=max(neurons, default=0),
        memory_bits=MemoryBits(stored=bits, without_sharing=synapses),
        least_cores_of_any_partition=len(kernels.layers),
    )


def configuration(network: QuantizedNetwork, pieces: tuple[Piece, ...]) -> SpeckConfiguration:
    """Configure the cores, and let the host see the spikes of the populations that an Output reads."""
    kernels = layers_of(network)
    read = layers_read(network)
    return SpeckConfiguration(
        cores=place_layers(kernels.layers, pieces),
        input_cores=tuple(sorted(piece.core for piece in pieces if piece.layer in kernels.inputs)),
        monitored=tuple(sorted(piece.core for piece in pieces if piece.layer in read)),
        single_spike=kernels.single_spike,
    )
