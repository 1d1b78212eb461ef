"""Converts codes, dashes and relays of Xylo back into the float network that they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ....targets.xylo.model import XyloChip
from ....targets.xylo.neuron import HIGH, LOW
from ...ir.network import Network, Neuron
from ...ir.on_chip import ChipMembrane, LeftOut, OnChip
from ...ir.quantized import ReceptorProjection
from ...ir.timed_network import TimedNetwork
from ..shared.on_chip import FloatSynapses, constants_that_start_early, from_network_start, network_on_chip
from .assemble import Quantized
from .lower import CLOCK
from .relays import relay_name
from .rounded_up import rounded_up
from .second_current import answers_of

Arriving = dict[tuple[str, int], np.ndarray]
"""(source, steps through relays) -> (n, size of the source) integers that its spike brings to a synapse."""


def on_chip(timed: TimedNetwork, quantized: Quantized, chip: XyloChip) -> OnChip:
    """The float network. What arrives is in a synapse that decays at once, by its dash; where the network has none,
    half of what came is taken back a step later."""
    network, lowered = timed.network, quantized.lowered
    steps = {name: 1 / quantized.units(name, p.size) for name, p in network.populations.items()}
    neurons: dict[str, Neuron] = {}
    synapses: list[FloatSynapses] = []
    constants: dict[str, dict[int, np.ndarray]] = {}
    loose: dict[str, int] = {}
    for name, population in sorted(network.populations.items()):
        registers, decay = quantized.network.population(name).params, quantized.decays[name]
        wanted, step = population.neuron, steps[name]
        instant, current = bool(decay.cancelled.all()), decay.in_current
        made = quantized.made.get(name)
        theta = registers["threshold"] if made is None else made.code
        constant = registers["bias"] - (registers["threshold"] - theta)
        two = decay.second is not None
        if name in quantized.own:
            taken = rounded_up(decay, lowered.into(name), theta)
            constant, loose[name] = constant + taken, int(taken.max(initial=0))
        neurons[name] = replace(
            wanted,
            alpha=None if instant or current else wanted.alpha if two else decay.alpha,
            beta=decay.alpha if current else decay.beta,
            # Held against a current, a constant is what one that arrives comes to.
            bias=constant * (1.0 - decay.alpha if current else 1.0) * step,
            theta=None if wanted.theta is None else theta * step,
            at_threshold=wanted.theta is not None,
            multi=1 if made is not None and made.reset.once else _most_spikes(wanted, registers),
            v_min=None,
            v_start=None,
        )
        if two:
            answers = answers_of(decay, wanted, 2)
            found = _arriving(quantized, network, name, (answers.worth * answers.gain[:, None]).T)
        elif decay.currents is None:
            found = _felt(_arriving(quantized, network, name), decay.alpha, decay.cancelled)
        else:
            found = _arriving(quantized, network, name, decay.currents.kept)
        for (source, delay), weights in sorted(found.items()):
            weights = weights * step[:, None]
            later = delay - lowered.lag[name]
            if source == CLOCK:
                late = constants.setdefault(name, {})
                late[later + 1] = late.get(later + 1, np.zeros(step.size)) + weights.sum(axis=1)
                continue
            from_input = source in network.inputs
            hop = chip.latency.input_to_neuron if from_input else chip.latency.neuron_to_neuron
            synapses.append(_in_float(source, name, weights, later + hop + lowered.lag.get(source, 0)))
    constants, early = from_network_start(constants)
    shared = {name for name, decay in quantized.decays.items() if decay.second is not None}
    early = sorted({*early, *(n for n in neurons if lowered.lag[n] > 0 and neurons[n].bias.any())})
    return OnChip(
        network=network_on_chip(network, neurons, synapses, constants),
        membranes={
            name: ChipMembrane(
                step=step,
                rounded=None if name in early or name in shared else (2.0, 1.0 + loose.get(name, 0)),
            )
            for name, step in steps.items()
        },
        left_out=tuple([*_left_out(neurons, early, chip), *_two_decays(quantized, chip)]),
    )


def _most_spikes(wanted: Neuron, registers: Mapping[str, np.ndarray]) -> int:
    return int(registers["max_spikes"].max(initial=1)) if wanted.reset != "none" else 1


def _arriving(quantized: Quantized, network: Network, name: str, kept: np.ndarray | None = None) -> Arriving:
    """What the projections onto a population add to its synapses together, without what resets it. kept: (k, n) parts
    of it that count, by accumulator."""
    by_pre: dict[str, list[ReceptorProjection]] = {}
    for p in quantized.network.projections:
        if p.post == name and not p.alias:
            by_pre.setdefault(p.pre, []).append(p)
    sizes = {**{n: int(np.prod(s, dtype=np.int64)) for n, s in network.inputs.items()}, CLOCK: 1}
    sizes |= {n: p.size for n, p in network.populations.items()}
    n = network.populations[name].size
    found: Arriving = {}
    ways = {(source, 0) for source in sizes} | set(quantized.lowered.relayed)
    for source, k in sorted(ways):
        for p in by_pre.get(relay_name(source, k), []):
            elements = quantized.lowered.relayed[source, k] if k else np.arange(sizes[source])
            total = found.setdefault((source, k), np.zeros((n, sizes[source])))
            worth = 1.0 if kept is None else kept[p.receptor, p.rows]
            np.add.at(total, (p.rows, elements[p.cols]), (p.code << p.shift) * worth)
    made = quantized.made.get(name)
    if made is not None and kept is not None:
        own = np.arange(n)
        found[name, 0][own, own] -= (kept * made.weights[0]).sum(axis=0)
    return found


def _felt(arriving: Arriving, alpha: np.ndarray, cancelled: np.ndarray) -> Arriving:
    """(source, delay) -> weights that the membrane feels. With a synapse, a step keeps alpha of what came; without one,
    half of what came, and what is left of the step before, which the next relay takes back."""
    felt: Arriving = {}
    for source in sorted({source for source, _ in arriving}):
        delays = sorted(k for name, k in arriving if name == source)
        before = np.zeros_like(arriving[source, delays[0]])
        for k in range(delays[0], delays[-1] + 1):
            now = arriving.get((source, k), np.zeros_like(before))
            kept = np.where(cancelled[:, None], (before + now) / 2, alpha[:, None] * now)
            before = np.where(cancelled[:, None], kept, 0.0)
            if kept.any():
                felt[source, k] = kept
    return felt


def _in_float(source: str, name: str, weights: np.ndarray, delay: int) -> FloatSynapses:
    rows, cols = np.nonzero(weights)
    return FloatSynapses(
        pre=source,
        post=name,
        rows=rows,
        cols=cols,
        weights=weights[rows, cols],
        delay_steps=np.full(rows.size, delay, dtype=np.int64),
    )


def _two_decays(quantized: Quantized, chip: XyloChip) -> list[LeftOut]:
    names = [name for name, made in sorted(quantized.made.items()) if not made.reset.currents.even]
    shared = [name for name, decay in sorted(quantized.decays.items()) if decay.second is not None]
    counted = [name for name, made in sorted(quantized.made.items()) if made.grain is not None]
    found: list[LeftOut] = []
    if names:
        found.append(
            LeftOut(
                where=", ".join(names),
                chip=f"{chip.title} keeps a membrane in two currents that decay differently",
                file="in the file it decays as these do in the first step",
            )
        )
    if shared:
        found.append(
            LeftOut(
                where=", ".join(shared),
                chip=f"{chip.title} shares what arrives among two synaptic currents that decay differently",
                file="in the file there is one, with the network's decay and the weights that come nearest to both",
            )
        )
    if counted:
        found.append(
            LeftOut(
                where=", ".join(counted),
                chip=f"{chip.title} leaves up to half a grain of the overshoot after a spike",
                file="in the file nothing is left",
            )
        )
    return found


def _left_out(neurons: Mapping[str, Neuron], early: list[str], chip: XyloChip) -> list[LeftOut]:
    found = [
        LeftOut(
            where=", ".join(sorted(neurons)),
            chip=f"{chip.title} takes at least 1 integer a step off a positive state, rounds the others, and holds "
            f"them from {LOW} to {HIGH}",
            file="the file decays by the same factor, without rounding or end",
        )
    ]
    return [*found, *constants_that_start_early(early, chip.title)]
