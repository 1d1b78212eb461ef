"""The backend of Loihi: chips of many cores, with axons, compartments and synaptic memory, joined by packets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import msgspec
import numpy as np

from ....sim.diagnostic import DiagnosticError
from ....sim.engines.choice import ANY, SUM_ENGINES, Execution, Span
from ....targets.configuration import Configuration, Symbols
from ....targets.host_io import HostIO
from ....targets.loihi1 import emit, neuron
from ....targets.loihi1.model import LoihiChip
from ....targets.loihi1.nengo_script import SCRIPT, nengo_script
from ....targets.machines.synapse_list import Machine
from ...ir.report import CoreTraffic, MemoryBits, Resources
from ...ir.stages import Emitted, Headroom, Placed, ResourceEstimate
from ...weight_width import LEAST
from ..shared.defaults import Defaults
from ..shared.resources import of_placement
from .quantize import Quantized
from .quantized_network import QuantizedNetwork

MOST_CHIPS = 1 << 14
MOST_SPLIT = 1 << 22
"""Weights; networks with more are not tried over two synapses each unless that is asked for."""

if TYPE_CHECKING:
    from ....sim.engines.synapse_list import Advance
    from ....sim.nir.raw_graph import RawGraph
    from ...ir.fidelity_row import FidelityRow
    from ...ir.on_chip import OnChip
    from ...ir.placement import Placement
    from ...ir.stages import Prepared, StaticVerdict
    from ...ir.timed_network import TimedNetwork
    from ...options import Options


class LoihiBackend(Defaults[LoihiChip, Quantized, Machine, Configuration]):
    """Compiles for chips of many cores, with axons, compartments and synaptic memory, joined by packets."""

    honours = frozenset({"split_weights", "one_synapse", "chips", "max_neurons_per_core", "pins", "lock"})
    engines = SUM_ENGINES
    membrane, synapse = "v", "u"

    def weight_widths(self, target: LoihiChip) -> tuple[int, ...]:
        """Those of a synapse format that hold a sign beside the value."""
        return tuple(bits for bits in target.synapse.weight_bits if bits >= LEAST)

    def pin_sites(self, target: LoihiChip) -> int:
        """Cores of all chips of the board."""
        return target.cores

    def configure(self, target: LoihiChip, options: Options) -> LoihiChip:
        """Set the number of chips on the board, never below the target's own, and of neurons that a core may take."""
        grid = msgspec.structs.replace(target.grid, chips=max(options.chips, target.grid.chips))
        capacity = target.capacity
        if options.max_neurons_per_core is not None:
            most = min(options.max_neurons_per_core, capacity.compartments)
            capacity = msgspec.structs.replace(capacity, compartments=most)
        return msgspec.structs.replace(target, grid=grid, capacity=capacity)

    def quantize(self, timed: TimedNetwork, target: LoihiChip, options: Options) -> Quantized:
        """Quantise with the finest weights that cost no core: where one core holds the network even so, each weight
        over two synapses, else each sign on synapses of its own."""
        return _finest(timed, target, options)

    def neuron_rows(self, timed: TimedNetwork, quantized: Quantized) -> list[FidelityRow]:
        from .neuron_rules import neuron_rows

        return neuron_rows(timed, quantized)

    def headroom(self, quantized: Quantized, population: str) -> Headroom:
        """Bound what arrives at a membrane in one step against the accumulator, as the choice of scales left it."""
        scale = quantized.scales[population]
        return Headroom(
            arriving=scale.arriving_units,
            limit=scale.arriving_limit,
            past_limit=scale.past_limit,
            proven=scale.proven,
            exponent=scale.exponent,
            grid_units=scale.grid_units,
        )

    def place(
        self,
        network: QuantizedNetwork,
        target: LoihiChip,
        options: Options,
        rates: Mapping[str, np.ndarray],
        tell: Callable[[str], None] | None,
    ) -> Placed:
        """Partition into cores and choose their sites; a lock in the options is kept as far as it serves, an earlier
        placement where it is one of this network."""
        from ...mapping.metric import traffic
        from ..shared.group_sources import group_sources
        from ..shared.place_on_mesh import mesh_cost, pins_hold, place
        from .core_usage import bits_unshared, cut_traffic
        from .least_cores import least_cores, too_few_cores
        from .lock import kept_lock, not_as_pinned
        from .partition import partition
        from .partition_mapped import core_of

        pins = dict(options.pins)
        least = least_cores(network, target)
        if (refused := too_few_cores(least, target)) is not None:
            raise DiagnosticError((refused,))
        earlier, notes = kept_lock(options, network, target)
        if earlier is not None and not pins_hold(earlier, pins):
            earlier, notes = None, [not_as_pinned()]
        grouped = group_sources(network, rates)
        partitioned = partition(network, target, progress=tell, lock=earlier, apart=pins, grouped=grouped)
        partitioned = replace(partitioned, certificate=partitioned.certificate.at_least(least.cores))
        core = core_of(partitioned, grouped)
        sent = (
            traffic(grouped.graph, core)
            if grouped.exact
            else cut_traffic(network, partitioned, target, rates)
        )
        placement = place(partitioned, target, pins, sent)
        which = "at the float run's rates" if rates else "if every source spiked"
        return Placed(
            placement=placement,
            diagnostics=tuple(notes),
            resources=Resources(
                **of_placement(placement),
                mesh=mesh_cost(placement, target, sent, which),
                chips=-(-placement.cores // target.grid.cores_per_chip),
                cores_per_chip=target.grid.cores_per_chip,
                neurons_per_core=target.capacity.compartments,
                memory_bits=MemoryBits(
                    stored=sum(used["synapse_memory_bits"] for used in placement.used),
                    without_sharing=bits_unshared(network, placement, target),
                ),
                least_cores_of_any_partition=least.cores,
            ),
        )

    def estimate(self, network: QuantizedNetwork, target: LoihiChip, options: Options) -> ResourceEstimate:
        """Partition without polishing and count the cores; sites on the mesh are tried too.

        Raises DiagnosticError for all but SPK2003, the mesh that is too small, which is the reason given."""
        from ..shared.estimate import estimated
        from ..shared.place_on_mesh import place
        from .partition import partition

        placement, reason = partition(network, target, apart=dict(options.pins), polish=False), ""
        try:
            place(placement, target, dict(options.pins))
        except DiagnosticError as problem:
            if all(d.code != "SPK2003" for d in problem.diagnostics):
                raise
            reason = problem.diagnostics[0].message
        return estimated(placement, target.cores, reason)

    def next_larger(self, target: LoihiChip, options: Options, cores: int) -> Options | None:
        """Join more chips, at most 16,384."""
        chips = -(-cores // target.grid.cores_per_chip)
        return replace(options, chips=chips) if target.grid.chips < chips <= MOST_CHIPS else None

    def emit(self, network: QuantizedNetwork, placement: Placement, target: LoihiChip) -> Emitted:
        """Route the placed network and encode axons, compartments and synaptic memory of each core."""
        from ..shared.unplaced import placed_symbols
        from .route import output_reads, route
        from .traffic import packets

        cores, input_routes = route(network, placement, target)
        n_inputs = sum(port.size for port in network.inputs)
        reads = output_reads(network, placement, target)
        files = emit.bundle_files(emit.encode(cores, n_inputs, input_routes, target.name, output_reads=reads))
        names = placed_symbols(network, placement)

        def sent(spikes: np.ndarray, events: np.ndarray) -> tuple[CoreTraffic, ...]:
            return packets(placement, names, cores, input_routes, spikes, events)

        return Emitted(
            files={**files, SCRIPT: nengo_script()},
            symbols=names,
            places=[[core.chip, core.core] for core in cores],
            packets=sent,
        )

    def read_files(self, target: LoihiChip, files: Mapping[str, bytes]) -> Configuration:
        return emit.read_files(files, target)

    def machine(self, target: LoihiChip, loaded: Configuration) -> Machine:
        """Decode the words into lists of synapses and registers.

        Raises DecodeError for words that no encoder writes, and for what the target cannot hold."""
        from ....targets.layout import DecodeError
        from ....targets.loihi1.limits import violations

        content = emit.decode(loaded)
        for v in violations(loaded, content, target):
            raise DecodeError(
                v.place, -1, f"{v.what} is {v.found}, not in {v.allowed or f'{v.low} .. {v.high}'}"
            )
        return emit.machine(content)

    def host_io(self, target: LoihiChip, loaded: Configuration) -> HostIO:
        from ....targets.loihi1.host_io import host_io

        return host_io(emit.decode(loaded))

    def verify_words(
        self, network: QuantizedNetwork, target: LoihiChip, loaded: Configuration, symbols: Symbols
    ) -> StaticVerdict:
        from .verify_words import static_verdict

        return static_verdict(network, target, loaded, symbols)

    def unplaced(self, network: QuantizedNetwork, target: LoihiChip) -> tuple[Machine, Symbols]:
        from .unplaced import expand

        return expand(network, target)

    def start(
        self,
        machine: Machine,
        target: LoihiChip,
        span: Span,
        *,
        states: bool,
        execution: Execution = ANY,
    ) -> Advance:
        from ....sim.engines.synapse_list import start

        return start(
            machine,
            neuron,
            target.latency,
            span,
            states=states,
            engine=execution.engine,
            devices=execution.devices,
            maps=execution.maps,
        )

    def on_chip(
        self, prepared: Prepared[Quantized], machine: Machine, symbols: Symbols, target: LoihiChip
    ) -> OnChip:
        from .on_chip import on_chip

        return on_chip(prepared.network, machine, symbols, target)

    def effective(self, prepared: Prepared) -> RawGraph:
        """Write the decays and thresholds that the registers hold."""
        from ..shared.effective import EffectiveNeuron, effective_graph
        from .decays import kept_by
        from .tied_amounts import register_below

        step = 1 << cast(LoihiChip, prepared.target).neuron.threshold_shift
        front, quantized = prepared.front, prepared.quantized
        neurons: dict[str, EffectiveNeuron] = {}
        tied = {t.post for t in quantized.network.tied}
        for p in quantized.network.populations:
            if p.name not in prepared.network.populations:
                continue
            neuron, decay = prepared.network.populations[p.name].neuron, quantized.decays[p.name]
            origin = neuron.v_reset if neuron.v_reset is not None else 0.0
            below = register_below(neuron) if p.name in tied else 0
            theta = (p.params["vth"] + below) * step / p.scales[self.membrane].units + origin
            alpha, beta = kept_by(neuron, decay, tied=p.name in tied)
            neurons[p.name] = EffectiveNeuron(
                alpha=alpha,
                beta=beta,
                theta=None if neuron.theta is None else theta,
            )
        return effective_graph(front.clipped, front.flat, front.chip_dialect, prepared.network, neurons)


def _finest(timed: TimedNetwork, target: LoihiChip, options: Options) -> Quantized:
    """The finest weights that serve: over two synapses, or each sign on synapses of its own, where one core holds the
    network even so. Where a construct makes a membrane of a current, also over two synapses if the chip holds that."""
    from .partition_single import on_one_core
    from .quantize import quantize
    from .scale import Precision

    reach = {} if options.tuning is None else options.tuning.reach
    plain = Precision(weight_bits=options.weight_bits, split_weights=options.split_weights)
    split = replace(plain, split_weights=True)
    if options.split_weights or options.one_synapse:
        return quantize(timed, target, plain, reach)
    populations = timed.populations.values()
    if sum(p.size for p in populations) <= target.capacity.compartments:
        for finer in (split, replace(plain, split_signs=True)):
            quantized = quantize(timed, target, finer, reach)
            if on_one_core(quantized.network, target) is not None:
                return quantized
    weights = sum(link.weights.nnz for p in populations for link in p.links)
    if any(p.ties for p in populations) and weights <= MOST_SPLIT:
        quantized = quantize(timed, target, split, reach)
        if _fits(quantized.network, target, options):
            return quantized
    return quantize(timed, target, plain, reach)


def _fits(network: QuantizedNetwork, target: LoihiChip, options: Options) -> bool:
    """Whether first fit finds room on the chips of the board."""
    from ....sim.diagnostic import DiagnosticError
    from .partition import cores_of_first_fit

    try:
        return cores_of_first_fit(network, target, dict(options.pins)) <= target.cores
    except DiagnosticError:
        return False
