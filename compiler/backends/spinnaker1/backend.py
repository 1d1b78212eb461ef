"""The backend of SpiNNaker 1: boards of ARM cores that run the vendor's neuron models, joined by multicast packets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from ....sim.engines.choice import ANY, SUM_ENGINES, Execution, Span
from ....targets.configuration import Symbols
from ....targets.host_io import HostIO
from ....targets.machines.synapse_list import Machine
from ....targets.spinnaker1 import neuron
from ....targets.spinnaker1.configuration import SpinnakerConfiguration
from ....targets.spinnaker1.files import MAX_TRIADS, decode, encode
from ....targets.spinnaker1.loader import SCRIPT, loader_script
from ....targets.spinnaker1.model import SpinnakerChip
from ....targets.spinnaker1.neuron import MOST_ARRIVING
from ...ir.number_ranges import NumberFormats
from ...ir.report import CoreTraffic
from ...ir.stages import Emitted, Headroom, LoadedFiles, Placed, ResourceEstimate
from ..shared.defaults import Defaults
from ..shared.files import read_back
from .quantize import Quantized
from .quantized_network import QuantizedNetwork

if TYPE_CHECKING:
    from ....sim.engines.synapse_list import Advance
    from ....sim.nir.raw_graph import RawGraph
    from ...ir.fidelity_row import FidelityRow
    from ...ir.on_chip import OnChip
    from ...ir.placement import Placement
    from ...ir.stages import Prepared, StaticVerdict
    from ...ir.timed_network import TimedNetwork
    from ...options import Options

MOST_CHIPS = MAX_TRIADS * 144


class SpinnakerBackend(Defaults[SpinnakerChip, Quantized, Machine, LoadedFiles[SpinnakerConfiguration]]):
    """Compiles for boards of ARM cores that run the vendor's neuron models."""

    honours = frozenset({"chips", "max_neurons_per_core"})
    engines = SUM_ENGINES
    membrane, synapse = "v", "i"

    def configure(self, target: SpinnakerChip, options: Options) -> SpinnakerChip:
        """Set the number of chips, never below the target's own, and of neurons that a core may take."""
        grid = msgspec.structs.replace(target.grid, chips=max(options.chips, target.grid.chips))
        core = target.core
        if options.max_neurons_per_core is not None:
            core = msgspec.structs.replace(core, neurons=min(options.max_neurons_per_core, core.neurons))
        return msgspec.structs.replace(target, grid=grid, core=core)

    def quantize(self, timed: TimedNetwork, target: SpinnakerChip, options: Options) -> Quantized:
        from .quantize import quantize

        return quantize(timed, target, {} if options.tuning is None else options.tuning.reach)

    def neuron_rows(self, timed: TimedNetwork, quantized: Quantized) -> list[FidelityRow]:
        from .neuron_rows import neuron_rows

        return neuron_rows(timed, quantized)

    def headroom(self, quantized: Quantized, population: str) -> Headroom:
        """Bound what arrives in a buffer in one tick, if every source spikes in it."""
        scale = quantized.scales[population]
        return Headroom(
            arriving=scale.arriving,
            limit=MOST_ARRIVING,
            past_limit=scale.past_limit,
            proven=scale.past_limit == 0,
            exponent=scale.shift,
        )

    def formats(self, quantized: Quantized, target: SpinnakerChip) -> NumberFormats:
        """Weights are magnitudes in buffers of their sign."""
        from .quantize import HIGHEST, LOWEST

        weights: dict[tuple[str, str], tuple[float, float]] = {}
        for p in quantized.network.projections:
            if p.tied:
                continue
            scale = quantized.scales[p.post]
            most = MOST_ARRIVING * float(np.median(scale.units)) / scale.weight_units
            weights[p.pre, p.post] = (-most, most)
        return NumberFormats(membrane=(LOWEST, HIGHEST), weights=weights)

    def place(
        self,
        network: QuantizedNetwork,
        target: SpinnakerChip,
        options: Options,
        rates: Mapping[str, np.ndarray],
        tell: Callable[[str], None] | None,
    ) -> Placed:
        """Cut populations into as few slices as there can be, and put cores near those that they talk to."""
        from .place import placed

        return placed(network, target, rates)

    def estimate(
        self, network: QuantizedNetwork, target: SpinnakerChip, options: Options
    ) -> ResourceEstimate:
        """Count the cores of the slices."""
        from ..shared.estimate import estimated
        from .configuration import all_cuts
        from .connections import rows_between
        from .place import without_sites

        found = all_cuts(network, target)
        placement = without_sites(network, target, found, rows_between(network, found))
        many = f"{placement.cores} cores; {target.title} has {target.cores}"
        return estimated(placement, target.cores, many if placement.cores > target.cores else "")

    def next_larger(self, target: SpinnakerChip, options: Options, cores: int) -> Options | None:
        """Join more boards."""
        chips = -(-cores // target.chip.ethernet_cores)
        return replace(options, chips=chips) if target.grid.chips < chips <= MOST_CHIPS else None

    def emit(self, network: QuantizedNetwork, placement: Placement, target: SpinnakerChip) -> Emitted:
        """Write the memory of every core and the routing tables."""
        from ....targets.spinnaker1.decoded import decoded_machine
        from ..shared.packet_rates import multicast
        from ..shared.unplaced import placed_symbols
        from .configuration import configuration_of

        made = configuration_of(network, placement, target)
        places = [divmod(placement.site(core), target.grid.cores_per_chip) for core in range(placement.cores)]
        order = sorted(range(placement.cores), key=placement.site)
        numbers = [order.index(core) for core in range(placement.cores)]

        def packets(spikes: np.ndarray, events: np.ndarray) -> tuple[CoreTraffic, ...]:
            return multicast(decoded_machine(made), numbers, spikes, events)

        return Emitted(
            files={**encode(made, target.name), SCRIPT: loader_script()},
            symbols=placed_symbols(network, placement),
            places=[list(place) for place in places],
            packets=packets,
        )

    def read_files(
        self, target: SpinnakerChip, files: Mapping[str, bytes]
    ) -> LoadedFiles[SpinnakerConfiguration]:
        return read_back(target, files, _decode, _encode)

    def machine(self, target: SpinnakerChip, loaded: LoadedFiles[SpinnakerConfiguration]) -> Machine:
        """Decode what is loaded into neurons, and the rows that the routing tables bring packets to.

        Raises DecodeError for words that no encoder writes, and for what the target cannot hold."""
        from ....targets.layout import DecodeError
        from ....targets.spinnaker1.decoded import decoded_machine
        from ....targets.spinnaker1.limits import violations

        for v in violations(loaded.configuration, target):
            raise DecodeError(
                v.place, -1, f"{v.what} is {v.found}, not in {v.allowed or f'{v.low} .. {v.high}'}"
            )
        return decoded_machine(loaded.configuration)

    def host_io(self, target: SpinnakerChip, loaded: LoadedFiles[SpinnakerConfiguration]) -> HostIO:
        from ....targets.spinnaker1.host_io import host_io

        return host_io(loaded.configuration)

    def verify_words(
        self,
        network: QuantizedNetwork,
        target: SpinnakerChip,
        loaded: LoadedFiles[SpinnakerConfiguration],
        symbols: Symbols,
    ) -> StaticVerdict:
        from .verify_words import static_verdict

        return static_verdict(network, loaded.configuration, symbols)

    def unplaced(self, network: QuantizedNetwork, target: SpinnakerChip) -> tuple[Machine, Symbols]:
        from .unplaced import expand

        return expand(network)

    def start(
        self, machine: Machine, target: SpinnakerChip, span: Span, *, states: bool, execution: Execution = ANY
    ) -> Advance:
        from ....sim.engines.synapse_list import start_as

        return start_as(machine, neuron, target.latency, span, states=states, execution=execution)

    def on_chip(
        self, prepared: Prepared[Quantized], machine: Machine, symbols: Symbols, target: SpinnakerChip
    ) -> OnChip:
        from .on_chip import on_chip

        return on_chip(prepared.network, machine, symbols, target)

    def effective(self, prepared: Prepared) -> RawGraph:
        """Write the decays and thresholds that the cores realise."""
        from ..shared.effective import EffectiveNeuron, effective_graph
        from .decays import kept_by

        front, quantized = prepared.front, prepared.quantized
        neurons: dict[str, EffectiveNeuron] = {}
        tied = {tie.post for tie in quantized.network.tied}
        for p in quantized.network.populations:
            if p.name not in prepared.network.populations:
                continue
            wanted, decays = prepared.network.populations[p.name].neuron, quantized.decays[p.name]
            one = 0 if wanted.at_threshold else 1
            theta = (p.params["v_thresh"] - one) / quantized.scales[p.name].units
            origin = wanted.v_reset if wanted.v_reset is not None else 0.0
            alpha, beta = kept_by(wanted, decays, tied=p.name in tied)
            neurons[p.name] = EffectiveNeuron(
                alpha=alpha,
                beta=beta,
                theta=None if wanted.theta is None else theta + origin,
            )
        return effective_graph(front.clipped, front.flat, front.chip_dialect, prepared.network, neurons)


def _decode(files: Mapping[str, bytes], target: SpinnakerChip) -> SpinnakerConfiguration:
    return decode(files, target.name)


def _encode(configuration: SpinnakerConfiguration, target: SpinnakerChip) -> Mapping[str, bytes]:
    return encode(configuration, target.name)
