"""The backend of Xylo: chips of neurons in one fixed order, whose sums saturate event by event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from ....sim.engines.choice import ANY, Execution, Span
from ....targets.configuration import Symbols
from ....targets.host_io import HostIO
from ....targets.machines.ordered import OrderedMachine
from ....targets.xylo.attributes import encode
from ....targets.xylo.configuration import XyloConfiguration, machine as decoded_machine
from ....targets.xylo.files import decode
from ....targets.xylo.model import XyloChip
from ...ir.number_ranges import NumberFormats
from ...ir.placement import Certificate, Placement, Runs, Slice, Walk
from ...ir.report import MemoryBits, Resources
from ...ir.stages import Cycles, Emitted, Headroom, LoadedFiles, Placed, ResourceEstimate
from ..shared.defaults import Defaults
from ..shared.files import read_back
from ..shared.resources import of_placement
from .decays import kept_by
from .quantize import Quantized
from .quantized_network import QuantizedNetwork

if TYPE_CHECKING:
    from ....sim.dialect.dialect import Dialect
    from ....sim.engines.synapse_list import Advance, Run
    from ....sim.nir.raw_graph import RawGraph
    from ...ir.family_rules import FamilyRules
    from ...ir.fidelity_row import FidelityRow
    from ...ir.network import FlatGraph
    from ...ir.on_chip import OnChip
    from ...ir.stages import Prepared, StaticVerdict
    from ...ir.timed_network import TimedNetwork
    from ...options import Options


class XyloBackend(Defaults[XyloChip, Quantized, OrderedMachine, LoadedFiles[XyloConfiguration]]):
    """Compiles for chips of neurons in one fixed order, whose sums saturate event by event."""

    honours = frozenset()
    membrane, synapse = "v_mem", "i_syn"

    def family_rules(self, flat: FlatGraph, dialect: Dialect, target: XyloChip) -> FamilyRules:
        """Limit the spikes a step of output neurons, which send fewer than hidden ones."""
        from .family_rules import family_rules

        return family_rules(flat, target)

    def quantize(self, timed: TimedNetwork, target: XyloChip, options: Options) -> Quantized:
        from .quantize import quantize

        reach = {} if options.tuning is None else options.tuning.reach
        return quantize(timed, target, consent=options.allow_approximation, reach=reach)

    def without_room(self, timed: TimedNetwork, target: XyloChip) -> Mapping[str, str]:
        """Give up constructs as long as their neurons and connections are too many."""
        from .room import without_room

        return without_room(timed, target)

    def neuron_rows(self, timed: TimedNetwork, quantized: Quantized) -> list[FidelityRow]:
        from .neuron_rows import neuron_rows

        return neuron_rows(timed, quantized)

    def headroom(self, quantized: Quantized, population: str) -> Headroom:
        """Bound what arrives at the synapses, if every source spikes once in every step."""
        from .quantize import arriving

        largest, limit = arriving(quantized.network, population)
        past = int((largest > limit).sum())
        return Headroom(arriving=largest, limit=limit, past_limit=past, proven=past == 0)

    def formats(self, quantized: Quantized, target: XyloChip) -> NumberFormats:
        """A spike reaches the membrane through what a step keeps of a synapse, or by half where there is none; where
        the membrane is in two currents, through the parts of these that count."""
        low, high = target.ranges.weight
        kept: dict[tuple[str, str, int], float] = {}
        for p in quantized.network.projections:
            decay = quantized.decays.get(p.post)
            if decay is None or p.alias or p.tied:
                continue
            if decay.currents is None:
                held = decay.alpha if p.receptor == 0 else kept_by(decay.dash_syn2)
                through = float(np.where(decay.cancelled, 0.5, held).max())
            else:
                through = float(np.abs(decay.currents.kept[p.receptor]).max())
            kept[p.pre, p.post, p.receptor] = (1 << p.shift) * through
        weights: dict[tuple[str, str], tuple[float, float]] = {}
        for (pre, post, _), worth in sorted(kept.items()):
            below, above = weights.get((pre, post), (0.0, 0.0))
            weights[pre, post] = (below + low * worth, above + high * worth)
        return NumberFormats(membrane=target.ranges.state, weights=weights)

    def place(
        self,
        network: QuantizedNetwork,
        target: XyloChip,
        options: Options,
        rates: Mapping[str, np.ndarray],
        tell: Callable[[str], None] | None,
    ) -> Placed:
        """Order the hidden neurons as the network does, as far as inputs and outputs reach them there."""
        from ....sim.diagnostic import raise_errors
        from .assign import assign
        from .capacity import findings
        from .configuration import configuration

        raise_errors(findings(network, target))
        assignment = assign(network, target)
        loaded, symbols = configuration(network, assignment, target)
        slices, walks = _slices(symbols)
        used = _used(loaded)
        available = _available(target)
        bits = 8 * int(
            loaded.weights_in.size
            + np.count_nonzero(loaded.weights_rec.any(axis=2))
            + loaded.weights_out.size
        )
        placement = Placement(
            slices=slices,
            cores=1,
            used=(used,),
            available=available,
            certificate=Certificate(
                objective="neurons moved from the network's order",
                value=assignment.moved,
                bound=0 if assignment.moved == 0 else 1,
                status="optimal"
                if assignment.moved == 0
                else "feasible (a first order that keeps every bit)",
                family="all orders in which no saturating sum and no alias changes",
            ),
            traversals=walks,
        )
        return Placed(
            placement=placement,
            diagnostics=(),
            resources=Resources(
                **of_placement(placement),
                chips=1,
                cores_per_chip=1,
                neurons_per_core=target.capacity.hidden + target.capacity.outputs,
                memory_bits=MemoryBits(stored=bits, without_sharing=bits),
                least_cores_of_any_partition=1,
            ),
        )

    def estimate(self, network: QuantizedNetwork, target: XyloChip, options: Options) -> ResourceEstimate:
        """Count one core, or raise as `place` does where the network does not fit it."""
        from ..shared.estimate import estimated

        return estimated(self.place(network, target, options, {}, None).placement, 1)

    def emit(self, network: QuantizedNetwork, placement: Placement, target: XyloChip) -> Emitted:
        """Write the vendor's configuration object: matrices of weights, shifts, decays, thresholds and aliases."""
        from .assign import placed
        from .configuration import configuration

        loaded, symbols = configuration(network, placed(network, placement), target)
        return Emitted(files=encode(loaded, target), symbols=symbols, places=[[0, 0]], packets=None)

    def read_files(self, target: XyloChip, files: Mapping[str, bytes]) -> LoadedFiles[XyloConfiguration]:
        return read_back(target, files, decode, encode)

    def machine(self, target: XyloChip, loaded: LoadedFiles[XyloConfiguration]) -> OrderedMachine:
        return decoded_machine(loaded.configuration, target.spikes)

    def host_io(self, target: XyloChip, loaded: LoadedFiles[XyloConfiguration]) -> HostIO:
        from ....targets.xylo.host_io import host_io

        return host_io(loaded.configuration)

    def verify_words(
        self,
        network: QuantizedNetwork,
        target: XyloChip,
        loaded: LoadedFiles[XyloConfiguration],
        symbols: Symbols,
    ) -> StaticVerdict:
        from .verify_words import static_verdict

        return static_verdict(network, loaded.configuration, symbols, target.spikes)

    def unplaced(self, network: QuantizedNetwork, target: XyloChip) -> tuple[OrderedMachine, Symbols]:
        from .unplaced import expand

        return expand(network, target)

    def start(
        self,
        machine: OrderedMachine,
        target: XyloChip,
        span: Span,
        *,
        states: bool,
        execution: Execution = ANY,
    ) -> Advance:
        from ....sim.engines.ordered import start_ordered

        return start_ordered(machine, target.neuron, span, states=states)

    def cycles(
        self, target: XyloChip, loaded: LoadedFiles[XyloConfiguration], run: Run, events: np.ndarray
    ) -> Cycles | None:
        """Estimate the clocks of a step by the vendor's formula; events act in their step, spikes in the next."""
        from ....targets.xylo.timing import cycles, most_cycles

        model = target.cycle_model
        if model is None:
            return None
        before = np.concatenate([np.zeros_like(run.spikes[:1]), run.spikes[:-1]])
        clock_cycles = model.margin * cycles(loaded.configuration, model, events, before)
        return Cycles(
            worst=model.margin * most_cycles(loaded.configuration, model, target.spikes),
            most=float(clock_cycles.max(initial=0.0)),
            mean=float(clock_cycles.mean()),
            model="the vendor's estimate, with its margin",
        )

    def on_chip(
        self, prepared: Prepared[Quantized], machine: OrderedMachine, symbols: Symbols, target: XyloChip
    ) -> OnChip:
        from .on_chip import on_chip

        return on_chip(prepared.timed, prepared.quantized, target)

    def effective(self, prepared: Prepared) -> RawGraph:
        """Write the decays and thresholds that the registers hold."""
        from ..shared.effective import EffectiveNeuron, effective_graph

        front, quantized = prepared.front, prepared.quantized
        neurons: dict[str, EffectiveNeuron] = {}
        for p in quantized.network.populations:
            if p.name not in prepared.network.populations:
                continue
            neuron, decay = prepared.network.populations[p.name].neuron, quantized.decays[p.name]
            scale = p.scales[self.membrane]
            made = quantized.made.get(p.name)
            steps = quantized.units(p.name, p.size)
            theta = (p.params["threshold"] if made is None else made.code) / steps + scale.offset
            neurons[p.name] = EffectiveNeuron(
                alpha=decay.alpha,
                beta=decay.alpha if decay.in_current else decay.beta,
                theta=None if neuron.theta is None else theta,
                gain=decay.gain,
            )
        return effective_graph(front.clipped, front.flat, front.chip_dialect, prepared.network, neurons)


def _slices(symbols: Symbols) -> tuple[tuple[Slice, ...], dict[str, Walk]]:
    slices: list[Slice] = []
    walks: dict[str, Walk] = {}
    for p in symbols.populations:
        order = np.argsort(p.machine_index, kind="stable")
        if not np.array_equal(order, np.arange(order.size)):
            walks[p.name] = Runs.of(order)
        slots = p.machine_index[order]
        starts = np.flatnonzero(np.concatenate([[True], np.diff(slots) != 1]))
        for first, last in zip(starts.tolist(), [*starts[1:].tolist(), slots.size], strict=True):
            slices.append(
                Slice(population=p.name, first=first, size=last - first, core=0, slot=int(slots[first]))
            )
    return tuple(sorted(slices, key=lambda s: s.slot)), walks


def _used(c: XyloConfiguration) -> dict[str, int]:
    fan_out = c.weights_rec.any(axis=2).sum(axis=1)
    return {
        "inputs": int(c.weights_in.shape[0]),
        "hidden_neurons": c.n_hidden,
        "output_neurons": c.n_outputs,
        "connections": int(fan_out.sum()),
        "fan_out": int(fan_out.max(initial=0)),
        "input_expansion": int(c.weights_in.shape[1]),
        "output_expansion": int(c.weights_out.shape[0]),
    }


def _available(target: XyloChip) -> dict[str, int]:
    capacity = target.capacity
    return {
        "inputs": capacity.inputs,
        "hidden_neurons": capacity.hidden,
        "output_neurons": capacity.outputs,
        "connections": capacity.recurrent_connections,
        "fan_out": capacity.fan_out,
        "input_expansion": capacity.input_expansion,
        "output_expansion": capacity.output_expansion,
    }
