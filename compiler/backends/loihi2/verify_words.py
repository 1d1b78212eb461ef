"""Checks that decoded files hold the quantised network and nothing else: the static half of the placement verdict."""

from __future__ import annotations

from ....targets.configuration import Symbols
from ....targets.loihi2.content import Content
from ....targets.loihi2.machine import machine as machine_of
from ....targets.loihi2.model import Loihi2Chip
from ...ir.stages import StaticVerdict
from ..shared.cuba.quantized_network import QuantizedNetwork
from ..shared.cuba.verify_ties import compare_ties
from ..shared.static import Findings, named
from ..shared.static_machine import Wanted, compare_machine
from ..shared.unplaced import registers
from .unplaced import register_names, weighed


def static_verdict(
    network: QuantizedNetwork, target: Loihi2Chip, content: Content, symbols: Symbols
) -> StaticVerdict:
    """Compare what files say with the network.

    Never raises for a wrong graph or wrong symbols: everything that is wrong is a finding."""
    findings = Findings()
    machine = machine_of(content)
    names = named(network, symbols, machine.n_neurons, findings)
    inputs = sum(port.size for port in network.inputs)
    if machine.n_inputs != inputs:
        findings.add(f"{machine.n_inputs} input elements; the network has {inputs}")
    elif machine.shifted.count:
        findings.add(f"{machine.shifted.count} sums are shifted down; the network has none")
    elif names is not None:
        wanted = Wanted(synapses=weighed(network), registers=registers(network, register_names(network)))

        def place(neuron: int) -> str:
            process = content.neurons[int(machine.core[neuron])].name
            return f"process {process} neuron {int(machine.slot[neuron])}"

        compare_machine(machine, wanted, names, place, findings)
        compare_ties(network, wanted.synapses, machine, names, target, findings)
    return findings.verdict()
