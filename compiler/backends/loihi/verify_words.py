"""Checks that the emitted words hold the quantised network and nothing else: the static half of the placement verdict.

The words are decoded, expanded through the symbols and compared with every register of every neuron and with the
multiset of synapses; then they are encoded again and must come out bit for bit. No stimulus is involved.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ....targets.configuration import Configuration, Symbols
from ....targets.layout import DecodeError
from ....targets.loihi1 import emit
from ....targets.loihi1.content import Content
from ....targets.loihi1.model import LoihiChip
from ....targets.machines.synapse_list import Machine
from ...ir.stages import StaticVerdict
from ..shared.cuba.quantized_network import QuantizedNetwork
from ..shared.cuba.verify_ties import compare_ties
from ..shared.static import SHOWN, Findings, Names, named
from ..shared.static_machine import Wanted, compare_machine
from ..shared.unplaced import registers
from .decoded import keep
from .unplaced import register_names, weighed

_COMPARTMENTS = "cxCfg"
_PER_COMPARTMENT = (_COMPARTMENTS, "axonMap")


def static_verdict(
    network: QuantizedNetwork, target: LoihiChip, configuration: Configuration, symbols: Symbols
) -> StaticVerdict:
    """Compare the words of a configuration with the network.

    Never raises for wrong words or wrong symbols: everything that is wrong is a finding."""
    findings = Findings()
    neurons = sum(p.size for p in network.populations)
    names = named(network, symbols, neurons, findings)
    try:
        content = emit.decode(configuration)
    except DecodeError as problem:
        findings.add(_undecodable(problem, configuration, names))
        return findings.verdict()
    machine: Machine = emit.machine(content)
    keep(configuration, target, content, machine)
    if names is not None and _same_size(network, machine, findings):
        wanted = Wanted(synapses=weighed(network), registers=registers(network, register_names(network)))
        compare_machine(machine, wanted, names, _place(content, machine), findings)
        compare_ties(network, wanted.synapses, machine, names, target, findings)
    for chip, core, axon in emit.undriven(content):
        findings.add(f"chip {chip} core {core}: nothing drives input axon {axon}")
    try:
        again = emit.encode(
            content.cores,
            content.n_inputs,
            content.input_routes,
            configuration.target,
            output_reads=content.output_reads,
        )
    except ValueError as problem:
        findings.add(f"what the words say cannot be written again: {problem}")
    else:
        _compare_words(configuration, again, findings)
    return findings.verdict()


def _place(content: Content, machine: Machine) -> Callable[[int], str]:
    places = tuple((core.chip, core.core) for core in content.cores)

    def place(neuron: int) -> str:
        chip, core = places[int(machine.core[neuron])]
        return f"chip {chip} core {core} compartment {int(machine.slot[neuron])}"

    return place


def _undecodable(problem: DecodeError, configuration: Configuration, names: Names | None) -> str:
    """The decoder's words, and the neuron where a word of a per-compartment image is meant."""
    chip, _, rest = problem.image.partition("/")
    core, _, image = rest.partition("/")
    if chip == "host" or not image:
        return f"{problem}"
    text = f"chip {chip} core {core}: {problem}"
    sizes = {
        name: words.size for name, words in configuration.images.items() if name.endswith(f"/{_COMPARTMENTS}")
    }
    place = (int(chip), int(core)) if chip.isdigit() and core.isdigit() else (-1, -1)
    if image not in _PER_COMPARTMENT or problem.index < 0 or names is None:
        return text
    before = sum(
        size for name, size in sizes.items() if tuple(int(part) for part in name.split("/")[:2]) < place
    )
    neuron = before + problem.index
    return f"{text} (neuron {names.of_machine(neuron)})" if neuron < names.of.size else text


def _same_size(network: QuantizedNetwork, machine: Machine, findings: Findings) -> bool:
    neurons = sum(p.size for p in network.populations)
    inputs = sum(p.size for p in network.inputs)
    if machine.n_neurons != neurons:
        per_core = ", ".join(str(int(n)) for n in np.bincount(machine.core))
        findings.add(
            f"{machine.n_neurons} compartments (by core: {per_core}); the network has {neurons} neurons"
        )
    if machine.n_inputs != inputs:
        findings.add(f"host/inputCount: {machine.n_inputs} input elements; the network has {inputs}")
    return machine.n_neurons == neurons


def _compare_words(configuration: Configuration, again: Configuration, findings: Findings) -> None:
    for name in sorted({*configuration.images, *again.images}):
        old, new = configuration.images.get(name), again.images.get(name)
        if old is None or new is None:
            findings.add(f"{name}: {'missing' if old is None else 'not an image of this content'}")
        elif old.size != new.size:
            findings.add(f"{name}: {old.size} words, but its content takes {new.size}")
        else:
            for at in np.flatnonzero(old != new)[:SHOWN]:
                findings.add(
                    f"{name} word {at}: 0x{int(old[at]):016x}, but its content is 0x{int(new[at]):016x}"
                )
