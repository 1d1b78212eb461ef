"""The backend of ODIN and tinyODIN: crossbars that test the threshold after every event, with a queue and a host."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np

from ....sim.engines.choice import ANY, Execution, Span
from ....targets.configuration import Symbols
from ....targets.host_io import HostIO
from ....targets.machines.crossbar_events import EventMachine
from ....targets.odin.arithmetics import modules_of
from ....targets.odin.files import decode, encode
from ....targets.odin.model import OdinChip
from ...ir.number_ranges import NumberFormats
from ...ir.stages import Cycles, Emitted, Headroom, LoadedFiles, Placed, ResourceEstimate
from ..shared.defaults import Defaults
from ..shared.files import read_back
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
    from ...ir.stages import ChipRun, Prepared, StaticVerdict
    from ...ir.timed_network import TimedNetwork
    from ...options import Options


class OdinBackend(Defaults[OdinChip, Quantized, EventMachine, LoadedFiles[EventMachine]]):
    """Compiles for chips that test the threshold after every event: crossbars with a queue, and a host between them."""

    honours = frozenset({"calibrate", "chips"})
    has_vectors = True
    membrane, synapse = "v", "i"

    def family_rules(self, flat: FlatGraph, dialect: Dialect, target: OdinChip) -> FamilyRules:
        """State how spikes of one step and a constant leak approximate the reading."""
        from .family_rules import family_rules

        return family_rules()

    def calibrate(
        self,
        prepared: Prepared[Quantized],
        target: OdinChip,
        stimulus: Stimulus,
        score: Callable[[Tuning], float],
    ) -> Tuning | None:
        """Choose gains, thresholds, leaks and the order of rows on the stimulus."""
        from .calibrate import calibrated

        return calibrated(prepared, target, stimulus, score)

    def quantize(self, timed: TimedNetwork, target: OdinChip, options: Options) -> Quantized:
        """Quantise in the first execution mode that fits; each mode has latencies and lags of its own."""
        from .quantize import quantize

        raised = frozenset(name for name, p in timed.populations.items() if p.raised)
        lowered = frozenset(name for name, p in timed.populations.items() if p.lowered)
        return quantize(timed.network, target, options, raised, lowered)

    def neuron_rows(self, timed: TimedNetwork, quantized: Quantized) -> list[FidelityRow]:
        from .neuron_rows import neuron_rows

        return neuron_rows(quantized.assembled, quantized.raised, quantized.lowered, quantized.once_chips)

    def headroom(self, quantized: Quantized, population: str) -> Headroom:
        """Bound what is taken off a membrane in a step, if every source spikes once."""
        from .headroom import headroom

        return headroom(quantized.network, quantized.chip, population)

    def formats(self, quantized: Quantized, target: OdinChip) -> NumberFormats:
        """Weights with their sign, wherever that is stored."""
        from .lowered import ranges_of
        from .scale import weight_limits

        fine = quantized.assembled.fine
        limits = {
            two: weight_limits(ranges_of(target.ranges, fine=True) if two else target.ranges)
            for two in (False, True)
        }
        weights = {
            (p.pre, p.post): (float(limits[p.post in fine][0]), float(limits[p.post in fine][1]))
            for p in quantized.network.projections
        }
        return NumberFormats(membrane=target.ranges.state, weights=weights)

    def place(
        self,
        network: QuantizedNetwork,
        target: OdinChip,
        options: Options,
        rates: Mapping[str, np.ndarray],
        tell: Callable[[str], None] | None,
    ) -> Placed:
        from .place import place

        return place(network, target, options.chips)

    def estimate(self, network: QuantizedNetwork, target: OdinChip, options: Options) -> ResourceEstimate:
        """Count the chips that hold rows and neurons; without a placement where they are more than the options join.

        Raises DiagnosticError where no number of chips would do."""
        from ....sim.diagnostic import raise_errors
        from ..shared.place_on_mesh import binding_resource
        from .capacity import fit

        fitted = fit(network, target, options.chips)
        if fitted.chips is None:
            raise_errors(list(fitted.findings))
            return ResourceEstimate(cores=1, available=options.chips, binding="rows", share=1.0, reason="")
        if fitted.findings:
            reason = fitted.findings[0].message
            return ResourceEstimate(
                cores=fitted.chips, available=options.chips, binding="chips", share=1.0, reason=reason
            )
        placement = self.place(network, target, options, {}, None).placement
        binding, share = binding_resource(placement)
        return ResourceEstimate(
            cores=placement.cores, available=options.chips, binding=binding, share=share, reason=""
        )

    def next_larger(self, target: OdinChip, options: Options, cores: int) -> Options | None:
        """Join more chips, as many as one host may."""
        chips = cores
        return replace(options, chips=chips) if options.chips < chips <= target.capacity.chips else None

    def emit(self, network: QuantizedNetwork, placement: Placement, target: OdinChip) -> Emitted:
        """Write the memories and SPI writes of each chip, and the routes of the host between them."""
        from .configuration import configuration

        machine, symbols = configuration(network, placement, target)
        return Emitted(
            files=encode(machine, target),
            symbols=symbols,
            places=[[core, 0] for core in range(placement.cores)],
            packets=None,
        )

    def read_files(self, target: OdinChip, files: Mapping[str, bytes]) -> LoadedFiles[EventMachine]:
        return read_back(target, files, decode, encode)

    def machine(self, target: OdinChip, loaded: LoadedFiles[EventMachine]) -> EventMachine:
        """Return the machine in the files: nothing is left to decode."""
        return loaded.configuration

    def host_io(self, target: OdinChip, loaded: LoadedFiles[EventMachine]) -> HostIO:
        from ....targets.odin.host_io import host_io

        return host_io(loaded.configuration, target)

    def verify_words(
        self, network: QuantizedNetwork, target: OdinChip, loaded: LoadedFiles[EventMachine], symbols: Symbols
    ) -> StaticVerdict:
        from .verify_words import static_verdict

        return static_verdict(network, loaded.configuration, symbols, target, loaded.files)

    def unplaced(self, network: QuantizedNetwork, target: OdinChip) -> tuple[EventMachine, Symbols]:
        from .unplaced import expand

        return expand(network, target)

    def start(
        self,
        machine: EventMachine,
        target: OdinChip,
        span: Span,
        *,
        states: bool,
        execution: Execution = ANY,
    ) -> Advance:
        from ....sim.engines.crossbar_events import start_events

        return start_events(machine, modules_of(target).neuron, span, states=states)

    def vectors(
        self,
        target: OdinChip,
        loaded: LoadedFiles[EventMachine],
        spikes: np.ndarray,
        events: np.ndarray,
        samples: Sequence[int],
    ) -> Mapping[str, bytes]:
        """Write a bench for all chips, with what each is told and what it answers."""
        from ....sim.event_bench import bench_files

        return bench_files(loaded.configuration, target, events, samples)

    def measure_effects(
        self,
        rows: Sequence[FidelityRow],
        machine: EventMachine,
        chip: ChipRun,
        rerun: Callable[[EventMachine], ChipRun],
    ) -> list[FidelityRow]:
        """Measure what the order of events within a step changes, by runs with shuffled rows."""
        from .event_order_sensitivity import measured

        return measured(rows, machine, chip, rerun)

    def cycles(
        self, target: OdinChip, loaded: LoadedFiles[EventMachine], run: Run, events: np.ndarray
    ) -> Cycles:
        """Count the clocks of a run's events; chips work one after the other within a step."""
        from ....sim.engines.crossbar_events import EventRun
        from ....targets.odin.bound import most_step_clocks
        from ....targets.odin.timing import step_clocks

        decoded, work = self.machine(target, loaded), cast(EventRun, run).work
        clock_cycles = step_clocks(
            decoded,
            target,
            work.input_events,
            work.row_events,
            work.leak_events,
            work.single_events,
            run.spikes,
        )
        worst = most_step_clocks(decoded, target, max(1, int(events.max(initial=0))))
        model = "clock by clock as the RTL, with a host that answers at once"
        bound = (
            "; worst: no input element sends more in a step than here, and neurons fire as often"
            " as that can make them"
        )
        return Cycles(
            worst=None if worst is None else float(worst),
            most=float(clock_cycles.max(initial=0)),
            mean=float(clock_cycles.mean()),
            model=model if worst is None else model + bound,
        )

    def on_chip(
        self, prepared: Prepared[Quantized], machine: EventMachine, symbols: Symbols, target: OdinChip
    ) -> OnChip:
        from .on_chip import on_chip

        return on_chip(prepared.network, prepared.quantized.assembled, target)

    def effective(self, prepared: Prepared) -> RawGraph:
        """Return the file as it is: every neuron's scale makes its threshold exact, and no NIR node leaks as the chip
        does."""
        return prepared.front.clipped
