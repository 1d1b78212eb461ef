"""The backend of Loihi 2: Lava's processes, as a chain of layers for netx or as their constructors' arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from ....sim.engines.choice import ANY, Execution, Span
from ....targets.configuration import Symbols
from ....targets.host_io import HostIO
from ....targets.loihi2 import neuron
from ....targets.loihi2.content import Content
from ....targets.loihi2.files import decode, encode
from ....targets.loihi2.lava_script import SCRIPT, lava_script
from ....targets.loihi2.machine import machine as machine_of
from ....targets.loihi2.model import Loihi2Chip
from ....targets.machines.synapse_list import Machine
from ...ir.stages import Emitted, LoadedFiles, Placed, ResourceEstimate
from ..shared.cuba.backend import CubaBackend
from ..shared.cuba.on_chip import Meant
from ..shared.cuba.quantize import Quantized
from ..shared.cuba.quantized_network import QuantizedNetwork
from ..shared.files import read_back

MOST_CHIPS = 1 << 14

if TYPE_CHECKING:
    from ....sim.engines.synapse_list import Advance
    from ...ir.placement import Placement
    from ...ir.stages import StaticVerdict
    from ...ir.timed_network import TimedNetwork
    from ...options import Options


class Loihi2Backend(CubaBackend[Loihi2Chip, LoadedFiles[Content]]):
    """Compiles for chips that Lava's processes are made for."""

    honours = frozenset({"split_weights", "one_synapse", "chips", "max_neurons_per_core"})

    def configure(self, target: Loihi2Chip, options: Options) -> Loihi2Chip:
        """Set the number of chips on the board, never below the target's own, and of neurons that a core may take."""
        grid = msgspec.structs.replace(target.grid, chips=max(options.chips, target.grid.chips))
        estimate = target.estimate
        if options.max_neurons_per_core is not None:
            left = 100 - estimate.margin_percent
            most = min(-(-options.max_neurons_per_core * 100 // left), estimate.neurons)
            estimate = msgspec.structs.replace(estimate, neurons=most)
        return msgspec.structs.replace(target, grid=grid, estimate=estimate)

    def quantize(self, timed: TimedNetwork, target: Loihi2Chip, options: Options) -> Quantized:
        """Quantise as finely as the cores allow; where one synapse a weight is asked for, for netx if it can hold the
        network."""
        from .netx_scale import quantized_for_netx

        found = quantized_for_netx(timed, target, options) if options.one_synapse else None
        return super().quantize(timed, target, options) if found is None else found

    def neurons_a_core(self, target: Loihi2Chip) -> int:
        """As many as the estimate has."""
        return target.estimate.usable["neurons"]

    def on_one_core(self, network: QuantizedNetwork, target: Loihi2Chip) -> bool:
        """Whether neurons and memory of one core are enough."""
        from .placement import stored_bits

        usable = target.estimate.usable
        neurons = sum(p.size for p in network.populations)
        memory = sum(stored_bits(network, target).values())
        return neurons <= usable["neurons"] and memory <= usable["synapse_memory_bits"]

    def has_room(self, network: QuantizedNetwork, target: Loihi2Chip, options: Options) -> bool:
        """Whether neurons and memory of all cores together are enough, cuts left out."""
        from .placement import stored_bits

        usable = target.estimate.usable
        neurons = sum(p.size for p in network.populations)
        memory = sum(stored_bits(network, target).values())
        return (
            neurons <= usable["neurons"] * target.cores
            and memory <= usable["synapse_memory_bits"] * target.cores
        )

    def meant(self, machine: Machine) -> Meant:
        """Factors, constants and thresholds of the neurons; none is silent after a spike."""
        found = neuron.parameters(machine.params)
        return Meant(found.u_factor, found.v_factor, found.bias, found.vth, np.zeros_like(found.vth))

    def place(
        self,
        network: QuantizedNetwork,
        target: Loihi2Chip,
        options: Options,
        rates: Mapping[str, np.ndarray],
        tell: Callable[[str], None] | None,
    ) -> Placed:
        """Partition with the mapper by the estimate of a core, and put cores where packets travel fewest hops."""
        from .placement import placed

        return placed(network, target, rates)

    def estimate(self, network: QuantizedNetwork, target: Loihi2Chip, options: Options) -> ResourceEstimate:
        """Count the cores of the partition."""
        from ..shared.estimate import estimated
        from .placement import partition

        placement, _ = partition(network, target, {})
        many = f"an estimated {placement.cores} cores; {target.title} has {target.cores}"
        return estimated(placement, target.cores, many if placement.cores > target.cores else "")

    def next_larger(self, target: Loihi2Chip, options: Options, cores: int) -> Options | None:
        """Join more chips, at most 16,384."""
        chips = -(-cores // target.grid.cores_per_chip)
        return replace(options, chips=chips) if target.grid.chips < chips <= MOST_CHIPS else None

    def emit(self, network: QuantizedNetwork, placement: Placement, target: Loihi2Chip) -> Emitted:
        """Make processes and write them. The placement stays outside the files: only the report says it."""
        from ..shared.packet_rates import multicast
        from ..shared.placed import placed_machine
        from .processes import processes_of
        from .unplaced import expand

        made = processes_of(network, target)
        sites = [placement.site(core) for core in range(placement.cores)]
        machine, placed = placed_machine(expand(network)[0], network, placement)
        place = {p.name: p.machine_index for p in placed.populations}
        order = np.zeros(machine.n_neurons, dtype=np.int64)
        for p in made.symbols.populations:
            order[place[p.name]] = p.machine_index
        return Emitted(
            files={**encode(made.content, target), SCRIPT: lava_script()},
            symbols=made.symbols,
            places=[list(divmod(site, target.grid.cores_per_chip)) for site in sites],
            packets=lambda spikes, events: multicast(machine, sites, spikes[..., order], events),
        )

    def read_files(self, target: Loihi2Chip, files: Mapping[str, bytes]) -> LoadedFiles[Content]:
        return read_back(target, files, decode, encode)

    def machine(self, target: Loihi2Chip, loaded: LoadedFiles[Content]) -> Machine:
        return machine_of(loaded.configuration)

    def host_io(self, target: Loihi2Chip, loaded: LoadedFiles[Content]) -> HostIO:
        from ....targets.loihi2.host_io import host_io

        return host_io(loaded.configuration)

    def verify_words(
        self,
        network: QuantizedNetwork,
        target: Loihi2Chip,
        loaded: LoadedFiles[Content],
        symbols: Symbols,
    ) -> StaticVerdict:
        from .verify_words import static_verdict

        return static_verdict(network, target, loaded.configuration, symbols)

    def unplaced(self, network: QuantizedNetwork, target: Loihi2Chip) -> tuple[Machine, Symbols]:
        from .unplaced import expand

        return expand(network)

    def start(
        self,
        machine: Machine,
        target: Loihi2Chip,
        span: Span,
        *,
        states: bool,
        execution: Execution = ANY,
    ) -> Advance:
        from ....sim.engines.synapse_list import start_as

        return start_as(machine, neuron, target.latency, span, states=states, execution=execution)
