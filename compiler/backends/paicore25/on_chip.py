"""Converts thresholds, shifts and weights of PAICORE 2.5 back into the float network that they stand for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ....targets.paicore25.model import PaicoreChip
from ...ir.network import Network, Neuron
from ...ir.on_chip import ChipMembrane, LeftOut, OnChip
from ...ir.timed_network import TimedNetwork
from ...timed.constants import add_from
from ..shared.effective import EffectiveNeuron
from ..shared.on_chip import FloatSynapses, from_network_start, network_on_chip
from .gates import GATE, gate_stage, pulse_name
from .last_chip_step import behind_lag, constant_of_a_step, fires_last
from .numbers import level_added, levels, start_of
from .quantize import Quantized
from .scale import own_constant, parts_of
from .stages import Stage


def effective_neurons(network: Network, quantized: Quantized) -> dict[str, EffectiveNeuron]:
    """The decays and thresholds that the chip realises, by population."""
    neurons: dict[str, EffectiveNeuron] = {}
    for name, population in sorted(network.populations.items()):
        made, wanted = quantized.stages[name], population.neuron
        theta = _theta(quantized, name)
        origin = wanted.v_reset if wanted.v_reset is not None else 0.0
        alpha = np.zeros(population.size) if wanted.alpha is None else made[0].decays.kept
        neurons[name] = EffectiveNeuron(
            alpha=alpha,
            beta=made[-1].keeps,
            theta=None if theta is None else theta + origin,
            gain=np.prod([np.broadcast_to(stage.gain, population.size) for stage in made], axis=0),
        )
    return neurons


def on_chip(timed: TimedNetwork, quantized: Quantized, chip: PaicoreChip) -> OnChip:
    """The float network. Stages of a population are joined to it again."""
    network = timed.network
    neurons: dict[str, Neuron] = {}
    constants: dict[str, dict[int, np.ndarray]] = {}
    for name, population in sorted(network.populations.items()):
        made, wanted = quantized.stages[name], population.neuron
        params = quantized.network.population(name).params
        step = 1.0 / quantized.units[name]
        first, last = made[0], made[-1]
        for stage in made:
            own = quantized.network.population(stage.name).params["leak_v"] * step
            if own_constant(stage).any() and stage is not last:
                constants.setdefault(name, {})[0] = own
            if stage.role == "twin":  # what it starts from is in its membrane's start
                rest = start_of(stage, quantized.units[name]).rest * step
                for onset, vector in ((0, -rest), (1, rest)):
                    add_from(constants.setdefault(name, {}), onset, vector)
        began = params["init_v"] + _pulse(quantized, last)
        start = (began - levels(last, quantized.units[name])) * step
        start = start / np.maximum(last.kept_before, 1e-9) / last.worth
        bias = (params["leak_v"] + level_added(last, made, quantized.units[name])) * step
        if quantized.chip_steps > 1 and not last.hears:
            bias = bias * constant_of_a_step(last.decays) / last.worth
            lag = quantized.network.population(name).lag_steps
            start = behind_lag(start, bias, lag, last.decays.kept)
        neurons[name] = replace(
            wanted,
            alpha=None if wanted.alpha is None else first.decays.kept,
            beta=last.keeps,
            bias=bias,
            theta=_theta(quantized, name),
            v_start=start if start.any() else None,
            v_min=wanted.v_min,
        )
    for name, step, vector in _sent(quantized):
        late = constants.setdefault(name, {})
        late[step] = late.get(step, np.zeros(vector.size)) + vector
    moved, _ = from_network_start(constants)
    return OnChip(
        network=network_on_chip(network, neurons, _synapses(network, quantized), moved),
        membranes={
            name: ChipMembrane(
                step=1.0 / quantized.units[name] / quantized.stages[name][-1].worth, rounded=None
            )
            for name in sorted(neurons)
        },
        left_out=(
            _rounding(sorted(neurons), chip, quantized.chip_steps),
            *_shown_before(timed, quantized, chip),
            *(row for name in sorted(neurons) for row in _taken_off(name, quantized, chip)),
        ),
    )


def _pulse(quantized: Quantized, stage: Stage) -> np.ndarray:
    """(n,) int64 what an event of the host brings to membranes in the first step, through the neurons of their gate."""
    gate, found = gate_stage(stage.name), np.zeros(stage.size, dtype=np.int64)
    for p in quantized.network.projections:
        if p.pre == pulse_name(gate):
            found[p.rows] += p.code << quantized.network.population(gate).params["leak_tau"][p.rows]
    return found


def _theta(quantized: Quantized, name: str) -> np.ndarray | None:
    last: Stage = quantized.stages[name][-1]
    if last.neuron.theta is None:
        return None
    thr_pos = quantized.network.population(name).params["thr_pos"]
    one = 0 if last.neuron.at_threshold else 1
    return (thr_pos - levels(last, quantized.units[name]) - one) / quantized.units[name] / last.worth


def _stages(quantized: Quantized) -> dict[str, tuple[str, np.ndarray]]:
    """Stage that spikes reach -> its population, and (n,) bits by which its weights are shifted up."""
    found: dict[str, tuple[str, np.ndarray]] = {}
    for name, made in quantized.stages.items():
        for stage in made:
            if stage.hears:
                itself = {stage.name: np.zeros(stage.size, dtype=np.int64)}
                parts = parts_of(stage, quantized.forms[name]) or itself
                found |= {part: (name, shift) for part, shift in parts.items()}
    return found


def _synapses(network: Network, quantized: Quantized) -> Iterator[FloatSynapses]:
    posts, sources = _stages(quantized), {*network.populations, *network.inputs}
    lag = {p.name: p.lag_steps for p in quantized.network.populations}
    for p in quantized.network.projections:
        if p.post in posts and p.pre in sources:
            post, shift = posts[p.post]
            yield FloatSynapses(
                pre=p.pre,
                post=post,
                rows=p.rows,
                cols=p.cols,
                weights=(p.code << shift[p.rows]) / quantized.units[post][p.rows],
                delay_steps=-(-p.delay // quantized.chip_steps) + lag.get(p.pre, 0) - lag[post],
            )


def _sent(quantized: Quantized) -> Iterator[tuple[str, int, np.ndarray]]:
    """Population, step and (n,) amount of what the host sends in every step from that one on."""
    posts = _stages(quantized)
    onset = {
        port.name: port.onset_step
        for port in quantized.network.inputs
        if port.constant and not port.once and not port.name.startswith(GATE)
    }
    for p in quantized.network.projections:
        if p.pre in onset and p.post in posts:
            post, shift = posts[p.post]
            units = quantized.units[post]
            weights = (p.code << shift[p.rows]) / units[p.rows]
            lag = quantized.network.population(post).lag_steps
            yield post, onset[p.pre] - lag, np.bincount(p.rows, weights, units.size)


def _shown_before(timed: TimedNetwork, quantized: Quantized, chip: PaicoreChip) -> Iterator[LeftOut]:
    """States of neurons that fire in the last chip step of several."""
    names = [name for name, p in sorted(timed.populations.items()) if fires_last(p.neuron)]
    if names and quantized.chip_steps > 1:
        yield LeftOut(
            where=", ".join(names),
            chip=f"{chip.title} shows membranes in the first chip step of a step, held down by a gate",
            file="the file has them at the end of a step",
        )


def _taken_off(name: str, quantized: Quantized, chip: PaicoreChip) -> Iterator[LeftOut]:
    """Resets that take off more or less than a threshold, as weights make up for decays."""
    last = quantized.stages[name][-1]
    gain = np.broadcast_to(last.gain, last.size)
    if (
        last.neuron.reset == "subtract"
        and last.neuron.theta is not None
        and np.abs(gain - 1).max(initial=0.0) > 1e-6
    ):
        yield LeftOut(
            where=name,
            chip=f"{chip.title} takes {gain.min():.4g} to {gain.max():.4g} thresholds off where a neuron fires",
            file="the file takes one off",
        )


def _rounding(names: list[str], chip: PaicoreChip, chip_steps: int) -> LeftOut:
    several = f" in each of the {chip_steps} chip steps of a step" if chip_steps > 1 else ""
    return LeftOut(
        where=", ".join(names),
        chip=f"{chip.title} shifts membranes to integers when they decay{several}, and holds them in 32 bits",
        file="the file decays by the same factor, without rounding or end",
    )
