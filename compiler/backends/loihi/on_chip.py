"""Converts decoded registers and synapses of Loihi back into the float network that they compute."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ....targets.configuration import Symbols
from ....targets.loihi1 import neuron as arithmetic
from ....targets.loihi1.model import LoihiChip
from ....targets.machines.synapse_list import Machine
from ...ir.network import Network, Neuron
from ...ir.on_chip import ChipMembrane, LeftOut, OnChip
from ..shared.on_chip import from_network_start, machine_on_chip, network_on_chip


def on_chip(network: Network, machine: Machine, symbols: Symbols, target: LoihiChip) -> OnChip:
    """The float network of a machine. Voltages are rounded toward zero after each decay, currents likewise."""
    steps = {p.name: np.full(p.machine_index.size, 1 / p.scales["v"].units) for p in symbols.populations}
    shift = target.synapse.weight_shift
    synapses, constants = machine_on_chip(machine, symbols, target.latency, steps, shift)
    constants, early = from_network_start(constants)
    meant, one = arithmetic.parameters(machine.params), float(target.neuron.decay_one)
    neurons: dict[str, Neuron] = {}
    membranes: dict[str, ChipMembrane] = {}
    refractory: list[LeftOut] = []
    for p in symbols.populations:
        chosen, step = p.machine_index, steps[p.name]
        alpha, beta = meant.u_factor[chosen] / one, meant.v_factor[chosen] / one
        bias, holds = meant.bias[chosen] * step, meant.refract[chosen] - 1
        wanted = network.populations[p.name].neuron
        if bias.any() and p.lag_steps > 0 and p.name not in early:
            early.append(p.name)
        if wanted.theta is not None and np.unique(holds).size > 1:
            words = f"{target.title} is refractory for {holds.min()} to {holds.max()} steps"
            refractory.append(
                LeftOut(where=p.name, chip=words, file=f"the file has {holds.min()} for all neurons")
            )
        resets = wanted.theta is not None and wanted.reset == "to_value"
        # Without a reset the network integrates in the current, and the voltage is that of the step alone.
        through = alpha.any() and not (wanted.alpha is None and not beta.any())
        neurons[p.name] = replace(
            wanted,
            alpha=alpha if through else None,
            beta=beta if through or not alpha.any() else alpha,
            bias=bias,
            theta=None if wanted.theta is None else (meant.vth[chosen] + _above(wanted)) * step,
            reset="to_value" if resets else "none",
            refractory=int(holds.min()) if wanted.theta is not None and holds.size else 0,
            multi=1,
            v_min=None,
            v_start=None,
        )
        rounded = tuple(float(((kept > 0) & (kept < 1)).any()) for kept in (alpha, beta))
        membranes[p.name] = ChipMembrane(
            step=step, rounded=None if p.name in early else (rounded[0], rounded[1])
        )
    left_out = [
        *refractory,
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


def _above(neuron: Neuron) -> float:
    """The chip fires above its threshold; for `at least`, the float one is half an integer higher, on none."""
    return 0.5 if neuron.at_threshold else 0.0
