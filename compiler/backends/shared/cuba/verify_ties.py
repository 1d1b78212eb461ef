"""Checks what constructs ask of a decoded machine: weights that follow from thresholds, membranes in the current."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .....targets.cuba import CubaChip
from .....targets.machines.synapse_list import Machine
from .....targets.machines.synapse_rows import SynapseRows
from ..static import Findings, Names
from ..sums_between import sums_between
from ..unplaced import plain_symbols
from .quantized_network import QuantizedNetwork
from .tied_amounts import grid

HALF = 0.5 + 1e-6
"""Of a step: no integer is nearer. The rule is told here without the code that the integers were chosen by."""


def compare_ties(
    network: QuantizedNetwork,
    weighed: Sequence[SynapseRows],
    machine: Machine,
    names: Names,
    target: CubaChip,
    findings: Findings,
) -> None:
    """Add a finding for each neuron whose tied synapses are not their share of the threshold that its register holds,
    and for each that keeps a voltage, holds it, or is given a constant by its register.

    weighed: of each projection the synapses by what a spike adds. names.machine: number in the network -> machine
    neuron."""
    if not network.tied:
        return
    first = {
        p.name: int(p.machine_index[0]) for p in plain_symbols(network).populations if p.machine_index.size
    }
    asked = _untied(network, weighed)
    register = machine.params[target.registers.threshold]
    flat = machine.synapses.flat()
    for tie in network.tied:
        population = network.population(tie.post)
        if not {tie.post, tie.source, tie.first} <= first.keys():
            continue
        number = np.arange(population.size)
        source, post = (names.machine[first[name] + number] for name in (tie.source, tie.post))
        held = sums_between(flat.source, flat.post, flat.weight, flat.delay, source, post, tie.delay)
        below, first_one = tie.below, names.machine[first[tie.first] + number]
        thresholds = register[first_one] + below
        off = np.abs(register[post] + below - tie.times * thresholds)
        for k in np.flatnonzero(off > HALF):
            findings.add(
                f"{tie.post} {k}: {target.registers.threshold} is {register[post[k]]}; {tie.times:g} thresholds of "
                f"{thresholds[k]}, less {below[k]}, are asked for"
            )
        beside = asked.get((tie.source, tie.post, tie.delay), 0)
        wanted = tie.share * thresholds + beside
        for k in np.flatnonzero(np.abs(held - wanted) > HALF * grid(target)):
            findings.add(
                f"{tie.source} {k} -> {tie.post} {k}: the synapses of delay {tie.delay} add {held[k]}; a threshold of "
                f"{thresholds[k]} asks for {wanted[k]:.6g}"
            )
        if tie.forgets:
            _compare_registers(tie.post, machine, post, target, findings)


def _untied(
    network: QuantizedNetwork, weighed: Sequence[SynapseRows]
) -> Mapping[tuple[str, str, int], np.ndarray]:
    """(source, population, delay) of a tie -> (n,) sums of the other weights between neurons of one index."""
    found: dict[tuple[str, str, int], np.ndarray] = {}
    pairs = {(tie.source, tie.post) for tie in network.tied}
    for p, rows in zip(network.projections, weighed, strict=True):
        if p.tied or (p.pre, p.post) not in pairs:
            continue
        flat, size = rows.flat(), network.population(p.post).size
        for delay in {tie.delay for tie in network.tied if (tie.source, tie.post) == (p.pre, p.post)}:
            mine = (flat.source == flat.post) & (flat.delay == delay)
            total = np.bincount(flat.post[mine], flat.weight[mine], size).astype(np.int64)
            key = (p.pre, p.post, delay)
            found[key] = found.get(key, np.zeros(size, dtype=np.int64)) + total
    return found


def _compare_registers(
    name: str, machine: Machine, post: np.ndarray, target: CubaChip, findings: Findings
) -> None:
    held = {register: values[post] for register, values in machine.params.items()}
    of_neurons, of_cores = target.further_registers(0)
    names = target.registers
    wanted = {names.voltage_decay: target.neuron.decay_one - 1, names.bias: 0, **of_neurons, **of_cores}
    for register, value in wanted.items():
        for k in np.flatnonzero(held[register] != value):
            findings.add(
                f"{name} {k}: {register} is {held[register][k]}; a membrane in the current needs {value}"
            )
