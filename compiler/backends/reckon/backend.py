"""The backend of ReckOn: chips of one recurrent core whose membranes leak exponentially."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ....sim.engines.choice import ANY, Execution, Span, SumEngine
from ....targets.configuration import Symbols
from ....targets.host_io import HostIO
from ....targets.machines.ordered import OrderedMachine
from ....targets.reckon.configuration import ReckonConfiguration, machine as decoded_machine
from ....targets.reckon.files import decode, encode
from ....targets.reckon.model import ReckonChip
from ...ir.number_ranges import NumberFormats
from ...ir.placement import Placement
from ...ir.stages import Cycles, Emitted, Headroom, LoadedFiles, Placed, ResourceEstimate
from ..shared.defaults import Defaults
from ..shared.files import read_back
from .assemble import Quantized
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
    from ...ir.stages import Prepared, StaticVerdict
    from ...ir.timed_network import TimedNetwork
    from ...options import Options


class ReckonBackend(Defaults[ReckonChip, Quantized, OrderedMachine, LoadedFiles[ReckonConfiguration]]):
    """Compiles for chips of one recurrent core whose membranes leak exponentially."""

    honours = frozenset({"calibrate"})
    has_vectors = True
    engines: tuple[SumEngine, ...] = ("numpy", "events")
    membrane, synapse = "v", "i"

    def family_rules(self, flat: FlatGraph, dialect: Dialect, target: ReckonChip) -> FamilyRules:
        """Make the resets of all neurons alike."""
        from .family_rules import family_rules

        return family_rules(flat, dialect, target)

    def calibrate(
        self,
        prepared: Prepared[Quantized],
        target: ReckonChip,
        stimulus: Stimulus,
        score: Callable[[Tuning], float],
    ) -> Tuning | None:
        """Choose shifts and scales on the stimulus."""
        from .calibrate import calibrated

        return calibrated(prepared, target, score)

    def quantize(self, timed: TimedNetwork, target: ReckonChip, options: Options) -> Quantized:
        from .quantize import quantize

        return quantize(timed, target, consent=options.allow_approximation, tuning=options.tuning)

    def neuron_rows(self, timed: TimedNetwork, quantized: Quantized) -> list[FidelityRow]:
        from .neuron_rows import neuron_rows

        return neuron_rows(timed, quantized)

    def headroom(self, quantized: Quantized, population: str) -> Headroom:
        """Bound what arrives at a membrane in a step, if every source spikes."""
        from .headroom import headroom

        return headroom(quantized.network, population)

    def formats(self, quantized: Quantized, target: ReckonChip) -> NumberFormats:
        """Codes with the shift of their memory; an input element on several rows has the sum of their weights."""
        low, high = target.ranges.weight
        weights: dict[tuple[str, str], tuple[float, float]] = {}
        rows = {(p.pre, p.post, p.row): p.shift for p in quantized.network.projections}
        for (pre, post, _), shift in sorted(rows.items()):
            below, above = weights.get((pre, post), (0.0, 0.0))
            weights[pre, post] = (below + low * 2.0**shift, above + high * 2.0**shift)
        return NumberFormats(membrane=target.ranges.state, weights=weights)

    def place(
        self,
        network: QuantizedNetwork,
        target: ReckonChip,
        options: Options,
        rates: Mapping[str, np.ndarray],
        tell: Callable[[str], None] | None,
    ) -> Placed:
        """Give every neuron the number on the core that its order decides."""
        from .place import place

        return place(network, target)

    def estimate(self, network: QuantizedNetwork, target: ReckonChip, options: Options) -> ResourceEstimate:
        """Count one core, or raise as `place` does where the network does not fit it."""
        from ..shared.estimate import estimated

        return estimated(self.place(network, target, options, {}, None).placement, 1)

    def emit(self, network: QuantizedNetwork, placement: Placement, target: ReckonChip) -> Emitted:
        """Write what is sent over SPI, and images of the memories."""
        from .configuration import configuration

        loaded, symbols = configuration(network, target.capacity.outputs)
        return Emitted(files=encode(loaded, target), symbols=symbols, places=[[0, 0]], packets=None)

    def read_files(self, target: ReckonChip, files: Mapping[str, bytes]) -> LoadedFiles[ReckonConfiguration]:
        return read_back(target, files, decode, encode)

    def machine(self, target: ReckonChip, loaded: LoadedFiles[ReckonConfiguration]) -> OrderedMachine:
        return decoded_machine(loaded.configuration)

    def host_io(self, target: ReckonChip, loaded: LoadedFiles[ReckonConfiguration]) -> HostIO:
        from ....targets.reckon.host_io import host_io

        return host_io(loaded.configuration)

    def verify_words(
        self,
        network: QuantizedNetwork,
        target: ReckonChip,
        loaded: LoadedFiles[ReckonConfiguration],
        symbols: Symbols,
    ) -> StaticVerdict:
        from .verify_words import static_verdict

        return static_verdict(network, loaded.configuration, symbols)

    def unplaced(self, network: QuantizedNetwork, target: ReckonChip) -> tuple[OrderedMachine, Symbols]:
        from .unplaced import expand

        return expand(network, target)

    def start(
        self,
        machine: OrderedMachine,
        target: ReckonChip,
        span: Span,
        *,
        states: bool,
        execution: Execution = ANY,
    ) -> Advance:
        from ....sim.engines.ordered import start_ordered

        return start_ordered(machine, target.neuron, span, states=states, engine=execution.engine)

    def vectors(
        self,
        target: ReckonChip,
        loaded: LoadedFiles[ReckonConfiguration],
        spikes: np.ndarray,
        events: np.ndarray,
        samples: Sequence[int],
    ) -> Mapping[str, bytes]:
        """Write a bench for the public sources, with what the core is sent and what it answers."""
        from .bench import bench_files

        return bench_files(loaded.configuration, target, events, samples)

    def cycles(
        self, target: ReckonChip, loaded: LoadedFiles[ReckonConfiguration], run: Run, events: np.ndarray
    ) -> Cycles:
        """Count the clocks of each step: events act in their step, spikes in the next."""
        from ....targets.reckon.timing import MODEL, most_clocks, step_clocks
        from .bench import ticks_of_run

        c = loaded.configuration
        told, spikes = ticks_of_run(c, target, run, events)
        before = np.concatenate([np.zeros_like(spikes[:1]), spikes[:-1]])
        clocks = step_clocks(c, target.cycles, told, before)
        clocks = clocks.reshape(-1, c.ticks, clocks.shape[1]).sum(axis=1)
        return Cycles(
            worst=float(c.ticks * most_clocks(c, target.cycles)),
            most=float(clocks.max(initial=0)),
            mean=float(clocks.mean()) if clocks.size else 0.0,
            model=MODEL,
        )

    def on_chip(
        self, prepared: Prepared[Quantized], machine: OrderedMachine, symbols: Symbols, target: ReckonChip
    ) -> OnChip:
        from .on_chip import on_chip

        return on_chip(prepared.timed, prepared.quantized, target)

    def effective(self, prepared: Prepared) -> RawGraph:
        """Write the decays that the words hold; every neuron's scale makes its threshold exact."""
        from ..shared.effective import EffectiveNeuron, effective_graph

        front, network = prepared.front, prepared.quantized.network
        from .quantize import kept_a_step

        neurons: dict[str, EffectiveNeuron] = {}
        for name, population in prepared.network.populations.items():
            theta = population.neuron.theta
            neurons[name] = EffectiveNeuron(
                alpha=np.zeros(population.size),
                beta=kept_a_step(network.population(name)),
                theta=None if theta is None else theta + _origin(population.neuron.v_reset),
                gain=np.ones(population.size),
            )
        return effective_graph(front.clipped, front.flat, front.chip_dialect, prepared.network, neurons)


def _origin(v_reset: np.ndarray | None) -> np.ndarray | float:
    return 0.0 if v_reset is None else v_reset
