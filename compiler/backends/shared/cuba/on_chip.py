"""Converts decoded registers and synapses back into the float network that they compute."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from .....targets.configuration import Symbols
from .....targets.cuba import CubaChip
from .....targets.machines.synapse_list import Machine
from ....ir.network import Network, Neuron
from ....ir.on_chip import ChipMembrane, LeftOut, OnChip
from ..on_chip import from_network_start, machine_on_chip, network_on_chip, starts_on_chip, without_resets
from .tied_amounts import grid, register_below, tied_weights


class Meant(NamedTuple):
    """What the registers of a machine mean, (N,) integers each: what a step keeps of current and membrane, of
    `decay_one`; the constant and the threshold in units of the membrane; silent steps after a spike."""

    u_factor: np.ndarray
    v_factor: np.ndarray
    bias: np.ndarray
    threshold: np.ndarray
    holds: np.ndarray


def on_chip(network: Network, machine: Machine, meant: Meant, symbols: Symbols, target: CubaChip) -> OnChip:
    """The float network of a machine. Voltages are rounded toward zero after each decay, currents likewise."""
    steps = {p.name: np.full(p.machine_index.size, 1 / p.scales["v"].units) for p in symbols.populations}
    shift = target.synapse.weight_shift
    synapses, constants = machine_on_chip(machine, symbols, target.latency, steps, shift)
    taken = _taken(network, machine, symbols, target)
    synapses = without_resets(
        network, synapses, {name: steps[name] * (c << shift) for name, c in taken.items()}
    )
    constants, early = from_network_start(constants)
    started = starts_on_chip(machine, symbols, target.latency, steps, shift)
    one = float(target.neuron.decay_one)
    neurons: dict[str, Neuron] = {}
    membranes: dict[str, ChipMembrane] = {}
    refractory: list[LeftOut] = []
    for p in symbols.populations:
        if p.name not in network.populations:
            continue
        chosen, step = p.machine_index, steps[p.name]
        alpha, beta = meant.u_factor[chosen] / one, meant.v_factor[chosen] / one
        bias, holds = meant.bias[chosen] * step, meant.holds[chosen]
        wanted = network.populations[p.name].neuron
        if bias.any() and p.lag_steps > 0 and p.name not in early:
            early.append(p.name)
        if wanted.theta is not None and np.unique(holds).size > 1:
            words = f"{target.title} is refractory for {holds.min()} to {holds.max()} steps"
            refractory.append(
                LeftOut(where=p.name, chip=words, file=f"the file has {holds.min()} for all neurons")
            )
        resets = wanted.theta is not None and wanted.reset == "to_value"
        threshold = meant.threshold[chosen] + _above(wanted)
        if p.name in taken:
            threshold = (machine.params[target.registers.threshold][chosen] + register_below(wanted)) << shift
        # Without a reset the network integrates in the current, and the voltage is that of the step alone.
        through = alpha.any() and p.name not in taken and not (wanted.alpha is None and not beta.any())
        neurons[p.name] = replace(
            wanted,
            alpha=alpha if through else None,
            beta=beta if through or not alpha.any() else alpha,
            bias=bias,
            theta=None if wanted.theta is None else threshold * step,
            reset="to_value" if resets else wanted.reset,
            refractory=int(holds.min()) if wanted.theta is not None and holds.size else 0,
            multi=1 + sum(other.counts_for == p.name for other in symbols.populations),
            v_min=None,
            v_start=_start(started.get(p.name), beta if through or not alpha.any() else alpha),
        )
        rounded = tuple(float(((kept > 0) & (kept < 1)).any()) for kept in (alpha, beta))
        membranes[p.name] = ChipMembrane(
            step=step, rounded=None if p.name in early or p.name in taken else (rounded[0], rounded[1])
        )
    left_out = [
        *refractory,
        *(
            LeftOut(
                where=name,
                chip=f"{target.title} compares the membrane and 1/{target.neuron.decay_one} of that of the step before",
                file="in the file the membrane alone is compared",
            )
            for name in sorted(taken)
        ),
        *(
            LeftOut(
                where=name,
                chip=f"a constant current of {name} acts on {target.title} before the network's first step",
                file="in the file it starts with that step",
            )
            for name in sorted(early)
        ),
    ]
    return OnChip(
        network=network_on_chip(network, neurons, synapses, constants),
        membranes=membranes,
        left_out=tuple(left_out),
    )


def _start(brought: np.ndarray | None, kept: np.ndarray) -> np.ndarray | None:
    """(n,) the membranes before the first step of which that step leaves what a pulse brings."""
    if brought is None or not brought.any():
        return None
    return np.divide(brought, kept, out=np.zeros(brought.size), where=kept > 0)


def _taken(network: Network, machine: Machine, symbols: Symbols, target: CubaChip) -> dict[str, np.ndarray]:
    """Population -> (n,) int64 what a spike takes off its membrane by a synapse, in units of the accumulator."""
    found: dict[str, np.ndarray] = {}
    for p in symbols.populations:
        if p.name not in network.populations:
            continue
        wanted = network.populations[p.name].neuron
        if wanted.theta is not None and wanted.reset == "subtract":
            thresholds = machine.params[target.registers.threshold][p.machine_index] + register_below(wanted)
            share = np.ones(thresholds.size) if wanted.reset_after_decay else wanted.beta
            found[p.name] = tied_weights(share, thresholds, grid(target))
    return found


def _above(neuron: Neuron) -> float:
    """The chip fires above its threshold; for `at least`, the float one is half an integer higher, on none."""
    return 0.5 if neuron.at_threshold else 0.0
