"""Converts the integers of tinyODIN and ODIN back into the float network that they stand for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ....targets.odin.model import OdinChip
from ...ir.network import Network, Neuron
from ...ir.on_chip import ChipMembrane, LeftOut, OnChip
from ...ir.quantized import LoweredMembrane, RestLevel
from ...ir.timed_network import TimedPopulation
from ..shared.on_chip import FloatSynapses, constants_that_start_early, from_network_start, network_on_chip
from .assemble import Assembled
from .copies import copy_name
from .routes import events_of
from .scale import Scales

HAIR = 2.0**-16


def on_chip(network: Network, assembled: Assembled, chip: OdinChip) -> OnChip:
    """The float network of an assembled one. Every threshold is the network's own, as scales are chosen; by a hair
    farther from what is equal to it on the chip, which float sums may miss."""
    thetas = {f.name: _threshold(f, assembled.scales[f.name]) for f in assembled.floats}
    steps = {
        name: _step(thetas[name], scale, assembled.leaks[name]) for name, scale in assembled.scales.items()
    }
    synapses, constants = _synapses(assembled, steps)
    neurons: dict[str, Neuron] = {}
    left_out: list[LeftOut] = []
    leaks, rest, once = events_of(assembled.network).leaks, assembled.network.rest, assembled.network.lowered
    for name, scale in assembled.scales.items():
        wanted, registers = network.populations[name].neuron, assembled.network.population(name).params
        leak, lifted = leaks * assembled.leaks[name], rest.get(name)
        neurons[name] = replace(
            wanted,
            beta=np.where(leak > 0, wanted.beta, 1.0),
            bias=np.zeros(scale.threshold.size),
            theta=thetas[name],
            v_start=_start(registers["v"], lifted or once.get(name)) * steps[name],
            v_min=wanted.v_min if lifted is None else -lifted.level * steps[name],
        )
        if leak.any():
            left_out.append(_leak(assembled, name, leak, chip))
    lags = {p.name: p.lag_steps for p in assembled.network.populations if p.name in neurons}
    constants, early = from_network_start(_with_the_network(constants, neurons, lags))
    names = ", ".join(sorted(assembled.scales))
    left_out.append(
        LeftOut(
            where=names,
            chip=f"{chip.title} tests the threshold after every event, so that a step can bring several spikes, and "
            "what comes after a spike counts anew",
            file="the file sums a step and tests once",
        )
    )
    left_out += constants_that_start_early(early, chip.title)
    return OnChip(
        network=network_on_chip(network, neurons, synapses, constants),
        membranes={
            name: ChipMembrane(step=step, rounded=None, rest=_rest(name, assembled))
            for name, step in steps.items()
        },
        left_out=tuple(left_out),
    )


def _start(register: np.ndarray, above: RestLevel | LoweredMembrane | None) -> np.ndarray:
    return register if above is None else above.start


def _rest(name: str, assembled: Assembled) -> int | np.ndarray:
    """What registers hold where the network has 0."""
    rest, once = assembled.network.rest.get(name), assembled.network.lowered.get(name)
    return once.rise - once.threshold if once is not None else 0 if rest is None else rest.level


def _with_the_network(
    constants: dict[str, dict[int, np.ndarray]], neurons: dict[str, Neuron], lags: dict[str, int]
) -> dict[str, dict[int, np.ndarray]]:
    """For populations that act before their float step, the chip starts with what the steps before it bring: what is
    constant from the chip's first step on starts with the network, from membranes that were these steps before."""
    moved = {name: dict(steps) for name, steps in constants.items()}
    for name, lag in lags.items():
        if lag >= 0:
            continue
        neuron, mine = neurons[name], moved.setdefault(name, {})
        constant = mine.pop(-lag, np.zeros(neuron.beta.size))
        start = np.zeros(constant.size) if neuron.v_start is None else neuron.v_start
        for _ in range(-lag):
            start = np.where(neuron.beta > 0, (start - constant) / np.maximum(neuron.beta, 1e-12), 0.0)
        neurons[name] = replace(neuron, v_start=start)
        mine[0] = mine.get(0, np.zeros(constant.size)) + constant
    return moved


def _threshold(population: TimedPopulation, scale: Scales) -> np.ndarray:
    """The network's own where it lies in the integer step below the chip's threshold, as scales are chosen; else, as a
    calibration may move it, in the middle of that step."""
    below = scale.threshold - population.thresholds * scale.units
    inside = (below > -1e-6) & (below < 1 + 1e-6)
    hair = 1 - HAIR if population.neuron.at_threshold else 1 + HAIR
    return np.where(inside, population.thresholds * hair, (scale.threshold - 0.5) / scale.units)


def _step(theta: np.ndarray, scale: Scales, leak: np.ndarray) -> np.ndarray:
    """(n,) one integer in the network's unit. Without a leak any unit gives the same spikes: one in which the threshold
    is half an integer below the chip's, which no sum of integers is."""
    return np.where(leak > 0, 1 / scale.units, theta / (scale.threshold - 0.5))


def _leak(assembled: Assembled, name: str, leak: np.ndarray, chip: OdinChip) -> LeftOut:
    part = float(np.median(leak / assembled.scales[name].threshold))
    wrong = float(assembled.leak_errors[name].mean())
    return LeftOut(
        where=name,
        chip=f"{chip.title} takes {leak.min()} to {leak.max()} integers, {part:.3g} of the threshold, off every "
        "membrane in each step, down to rest",
        file=f"the file keeps the network's own decay, from which that differs by {wrong:.2g} of the threshold a step",
    )


def _synapses(
    assembled: Assembled, steps: dict[str, np.ndarray]
) -> tuple[list[FloatSynapses], dict[str, dict[int, np.ndarray]]]:
    """What copies receive their originals do, and what they send is sent by these."""
    network = assembled.network
    lags = {p.name: p.lag_steps for p in network.populations}
    onset = {port.name: port.onset_step for port in network.inputs if port.constant}
    original = {copy_name(name): (name, which) for name, which in assembled.copies.items()}
    found: list[FloatSynapses] = []
    constants: dict[str, dict[int, np.ndarray]] = {}
    for p in network.projections:
        if p.post in original or p.tied:
            continue
        weights = steps[p.post][p.rows] * p.code * p.times
        if p.pre in onset:
            late, step = constants.setdefault(p.post, {}), onset[p.pre] - lags[p.post]
            total = np.bincount(p.rows, weights, steps[p.post].size)
            late[step] = late.get(step, np.zeros(total.size)) + total
            continue
        pre, cols = p.pre, p.cols
        if p.pre in original:
            pre, cols = original[p.pre][0], original[p.pre][1][p.cols]
        delays = p.delay + lags.get(pre, 0) - lags[p.post]
        found.append(
            FloatSynapses(pre=pre, post=p.post, rows=p.rows, cols=cols, weights=weights, delay_steps=delays)
        )
    return found, constants
