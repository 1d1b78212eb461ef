"""The backend of Loihi: chips of many cores, with axons, compartments and synaptic memory, joined by packets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from ....sim.diagnostic import DiagnosticError
from ....sim.engines.choice import ANY, Execution, Span
from ....targets.configuration import Configuration, Symbols
from ....targets.host_io import HostIO
from ....targets.loihi1 import emit, neuron
from ....targets.loihi1.model import LoihiChip
from ....targets.loihi1.nengo_script import SCRIPT, nengo_script
from ....targets.machines.synapse_list import Machine
from ...ir.report import CoreTraffic, MemoryBits, Resources
from ...ir.stages import Emitted, Placed, ResourceEstimate
from ..shared.cuba.backend import CubaBackend
from ..shared.cuba.on_chip import Meant
from ..shared.cuba.quantized_network import QuantizedNetwork
from ..shared.resources import of_placement

MOST_CHIPS = 1 << 14

if TYPE_CHECKING:
    from ....sim.engines.synapse_list import Advance
    from ...ir.placement import Placement
    from ...ir.stages import StaticVerdict
    from ...options import Options


class LoihiBackend(CubaBackend[LoihiChip, Configuration]):
    """Compiles for chips of many cores, with axons, compartments and synaptic memory, joined by packets."""

    honours = frozenset({"split_weights", "one_synapse", "chips", "max_neurons_per_core", "pins", "lock"})

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

    def neurons_a_core(self, target: LoihiChip) -> int:
        """Its compartments."""
        return target.capacity.compartments

    def on_one_core(self, network: QuantizedNetwork, target: LoihiChip) -> bool:
        """Whether one core holds the network, by all of its limits."""
        from .partition_single import on_one_core

        return on_one_core(network, target) is not None

    def has_room(self, network: QuantizedNetwork, target: LoihiChip, options: Options) -> bool:
        """Whether first fit finds room on the chips of the board."""
        from .partition import cores_of_first_fit

        try:
            return cores_of_first_fit(network, target, dict(options.pins)) <= target.cores
        except DiagnosticError:
            return False

    def meant(self, machine: Machine) -> Meant:
        """Factors, constants, thresholds and holds of the compartments."""
        found = neuron.parameters(machine.params)
        return Meant(found.u_factor, found.v_factor, found.bias, found.vth, found.refract - 1)

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
        from .route import output_reads, route, without_synapses
        from .traffic import packets

        cores, input_routes = route(network, placement, target)
        n_inputs = sum(port.size for port in network.inputs)
        reads = output_reads(network, placement, target)
        files = emit.bundle_files(emit.encode(cores, n_inputs, input_routes, target.name, output_reads=reads))
        names = placed_symbols(network, placement)
        sending = [without_synapses(core) for core in cores]

        def sent(spikes: np.ndarray, events: np.ndarray) -> tuple[CoreTraffic, ...]:
            return packets(placement, names, sending, input_routes, spikes, events)

        return Emitted(
            files={**files, SCRIPT: nengo_script()},
            symbols=names,
            places=[[core.chip, core.core] for core in sending],
            packets=sent,
        )

    def read_files(self, target: LoihiChip, files: Mapping[str, bytes]) -> Configuration:
        return emit.read_files(files, target)

    def machine(self, target: LoihiChip, loaded: Configuration) -> Machine:
        """Decode the words into lists of synapses and registers.

        Raises DecodeError for words that no encoder writes, and for what the target cannot hold."""
        from .decoded import decoded

        found = decoded(loaded, target)
        if found.wrong is not None:
            raise found.wrong
        return found.machine

    def host_io(self, target: LoihiChip, loaded: Configuration) -> HostIO:
        from .decoded import decoded

        return decoded(loaded, target).host_io

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
        from ....sim.engines.synapse_list import start_as

        return start_as(machine, neuron, target.latency, span, states=states, execution=execution)
