"""Converts codes, alphas and relays of ReckOn back into the float network that they stand for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ....targets.reckon.model import ReckonChip
from ....targets.reckon.neuron import HIGH, LOW
from ...ir.network import Neuron
from ...ir.on_chip import ChipMembrane, LeftOut, OnChip
from ...ir.timed_network import TimedNetwork
from ..shared.on_chip import FloatSynapses, constants_that_start_early, from_network_start, network_on_chip
from .assemble import Quantized
from .gates import CLOSES, OPENS
from .lower import relay_name
from .quantize import kept_a_step


def on_chip(timed: TimedNetwork, quantized: Quantized, chip: ReckonChip) -> OnChip:
    """The float network. Synapses of neurons onto themselves that bring a part of the threshold back are the reset that
    they make."""
    network, lowered = timed.network, quantized.lowered
    steps = {name: 1.0 / quantized.units[name] for name in network.populations}
    ticks = quantized.numbers.ticks
    neurons: dict[str, Neuron] = {}
    for name, population in sorted(network.populations.items()):
        params, wanted = quantized.network.population(name).params, population.neuron
        kept = kept_a_step(quantized.network.population(name))
        start = params["start"] * steps[name] / kept ** (1 - lowered.lag[name])
        neurons[name] = replace(
            wanted,
            beta=kept,
            bias=np.zeros(population.size),
            theta=None
            if wanted.theta is None
            else params["threshold"] / ticks.left(params["alpha"]) * steps[name],
            at_threshold=wanted.theta is not None,
            multi=1,
            v_min=None,
            v_start=start if start.any() else None,
        )
    repeats = {relay_name(source, k): (source, k) for source, k in lowered.relayed}
    inputs = {*network.inputs, *lowered.onset}
    synapses: list[FloatSynapses] = []
    constants: dict[str, dict[int, np.ndarray]] = {}
    for p in quantized.network.projections:
        if p.post in repeats or p.pre in (CLOSES, OPENS):
            continue
        source, k = repeats.get(p.pre, (p.pre, 0))
        cols = lowered.relayed[source, k][p.cols] if k else p.cols
        code = (p.code << p.shift).astype(np.float64)
        if p.pre == p.post:
            came = quantized.own[p.post] << p.shift
            code = code - np.where(p.rows == p.cols, came[p.rows], 0.0)
        weights = steps[p.post][p.rows] * code
        hop = 0 if source in inputs or not ticks.step_is_tick else 1
        later = k + hop + lowered.lag.get(source, 0) - lowered.lag[p.post]
        if source in lowered.onset:
            late, step = constants.setdefault(p.post, {}), later + lowered.onset[source]
            total = np.bincount(p.rows, weights, steps[p.post].size)
            late[step] = late.get(step, np.zeros(total.size)) + total
            continue
        chosen = weights != 0
        synapses.append(
            FloatSynapses(
                pre=source,
                post=p.post,
                rows=p.rows[chosen],
                cols=cols[chosen],
                weights=weights[chosen],
                delay_steps=np.full(int(chosen.sum()), later, dtype=np.int64),
            )
        )
    constants, early = from_network_start(constants)
    return OnChip(
        network=network_on_chip(network, neurons, synapses, constants),
        membranes={
            name: ChipMembrane(step=step, rounded=None if name in early else (0.0, 1.0))
            for name, step in steps.items()
        },
        left_out=(_rounding(sorted(neurons), chip), *constants_that_start_early(early, chip.title)),
    )


def _rounding(names: list[str], chip: ReckonChip) -> LeftOut:
    return LeftOut(
        where=", ".join(names),
        chip=f"{chip.title} rounds what a step keeps of a membrane down to an integer, and holds it from {LOW} to "
        f"{HIGH}",
        file="the file decays by the same factor, without rounding or end",
    )
