"""Converts decoded parameters and synapses back into the float network that the cores compute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ....targets.configuration import Symbols
from ....targets.machines.synapse_list import Machine
from ....targets.spinnaker1.exponential import ONE
from ....targets.spinnaker1.model import SpinnakerChip
from ...ir.network import Network, Neuron
from ...ir.on_chip import ChipMembrane, LeftOut, OnChip
from ..shared.on_chip import (
    from_network_start,
    machine_on_chip,
    network_on_chip,
    without_resets,
)

UNIT = float(1 << 32)


def on_chip(network: Network, machine: Machine, symbols: Symbols, target: SpinnakerChip) -> OnChip:
    """The float network of a machine. Products are rounded down."""
    registers = {name: values.astype(np.float64) for name, values in machine.params.items()}
    jumps = machine.params["jumps"] > 0
    alpha = np.where(jumps, 0.0, (machine.params["decay_exc"] & 0xFFFFFFFF) / UNIT)
    taken = np.where(jumps, 1.0, (machine.params["taken_exc"] & 0xFFFFFFFF) / UNIT)
    beta = registers["exp_tc"] / ONE
    through = (1 - beta) * registers["r_membrane"] / ONE
    gain = through * taken * 2.0 ** registers["shift_exc"]
    steps = {p.name: gain[p.machine_index] / p.scales["v"].units for p in symbols.populations}
    synapses, constants = machine_on_chip(machine, symbols, target.latency, steps)
    taken_off = _taken_off(network, registers, symbols)
    constants, early = from_network_start(constants)
    neurons: dict[str, Neuron] = {}
    membranes: dict[str, ChipMembrane] = {}
    for p in symbols.populations:
        if p.name not in network.populations:
            continue
        own, step, wanted = p.machine_index, 1 / p.scales["v"].units, network.populations[p.name].neuron
        through_current = bool(alpha[own].any()) and wanted.alpha is not None
        in_current = bool(alpha[own].any()) and wanted.alpha is None
        current = through[own] * (registers["input_exc"] - registers["input_inh"])[own] * step
        hold = 0 if wanted.theta is None else int(machine.params["refract_ticks"][own].max(initial=0))
        neurons[p.name] = replace(
            wanted,
            alpha=alpha[own] if through_current else None,
            beta=alpha[own] if in_current else beta[own],
            bias=through[own] * registers["i_offset"][own] * step,
            theta=None if wanted.theta is None else _threshold(wanted, registers["v_thresh"][own]) * step,
            refractory=hold,
            multi=1 + sum(other.counts_for == p.name for other in symbols.populations),
            v_min=None,
            v_start=current if in_current else registers["v_init"][own] * step,
        )
        exact = p.name not in taken_off and p.name not in early and not in_current
        rounded = (float(through_current), 1.0) if exact else None
        membranes[p.name] = ChipMembrane(step=np.full(own.size, step), rounded=rounded)
    words = {name: steps[name] * 0 + taken_off[name] for name in taken_off}
    return OnChip(
        network=network_on_chip(network, neurons, without_resets(network, synapses, words), constants),
        membranes=membranes,
        left_out=tuple(
            LeftOut(
                where=name,
                chip=f"a constant current of {name} acts on {target.title} before the network's first step",
                file="in the file it starts with that step",
            )
            for name in sorted(early)
        ),
    )


def _threshold(neuron: Neuron, register: np.ndarray) -> np.ndarray:
    """The chip fires at its threshold; for `above`, the float one is one integer lower."""
    return register if neuron.at_threshold else register - 1


def _taken_off(
    network: Network, registers: Mapping[str, np.ndarray], symbols: Symbols
) -> dict[str, np.ndarray]:
    """Population -> (n,) what a spike takes off its membrane by a synapse, in the network's unit."""
    found: dict[str, np.ndarray] = {}
    for p in symbols.populations:
        wanted = network.populations[p.name].neuron if p.name in network.populations else None
        if wanted is not None and wanted.theta is not None and wanted.reset == "subtract":
            threshold = _threshold(wanted, registers["v_thresh"][p.machine_index]) / p.scales["v"].units
            found[p.name] = threshold * (1.0 if wanted.reset_after_decay else wanted.beta)
    return found
