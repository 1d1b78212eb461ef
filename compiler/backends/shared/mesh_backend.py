"""A backend for chips whose cores, on a mesh, each hold lists of neurons, axons and synapses that are summed.

A family of such chips adds its arithmetic and how it rounds; see examples/own_chip.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from ....sim.engines.choice import ANY, SUM_ENGINES, Execution, Span
from ....targets.arrays import SummedArithmetic
from ....targets.configuration import Symbols
from ....targets.host_io import HostIO
from ....targets.machines.synapse_list import Machine
from ....targets.mesh.chip import MeshRecord
from ....targets.mesh.word_lists import WordLists
from ...ir.quantized import QuantizedNetwork
from ...ir.stages import Emitted, LoadedFiles, Placed, Quantized, ResourceEstimate, StaticVerdict
from .defaults import Defaults
from .files import read_back

if TYPE_CHECKING:
    from ....sim.engines.synapse_list import Advance
    from ...ir.placement import Placement
    from ...options import Options

T = TypeVar("T", bound=MeshRecord)
Q = TypeVar("Q", bound=Quantized)


class MeshBackend(Defaults[T, Q, Machine, LoadedFiles[Machine]]):
    """Base class of backends for a mesh of cores; a subclass sets `words` and `arithmetic`, and quantises."""

    words: WordLists
    arithmetic: SummedArithmetic
    engines = SUM_ENGINES

    def place(
        self,
        network: QuantizedNetwork,
        target: T,
        options: Options,
        rates: Mapping[str, np.ndarray],
        tell: Callable[[str], None] | None,
    ) -> Placed:
        """Partition with the mapper, and put cores where packets travel fewest hops."""
        from .mesh_placement import placed

        return placed(network, target, rates, sum(field.bits for field in self.words.synapse.fields))

    def estimate(self, network: QuantizedNetwork, target: T, options: Options) -> ResourceEstimate:
        """Count the cores of the partition."""
        from .estimate import estimated
        from .mesh_placement import partition

        placement, _ = partition(network, target, {})
        many = f"{placement.cores} cores; {target.title} has {target.cores}"
        return estimated(placement, target.cores, many if placement.cores > target.cores else "")

    def emit(self, network: QuantizedNetwork, placement: Placement, target: T) -> Emitted:
        """Write the lists of words of every core."""
        from .packet_rates import multicast
        from .placed import placed_machine

        machine, symbols = placed_machine(self.unplaced(network, target)[0], network, placement)
        sites = [placement.site(core) for core in range(placement.cores)]
        return Emitted(
            files=self.words.encode(machine, target),
            symbols=symbols,
            places=[[0, site] for site in sites],
            packets=lambda spikes, events: multicast(machine, sites, spikes, events),
        )

    def read_files(self, target: T, files: Mapping[str, bytes]) -> LoadedFiles[Machine]:
        """Decode the lists of words into the machine."""
        return read_back(target, files, self.words.decode, self.words.encode)

    def machine(self, target: T, loaded: LoadedFiles[Machine]) -> Machine:
        """The configuration is the machine."""
        return loaded.configuration

    def host_io(self, target: T, loaded: LoadedFiles[Machine]) -> HostIO:
        """List the axons that inputs drive, and the neurons that the host reads."""
        from ....targets.mesh.host_io import host_io

        return host_io(loaded.configuration)

    def verify_words(
        self, network: QuantizedNetwork, target: T, loaded: LoadedFiles[Machine], symbols: Symbols
    ) -> StaticVerdict:
        """Compare every register of every neuron, and all synapses."""
        from .static_machine import Wanted, machine_verdict
        from .unplaced import registers

        machine = loaded.configuration
        wanted = Wanted(
            synapses=[p.synapses for p in network.projections],
            registers=registers(network, self.words.registers),
        )
        return machine_verdict(
            network, symbols, machine, wanted, lambda k: f"core {machine.core[k]} neuron {machine.slot[k]}"
        )

    def unplaced(self, network: QuantizedNetwork, target: T) -> tuple[Machine, Symbols]:
        """Codes are weights."""
        from .unplaced import registers, unplaced_machine

        synapses = [p.synapses for p in network.projections]
        return unplaced_machine(network, synapses, registers(network, self.words.registers))

    def start(
        self, machine: Machine, target: T, span: Span, *, states: bool, execution: Execution = ANY
    ) -> Advance:
        """Add up what arrives, then one step of the arithmetic."""
        from ....sim.engines.synapse_list import start

        return start(
            machine,
            self.arithmetic,
            target.latency,
            span,
            states=states,
            engine=execution.engine,
            devices=execution.devices,
            maps=execution.maps,
        )
