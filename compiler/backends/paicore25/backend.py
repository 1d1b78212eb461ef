"""The backend of PAICORE 2.5: cores of neurons and weights in one memory, each with a step counter of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from ....sim.engines.buffered.run import ENGINES
from ....sim.engines.choice import ANY, Execution, Span, SumEngine
from ....targets.configuration import Symbols
from ....targets.host_io import HostIO
from ....targets.machines.buffered import BufferedMachine
from ....targets.paicore25.configuration import PaicoreConfiguration
from ....targets.paicore25.files import decode, encode
from ....targets.paicore25.model import PaicoreChip
from ...ir.stages import Emitted, Headroom, LoadedFiles, Placed, ResourceEstimate
from ..shared.defaults import Defaults
from ..shared.files import read_back
from .quantize import Quantized
from .quantized_network import QuantizedNetwork
from .unplaced import LayeredMachine

if TYPE_CHECKING:
    from ....sim.engines.synapse_list import Advance
    from ....sim.nir.raw_graph import RawGraph
    from ....sim.stimulus import Stimulus
    from ...ir.calibration import Tuning
    from ...ir.fidelity_row import FidelityRow
    from ...ir.on_chip import OnChip
    from ...ir.placement import Placement
    from ...ir.stages import Prepared, StaticVerdict
    from ...ir.timed_network import TimedNetwork
    from ...options import Options

AnyMachine: TypeAlias = BufferedMachine | LayeredMachine
Loaded: TypeAlias = LoadedFiles[PaicoreConfiguration]


class PaicoreBackend(Defaults[PaicoreChip, Quantized, AnyMachine, Loaded]):
    """Compiles for cores of neurons and weights in one memory, each with a step counter of its own."""

    honours = frozenset({"calibrate", "split_weights"})
    engines: tuple[SumEngine, ...] = ENGINES
    membrane, synapse = "shown", "i"

    def weight_widths(self, target: PaicoreChip) -> tuple[int, ...]:
        """Widths of a stored weight."""
        return target.core.weight_bits

    def calibrate(
        self,
        prepared: Prepared[Quantized],
        target: PaicoreChip,
        stimulus: Stimulus,
        score: Callable[[Tuning], float],
    ) -> Tuning | None:
        """Choose the scale of each population on the stimulus."""
        from .calibrate import calibrated

        return calibrated(prepared, score)

    def quantize(self, timed: TimedNetwork, target: PaicoreChip, options: Options) -> Quantized:
        from .quantize import quantize

        return quantize(
            timed,
            target,
            weight_bits=options.weight_bits,
            wide=options.split_weights,
            consent=options.allow_approximation,
            tuning=options.tuning,
        )

    def neuron_rows(self, timed: TimedNetwork, quantized: Quantized) -> list[FidelityRow]:
        from .neuron_rows import neuron_rows

        return neuron_rows(timed, quantized)

    def headroom(self, quantized: Quantized, population: str) -> Headroom:
        """Bound what arrives at a membrane in a chip step, if every source spikes."""
        from .headroom import headroom

        return headroom(quantized.network, population)

    def place(
        self,
        network: QuantizedNetwork,
        target: PaicoreChip,
        options: Options,
        rates: Mapping[str, np.ndarray],
        tell: Callable[[str], None] | None,
    ) -> Placed:
        """Give every stage a box of cores that touches those before it."""
        from .place import placed

        return placed(network, target)

    def estimate(self, network: QuantizedNetwork, target: PaicoreChip, options: Options) -> ResourceEstimate:
        """Count the cores of all stages."""
        from ..shared.estimate import estimated
        from .place import without_sites

        placement, reason = without_sites(network, target)
        return estimated(placement, target.cores, reason)

    def emit(self, network: QuantizedNetwork, placement: Placement, target: PaicoreChip) -> Emitted:
        """Write registers, records and weights of every core as the frames that load them."""
        from .configure import configuration_of

        made, symbols, places = configuration_of(network, placement, target)
        return Emitted(files=encode(made, target), symbols=symbols, places=places, packets=None)

    def read_files(self, target: PaicoreChip, files: Mapping[str, bytes]) -> Loaded:
        return read_back(target, files, decode, encode)

    def machine(self, target: PaicoreChip, loaded: Loaded) -> AnyMachine:
        """Decode what is loaded into cores that run.

        Raises DecodeError for what no encoder writes, and for what the target cannot hold."""
        from ....targets.layout import DecodeError
        from ....targets.paicore25.limits import violations
        from ....targets.paicore25.machine import machine

        for v in violations(loaded.configuration, target):
            raise DecodeError(
                v.place, -1, f"{v.what} is {v.found}, not in {v.allowed or f'{v.low} .. {v.high}'}"
            )
        try:
            return machine(loaded.configuration)
        except ValueError as problem:
            raise DecodeError("frames", -1, str(problem)) from problem

    def host_io(self, target: PaicoreChip, loaded: Loaded) -> HostIO:
        from ....targets.paicore25.host_io import host_io

        return host_io(loaded.configuration)

    def verify_words(
        self, network: QuantizedNetwork, target: PaicoreChip, loaded: Loaded, symbols: Symbols
    ) -> StaticVerdict:
        from .verify_words import static_verdict

        return static_verdict(network, loaded.configuration, symbols)

    def unplaced(self, network: QuantizedNetwork, target: PaicoreChip) -> tuple[AnyMachine, Symbols]:
        from .unplaced import expand

        return expand(network)

    def start(
        self,
        machine: AnyMachine,
        target: PaicoreChip,
        span: Span,
        *,
        states: bool,
        execution: Execution = ANY,
    ) -> Advance:
        if isinstance(machine, LayeredMachine):
            from .run_unplaced import start

            return start(machine, span.batch, states=states)
        from ....sim.engines.buffered.run import start as start_buffered
        from ....targets.paicore25 import neuron

        return start_buffered(machine, neuron, span, states=states, engine=execution.engine)

    def on_chip(
        self,
        prepared: Prepared[Quantized],
        machine: AnyMachine,
        symbols: Symbols,
        target: PaicoreChip,
    ) -> OnChip:
        from .on_chip import on_chip

        return on_chip(prepared.timed, prepared.quantized, target)

    def effective(self, prepared: Prepared) -> RawGraph:
        """Write the decays and thresholds that the chip realises."""
        from ..shared.effective import effective_graph
        from .on_chip import effective_neurons

        front = prepared.front
        neurons = effective_neurons(prepared.network, prepared.quantized)
        return effective_graph(front.clipped, front.flat, front.chip_dialect, prepared.network, neurons)
