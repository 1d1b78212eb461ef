"""The backend of RANC: chips of crossbar cores on a grid, whose neurons have one target each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ....sim.engines.choice import ANY, SUM_ENGINES, Execution, Span
from ....targets.configuration import Symbols
from ....targets.host_io import HostIO
from ....targets.machines.crossbar_grid import GridMachine
from ....targets.machines.synapse_list import Machine
from ....targets.ranc.files import decode, encode
from ....targets.ranc.model import RancChip
from ...ir.number_ranges import NumberFormats
from ...ir.report import CoreTraffic
from ...ir.stages import Cycles, Emitted, Headroom, LoadedFiles, Placed, ResourceEstimate
from ..shared.defaults import Defaults
from ..shared.files import read_back
from .axon_type_weights import bases_of
from .quantize import Quantized
from .quantized_network import QuantizedNetwork

if TYPE_CHECKING:
    from ....sim.dialect.dialect import Dialect
    from ....sim.engines.synapse_list import Advance, Run
    from ....sim.nir.raw_graph import RawGraph
    from ....sim.stimulus import Stimulus
    from ...ir.calibration import Tuning
    from ...ir.family_rules import FamilyRules
    from ...ir.fidelity_row import FidelityRow
    from ...ir.network import FlatGraph
    from ...ir.on_chip import OnChip
    from ...ir.placement import Placement
    from ...ir.stages import Prepared, StaticVerdict
    from ...ir.timed_network import TimedNetwork
    from ...options import Options


class RancBackend(Defaults[RancChip, Quantized, GridMachine | Machine, LoadedFiles[GridMachine]]):
    """Compiles for chips of crossbar cores on a grid, whose neurons have one target each."""

    honours = frozenset({"calibrate"})
    has_vectors = True
    engines = SUM_ENGINES
    membrane, synapse = "v", "i"

    def weight_widths(self, target: RancChip) -> tuple[int, ...]:
        """Those of the sums that axon types can make; neurons of many sources take fewer bits."""
        return tuple(sorted(basis.bits for basis in bases_of(target.core.types, target.bits.weight)))

    def family_rules(self, flat: FlatGraph, dialect: Dialect, target: RancChip) -> FamilyRules:
        """State how floors and constant leaks differ from the reading."""
        from .family_rules import family_rules

        return family_rules()

    def calibrate(
        self,
        prepared: Prepared[Quantized],
        target: RancChip,
        stimulus: Stimulus,
        score: Callable[[Tuning], float],
    ) -> Tuning | None:
        """Choose thresholds and leaks on the stimulus."""
        from .calibrate import calibrated

        return calibrated(prepared, score)

    def quantize(self, timed: TimedNetwork, target: RancChip, options: Options) -> Quantized:
        """Convert weights to axon types and their values; relays stand for what pools, if approximation is allowed."""
        from .quantize import quantize

        return quantize(
            timed,
            target,
            weight_bits=options.weight_bits,
            consent=options.allow_approximation,
            tuning=options.tuning,
        )

    def neuron_rows(self, timed: TimedNetwork, quantized: Quantized) -> list[FidelityRow]:
        """List biases that act before their population does, and floors that keep potentials from wrapping."""
        from .neuron_rows import neuron_rows

        return neuron_rows(quantized)

    def headroom(self, quantized: Quantized, population: str) -> Headroom:
        """Bound what a step brings to a potential, if every source spikes, against the range beyond which it wraps."""
        from .headroom import headroom

        return headroom(quantized, population)

    def formats(self, quantized: Quantized, target: RancChip) -> NumberFormats:
        """A weight is the sum of the registers of any of the axon types."""
        high = (1 << (target.bits.weight - 1)) - 1
        ends = float(-(high + 1) * target.core.types), float(high * target.core.types)
        most = (1 << (target.bits.potential - 1)) - 1
        pairs = {(p.pre, p.post): ends for p in quantized.network.projections}
        return NumberFormats(membrane=(-most - 1, most), weights=pairs)

    def place(
        self,
        network: QuantizedNetwork,
        target: RancChip,
        options: Options,
        rates: Mapping[str, np.ndarray],
        tell: Callable[[str], None] | None,
    ) -> Placed:
        """Pack clusters of neurons on as few cores as hold them, and put cores where packets travel fewest hops."""
        from .partition import partition
        from .place import placed, resources

        partitioned = partition(network, target)
        placement, cost = placed(network, partitioned, target, rates)
        return Placed(
            placement=placement,
            diagnostics=(),
            resources=resources(placement, cost, partitioned, target),
        )

    def estimate(self, network: QuantizedNetwork, target: RancChip, options: Options) -> ResourceEstimate:
        """Count the cores of a partition; they are placed only where the grid has as many."""
        from ..shared.estimate import estimated
        from .partition import partition
        from .place import placed

        partitioned = partition(network, target)
        if partitioned.cores > target.grid.cores:
            reason = f"{partitioned.cores:,} cores; a grid of {target.title} has {target.grid.cores:,}"
            return ResourceEstimate(
                cores=partitioned.cores,
                available=target.grid.cores,
                binding="cores",
                share=1.0,
                reason=reason,
            )
        placement, _ = placed(network, partitioned, target, {})
        return estimated(placement, target.grid.cores)

    def emit(self, network: QuantizedNetwork, placement: Placement, target: RancChip) -> Emitted:
        """Write the crossbar and the neurons of each core, and the packets of the host."""
        from .configuration import configuration
        from .traffic import packets

        machine, symbols = configuration(network, placement, target)

        def sent(spikes: np.ndarray, events: np.ndarray) -> tuple[CoreTraffic, ...]:
            return packets(machine, placement.sites[: placement.cores], spikes, events)

        return Emitted(
            files=encode(machine, target),
            symbols=symbols,
            places=[[0, site] for site in placement.sites[: placement.cores]],
            packets=sent,
        )

    def read_files(self, target: RancChip, files: Mapping[str, bytes]) -> LoadedFiles[GridMachine]:
        return read_back(target, files, decode, encode)

    def machine(self, target: RancChip, loaded: LoadedFiles[GridMachine]) -> GridMachine | Machine:
        """Return the grid in the files: the images are the machine."""
        return loaded.configuration

    def host_io(self, target: RancChip, loaded: LoadedFiles[GridMachine]) -> HostIO:
        from ....targets.ranc.host_io import host_io

        return host_io(loaded.configuration, target)

    def verify_words(
        self, network: QuantizedNetwork, target: RancChip, loaded: LoadedFiles[GridMachine], symbols: Symbols
    ) -> StaticVerdict:
        from .verify_words import static_verdict

        return static_verdict(network, loaded.configuration, symbols, target)

    def unplaced(self, network: QuantizedNetwork, target: RancChip) -> tuple[Machine, Symbols]:
        from .unplaced import expand

        return expand(network, target)

    def start(
        self,
        machine: GridMachine | Machine,
        target: RancChip,
        span: Span,
        *,
        states: bool,
        execution: Execution = ANY,
    ) -> Advance:
        """Run a decoded grid by its packets, or the unplaced machine by its list of synapses."""
        from ....sim.engines.crossbar_grid import start_grid
        from ....sim.engines.synapse_list import start

        arithmetic, devices = target.neuron, execution.devices
        if isinstance(machine, GridMachine):
            return start_grid(
                machine, arithmetic, span, states=states, engine=execution.engine, devices=devices
            )
        return start(
            machine,
            arithmetic,
            target.latency,
            span,
            states=states,
            engine=execution.engine,
            devices=devices,
        )

    def vectors(
        self,
        target: RancChip,
        loaded: LoadedFiles[GridMachine],
        spikes: np.ndarray,
        events: np.ndarray,
        samples: Sequence[int],
    ) -> Mapping[str, bytes]:
        """Write packets, what the output bus answers, and a bench for the public sources."""
        from ....targets.ranc.vectors import vectors

        return vectors(loaded.configuration, target, spikes, events, samples)

    def cycles(
        self, target: RancChip, loaded: LoadedFiles[GridMachine], run: Run, events: np.ndarray
    ) -> Cycles:
        """Count the clocks of a tick, the same in all: every core goes through all its neurons and axons."""
        from ....targets.ranc.timing import sweep_clocks

        clocks = float(sweep_clocks(target))
        model = "the sweep of the cores, read from the RTL; what the routers need to drain comes on top"
        return Cycles(worst=None, most=clocks, mean=clocks, model=model)

    def on_chip(
        self,
        prepared: Prepared[Quantized],
        machine: GridMachine | Machine,
        symbols: Symbols,
        target: RancChip,
    ) -> OnChip:
        from .on_chip import on_chip

        return on_chip(prepared.quantized, target)

    def effective(self, prepared: Prepared) -> RawGraph:
        """Write the leak as a constant; thresholds stay the file's own, as weights are scaled to them."""
        from ..shared.effective import HARDLY_LEAKY, EffectiveNeuron, effective_graph

        front = prepared.front
        neurons: dict[str, EffectiveNeuron] = {}
        for name in sorted(prepared.network.populations):
            neuron, lowered = prepared.network.populations[name].neuron, prepared.quantized.neurons[name]
            theta = lowered.theta
            origin = 0.0 if neuron.v_reset is None else neuron.v_reset
            leaky = neuron.beta < 1
            neurons[name] = EffectiveNeuron(
                alpha=np.ones(theta.size),
                beta=np.where(leaky, HARDLY_LEAKY, 1.0),
                theta=theta + origin,
                constant=neuron.bias + lowered.leak * theta if leaky.all() else None,
            )
        return effective_graph(front.clipped, front.flat, front.chip_dialect, prepared.network, neurons)
