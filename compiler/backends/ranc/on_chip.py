"""Converts the registers and masks of RANC back into the float network that they stand for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ....targets.ranc.model import RancChip
from ...ir.network import Neuron
from ...ir.on_chip import ChipMembrane, LeftOut, OnChip
from ...ir.quantized import MaskProjection, QuantizedPopulation
from ..shared.on_chip import FloatSynapses, network_on_chip
from .quantize import Quantized

NUDGE = 2.0**-16
"""Part of a threshold that the float one lies below, where a spike takes it away: what is equal on the chip then fires
in float too, where sums of rounded weights may end just below."""


def on_chip(quantized: Quantized, chip: RancChip) -> OnChip:
    """The float network, with the relays that stand for what pools. Every neuron's threshold is the network's own."""
    network, integers = quantized.relayed.network, quantized.network
    neurons: dict[str, Neuron] = {}
    steps: dict[str, np.ndarray] = {}
    floors: list[str] = []
    for p in integers.populations:
        wanted, registers = network.populations[p.name].neuron, p.params
        theta, threshold = quantized.neurons[p.name].theta, registers["positive_threshold"]
        subtracts = wanted.reset == "subtract"
        step = steps[p.name] = theta / (threshold if subtracts else threshold - 0.5)
        leak = registers["leak"] * step
        floor = registers["negative_threshold"] * step
        if wanted.v_min is not None or (registers["negative_threshold"] > quantized.lowest).any():
            floors.append(p.name)
        neurons[p.name] = replace(
            wanted,
            beta=np.ones(p.size),
            bias=leak,
            theta=theta * (1 - NUDGE) if subtracts else theta,
            at_threshold=True,
            v_min=None if wanted.v_min is None else np.minimum(floor, 0.0),
            v_start=registers["initial_potential"] * step + p.lag_steps * leak,
        )
    left_out: list[LeftOut] = []
    if floors:
        left_out.append(
            LeftOut(
                where=", ".join(floors),
                chip=f"{chip.title} sets a membrane below its floor back towards 0 by as much as it is below",
                file="the file has the floor of the network, if that has one, and holds the membrane there",
            )
        )
    lowest = -(1 << (chip.bits.potential - 1))
    left_out.append(
        LeftOut(
            where=", ".join(p.name for p in integers.populations),
            chip=f"{chip.title} wraps potentials past {lowest} and {-lowest - 1}",
            file="the membranes of the file have no end",
        )
    )
    populations = {p.name: p for p in integers.populations}
    synapses = [_synapses(p, populations, steps, chip, quantized) for p in integers.projections]
    return OnChip(
        network=network_on_chip(network, neurons, synapses, {}),
        membranes={name: ChipMembrane(step=step, rounded=None) for name, step in steps.items()},
        left_out=tuple(left_out),
    )


def _synapses(
    p: MaskProjection,
    populations: dict[str, QuantizedPopulation],
    steps: dict[str, np.ndarray],
    chip: RancChip,
    quantized: Quantized,
) -> FloatSynapses:
    """A spike adds the registers of all axon types in its mask."""
    post = populations[p.post]
    weights = np.zeros(p.code.size, dtype=np.int64)
    for k in range(chip.core.types):
        weights += np.where((p.code >> k) & 1, post.params[f"weight{k}"][p.rows], 0)
    from_input = p.pre not in populations
    hop = chip.latency.input_to_neuron if from_input else chip.latency.neuron_to_neuron
    lag = 0 if from_input else populations[p.pre].lag_steps
    return FloatSynapses(
        pre=p.pre,
        post=p.post,
        rows=p.rows,
        cols=p.cols,
        weights=weights * steps[p.post][p.rows],
        delay_steps=p.delay + hop + lag - post.lag_steps,
    )
