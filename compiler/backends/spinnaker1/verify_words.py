"""Checks that what is loaded is the quantised network and nothing else: the static half of the placement verdict."""

from __future__ import annotations

from dataclasses import replace

from ....targets.configuration import Symbols
from ....targets.layout import DecodeError
from ....targets.machines.synapse_list import Machine
from ....targets.spinnaker1.configuration import SpinnakerConfiguration
from ....targets.spinnaker1.decoded import decoded_machine
from ....targets.spinnaker1.delivery import wanted_nets
from ....targets.spinnaker1.machine import LOADED
from ....targets.spinnaker1.routing_faults import routing_faults
from ...ir.stages import StaticVerdict
from ..shared.static import Findings, named
from ..shared.static_machine import Wanted, compare_machine
from ..shared.unplaced import registers
from .quantized_network import QuantizedNetwork
from .ties import compare_ties


def static_verdict(
    network: QuantizedNetwork, loaded: SpinnakerConfiguration, symbols: Symbols
) -> StaticVerdict:
    """Compare every parameter of every neuron, and all synapses, which are those that the tables bring packets to.

    Never raises for wrong words or wrong symbols: everything that is wrong is a finding."""
    findings = Findings()
    for fault in routing_faults(wanted_nets(loaded), loaded.tables, loaded.boards):
        findings.add(f"{fault}")
    names = named(network, symbols, sum(p.size for p in network.populations), findings)
    try:
        machine = decoded_machine(loaded)
    except DecodeError as problem:
        findings.add(f"{problem}")
        return findings.verdict()
    if names is not None and _same_size(network, machine, findings):
        synapses = [p.synapses for p in network.projections]
        wanted = Wanted(synapses=synapses, registers=registers(network, LOADED))
        columns = loaded.boards.columns

        def place(neuron: int) -> str:
            chip, core, _ = loaded.cores[int(machine.core[neuron])]
            return f"chip {chip % columns}, {chip // columns} core {core} neuron {int(machine.slot[neuron])}"

        loaded_alone = {name: machine.params[name] for name in LOADED}
        compare_machine(replace(machine, params=loaded_alone), wanted, names, place, findings)
        compare_ties(network, machine, names, findings)
    return findings.verdict()


def _same_size(network: QuantizedNetwork, machine: Machine, findings: Findings) -> bool:
    neurons = sum(p.size for p in network.populations)
    inputs = sum(port.size for port in network.inputs)
    if machine.n_neurons != neurons:
        findings.add(f"{machine.n_neurons} neurons; the network has {neurons}")
    if machine.n_inputs != inputs:
        findings.add(f"{machine.n_inputs} input elements; the network has {inputs}")
    return machine.n_neurons == neurons and machine.n_inputs == inputs
