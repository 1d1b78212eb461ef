"""The backend of Speck and DYNAP-CNN: chips whose cores hold one layer of convolution each, kernels instead of
synapses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ....sim.engines.choice import ANY, Execution, Span
from ....targets.configuration import Symbols
from ....targets.host_io import HostIO
from ....targets.machines.convolution import ConvolutionMachine
from ....targets.speck.attributes import encode
from ....targets.speck.configuration import SpeckConfiguration, machine as decoded_machine
from ....targets.speck.files import decode
from ....targets.speck.model import SpeckChip
from ...ir.number_ranges import NumberFormats
from ...ir.report import CoreTraffic
from ...ir.stages import Emitted, Headroom, LoadedFiles, Placed, ResourceEstimate
from ...weight_width import LEAST
from ..shared.defaults import Defaults
from ..shared.files import read_back
from .quantize import Quantized
from .quantized_network import QuantizedNetwork

if TYPE_CHECKING:
    from ....sim.dialect.dialect import Dialect
    from ....sim.engines.synapse_list import Advance
    from ....sim.nir.raw_graph import RawGraph
    from ...ir.family_rules import FamilyRules
    from ...ir.fidelity_row import FidelityRow
    from ...ir.network import FlatGraph
    from ...ir.on_chip import OnChip
    from ...ir.placement import Placement
    from ...ir.stages import Prepared, StaticVerdict
    from ...ir.timed_network import TimedNetwork
    from ...options import Options


class SpeckBackend(Defaults[SpeckChip, Quantized, ConvolutionMachine, LoadedFiles[SpeckConfiguration]]):
    """Compiles for chips whose cores hold one layer of convolution each, with kernels in the place of synapses."""

    honours = frozenset({"pins"})
    membrane, synapse = "v", "i"

    def family_rules(self, flat: FlatGraph, dialect: Dialect, target: SpeckChip) -> FamilyRules:
        """Choose one or several spikes a step for the whole network, and add the floor that a constant leak needs."""
        from .family_rules import family_rules

        return family_rules(flat, dialect)

    def weight_widths(self, target: SpeckChip) -> tuple[int, ...]:
        """Every one up to that of the chip's weights: fewer bits are small numbers in the same words."""
        low, high = target.ranges.weight
        return tuple(range(LEAST, max(LEAST, (-low - 1).bit_length() + 1, high.bit_length() + 1) + 1))

    def pin_sites(self, target: SpeckChip) -> int:
        """Cores of the chip."""
        return target.cores.count

    def quantize(self, timed: TimedNetwork, target: SpeckChip, options: Options) -> Quantized:
        from .quantize import quantize

        return quantize(timed, target, weight_bits=options.weight_bits)

    def neuron_rows(self, timed: TimedNetwork, quantized: Quantized) -> list[FidelityRow]:
        """List biases that start before their population does, other thresholds, and membranes that hold more."""
        from .neuron_rows import neuron_rows

        return neuron_rows(timed, quantized)

    def headroom(self, quantized: Quantized, population: str) -> Headroom:
        """Bound what a step adds to a membrane if every source spikes once, against the 16 bits that hold it."""
        from .headroom import headroom

        return headroom(quantized, population)

    def formats(self, quantized: Quantized, target: SpeckChip) -> NumberFormats:
        """Every weight of a kernel has the same bits."""
        low, high = target.ranges.weight
        weights = {
            (source.name, layer.name): (float(low), float(high))
            for layer in quantized.layers
            for source in layer.sources
        }
        return NumberFormats(membrane=target.ranges.state, weights=weights)

    def place(
        self,
        network: QuantizedNetwork,
        target: SpeckChip,
        options: Options,
        rates: Mapping[str, np.ndarray],
        tell: Callable[[str], None] | None,
    ) -> Placed:
        """Assign layers to the fewest cores; the answer is unique, so that a lock would say the same."""
        from .place import pieces_of, placement, resources

        pieces = pieces_of(network, target, dict(options.pins))
        placed = placement(network, pieces, target)
        return Placed(placement=placed, diagnostics=(), resources=resources(network, placed, pieces, target))

    def estimate(self, network: QuantizedNetwork, target: SpeckChip, options: Options) -> ResourceEstimate:
        """Count the cores that the layers take; where they are more than the chip has, a lower bound."""
        from ..shared.place_on_mesh import binding_resource
        from .place import cores_at_least

        least, available = cores_at_least(network, target), target.cores.count
        if least > available:
            reason = f"{len(network.populations)} layers take at least {least} cores; {target.title} has {available}"
            return ResourceEstimate(
                cores=least, available=available, binding="cores", share=1.0, reason=reason
            )
        # Of a network with populations on the host the pins of those are left.
        there_are = {p.name for p in network.populations}
        kept = replace(options, pins=tuple(pin for pin in options.pins if pin[0] in there_are))
        placed = self.place(network, target, kept, {}, None).placement
        binding, share = binding_resource(placed)
        return ResourceEstimate(
            cores=placed.cores, available=available, binding=binding, share=share, reason=""
        )

    def emit(self, network: QuantizedNetwork, placement: Placement, target: SpeckChip) -> Emitted:
        """Write the vendor's configuration object: of each core its kernel, biases, thresholds and destinations."""
        from .assign_layers import Piece
        from .place import configuration
        from .traffic import events_of_cores
        from .unplaced import layers_of, places, symbols

        number = {p.name: k for k, p in enumerate(network.populations)}
        layers = layers_of(network).layers
        pieces = tuple(
            Piece(
                layer=number[s.population],
                first=s.first // places(layers[number[s.population]]),
                channels=s.size // places(layers[number[s.population]]),
                core=placement.site(s.core),
            )
            for s in placement.slices
        )
        ordered = tuple(sorted(pieces, key=lambda piece: (piece.layer, piece.first)))
        loaded = configuration(network, ordered)

        def sent(spikes: np.ndarray, events: np.ndarray) -> tuple[CoreTraffic, ...]:
            return events_of_cores(loaded.cores, loaded.input_cores, spikes, events)

        return Emitted(
            files=encode(loaded, target),
            symbols=symbols(network, ordered),
            places=[[0, placement.site(core)] for core in range(placement.cores)],
            packets=sent,
        )

    def read_files(self, target: SpeckChip, files: Mapping[str, bytes]) -> LoadedFiles[SpeckConfiguration]:
        return read_back(target, files, decode, encode)

    def machine(self, target: SpeckChip, loaded: LoadedFiles[SpeckConfiguration]) -> ConvolutionMachine:
        """Decode the configuration into layers of convolution.

        Raises DecodeError for a threshold below 1, with which a neuron would spike without end."""
        from ....targets.layout import DecodeError

        try:
            return decoded_machine(loaded.configuration)
        except ValueError as problem:
            raise DecodeError(sorted(loaded.files)[0], -1, str(problem)) from problem

    def host_io(self, target: SpeckChip, loaded: LoadedFiles[SpeckConfiguration]) -> HostIO:
        from ....targets.speck.host_io import host_io

        return host_io(loaded.configuration)

    def verify_words(
        self,
        network: QuantizedNetwork,
        target: SpeckChip,
        loaded: LoadedFiles[SpeckConfiguration],
        symbols: Symbols,
    ) -> StaticVerdict:
        from .verify_words import static_verdict

        return static_verdict(network, loaded.configuration, symbols, target)

    def unplaced(self, network: QuantizedNetwork, target: SpeckChip) -> tuple[ConvolutionMachine, Symbols]:
        from .unplaced import expand

        return expand(network)

    def start(
        self,
        machine: ConvolutionMachine,
        target: SpeckChip,
        span: Span,
        *,
        states: bool,
        execution: Execution = ANY,
    ) -> Advance:
        """Run the layers in turn, each over all steps."""
        from .simulate import start

        return start(machine, span, states=states)

    def on_chip(
        self, prepared: Prepared[Quantized], machine: ConvolutionMachine, symbols: Symbols, target: SpeckChip
    ) -> OnChip:
        from .on_chip import on_chip

        return on_chip(prepared.network, prepared.quantized, target)

    def effective(self, prepared: Prepared) -> RawGraph:
        """Write thresholds in rounded weights, and a constant leak as a bias."""
        from ..shared.effective import HARDLY_LEAKY, EffectiveNeuron, effective_graph

        front, quantized = prepared.front, prepared.quantized
        neurons: dict[str, EffectiveNeuron] = {}
        for layer, scale, strict, core in zip(
            quantized.layers,
            quantized.scales,
            quantized.strict,
            quantized.network.kernels.layers,
            strict=True,
        ):
            neuron = prepared.network.populations[layer.name].neuron
            origin = 0.0 if neuron.v_reset is None else neuron.v_reset
            leaky = neuron.beta < 1
            leak = np.repeat(layer.leak, layer.ratio.size // layer.leak.size) * layer.ratio
            neurons[layer.name] = EffectiveNeuron(
                alpha=np.ones(layer.ratio.size),
                beta=np.where(leaky, HARDLY_LEAKY, 1.0),
                theta=(core.threshold - strict * layer.reset_to_zero) / scale * layer.ratio + origin,
                constant=neuron.bias + leak if leaky.all() else None,
            )
        return effective_graph(front.clipped, front.flat, front.chip_dialect, prepared.network, neurons)
