"""Finds what is silent, with the reason: stimuli, populations that never fire, those that fall silent on the chip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ...sim.diagnostic import Diagnostic, warning
from ...sim.nir.path import shown, stored_at
from ..ir.quantized import QuantizedNetwork, QuantizedProjection
from ..ir.stages import Prepared
from ..ir.timed_network import TimedPopulation
from ..timed.flow_order import order

Rasters = Mapping[str, np.ndarray]
OUTLIER = 8.0
"""A largest weight of so many times the median stands out."""


def silences(prepared: Prepared, stimulus: Rasters, in_float: Rasters, on_chip: Rasters) -> list[Diagnostic]:
    """Warn of inputs that hold nothing (SPK0421), of populations that fire neither in float nor on the chip (SPK4210)
    or only in float (SPK4211), and of neurons that rounding left without a synapse (SPK4212).

    stimulus: Input -> (T, B, ...). in_float, on_chip: population -> (T, B, ...) what it emits."""
    found = [
        warning("SPK0421", f"the stimulus of `{shown(name)}` is 0 in every step and sample",
                hint="a stimulus that drives the network tells what the chip makes of it")
        for name in sorted(stimulus) if not stimulus[name].any()
    ]  # fmt: skip
    flow = order(prepared.network)
    spiking = [
        name
        for name in (*flow.hidden, *flow.outputs)
        if name in on_chip and prepared.network.populations[name].neuron.theta is not None
    ]
    never = [name for name in spiking if not in_float[name].any() and not on_chip[name].any()]
    died = [name for name in spiking if in_float[name].any() and not on_chip[name].any()]
    losses = {name: loss for name in prepared.timed.populations if (loss := lost(prepared, name)).neurons}
    if never:
        found.append(_never(never, stimulus, prepared))
    if died:
        found.append(_died(died, in_float, prepared, losses))
    return [*found, *(_cut_off(prepared.timed.populations[name], loss) for name, loss in losses.items())]


class Loss(NamedTuple):
    """What rounding took of the synapses onto a population. neurons: those that had synapses and have none left, of
    `connected`. synapses: those that became 0, of `weights`, which are not 0 in float."""

    neurons: int
    connected: int
    synapses: int
    weights: int


def lost(prepared: Prepared, name: str) -> Loss:
    """Count what rounding took of a population; nothing where other neurons of the chip stand before it."""
    population = prepared.timed.populations[name]
    before = np.zeros(population.size, dtype=np.int64)
    for link in population.links:
        weighing = (link.rows.weight != 0).view(np.int8)
        before += link.rows.summed(population.size, weighing)[0].astype(np.int64)
    after = fan_in(prepared.quantized.network, name)
    if after is None:
        return Loss(0, 0, 0, 0)
    connected = before > 0
    return Loss(
        neurons=int((connected & (after == 0)).sum()),
        connected=int(connected.sum()),
        synapses=max(0, int(before.sum() - after.sum())),
        weights=int(before.sum()),
    )


def fan_in(network: QuantizedNetwork, name: str) -> np.ndarray | None:
    """Count the synapses onto each neuron of a population, (n,); None where other neurons of the chip stand between it
    and its sources. On a chip of kernels: what a neuron away from the border has."""
    population = network.population(name)
    if network.kernels is not None:
        kernel = network.kernels.layers[[p.name for p in network.populations].index(name)].kernel
        of_channel = np.count_nonzero(kernel.reshape(len(kernel), -1), axis=1)
        return np.repeat(of_channel, population.size // len(kernel))
    onto = [p for p in network.projections if p.post == name and not p.tied]
    originals = {p.name for p in network.populations if p.role == "original" or p.counts_for} | {
        p.name for p in network.inputs
    }
    if any(p.pre not in originals for p in onto):
        return None
    found = np.zeros(population.size, dtype=np.int64)
    for pre in sorted({p.pre for p in onto}):
        own = [p for p in onto if p.pre == pre]
        if len(own) == 1:
            each = np.ones(own[0].synapses.offset.size, dtype=np.int8)
            found += own[0].synapses.summed(population.size, each)[0].astype(np.int64)
        else:
            found += np.bincount(_once(own), minlength=population.size)
    return found


def _once(projections: Sequence[QuantizedProjection]) -> np.ndarray:
    """(k,) neurons of synapses, each once that is made of several of the chip: one a receptor, one a part of its
    weight."""
    rows, cols, delay = (
        np.concatenate([getattr(p, name) for p in projections]) for name in ("rows", "cols", "delay")
    )
    sources, delays = int(cols.max(initial=0)) + 1, int(delay.max(initial=0)) + 1
    return np.unique((rows * sources + cols) * delays + delay) // (sources * delays)


def _never(names: list[str], stimulus: Rasters, prepared: Prepared) -> Diagnostic:
    busy = any(values.any() for values in stimulus.values())
    links = prepared.timed.populations[names[0]].links
    if busy and not any(link.weights.data.any() for link in links):
        message = f"{_listed(names)} never fires on this stimulus: all weights onto it are 0"
        return warning("SPK4210", message, where=stored_at(names[0]), hint="look at the weights in the file")
    message = f"{_listed(names)} never fires on this stimulus, in float as on the chip"
    hint = (
        "check --dialect and --dt: gains and decays follow from them; or a stimulus that drives the network more"
        if busy
        else "give a stimulus that is not 0"
    )
    return warning("SPK4210", message, where=stored_at(names[0]), hint=hint)


def _died(names: list[str], in_float: Rasters, prepared: Prepared, losses: Mapping[str, Loss]) -> Diagnostic:
    first, loss = names[0], losses.get(names[0])
    message = f"{_listed(names)} fires in float, {int(in_float[first].sum()):,} spikes, and never on the chip"
    reason = (
        "what arrives does not reach the threshold in the chip's numbers; "
        if loss is None
        else f"{loss.neurons:,} of {loss.connected:,} neurons have no synapse left; "
    ) + _outlier(prepared.timed.populations[first])
    hint = "more weight bits, fewer large weights, a lower threshold, or a slower leak"
    return warning("SPK4211", message, where=stored_at(first), reason=reason, hint=hint)


def _cut_off(population: TimedPopulation, loss: Loss) -> Diagnostic:
    message = (
        f"{loss.neurons:,} of {loss.connected:,} neurons of {shown(population.name)} have no synapse left: their "
        f"weights round to 0, as {loss.synapses:,} of {loss.weights:,} do"
    )
    hint = "clip the largest weights and train on, or scale each neuron's weights and threshold alike"
    return warning(
        "SPK4212", message, where=stored_at(population.name), reason=_outlier(population), hint=hint
    )


def _outlier(population: TimedPopulation) -> str:
    sizes = np.concatenate(
        [np.zeros(0), *(np.abs(link.weights.data[link.weights.data != 0]) for link in population.links)]
    )
    largest, median = float(sizes.max(initial=0.0)), float(np.median(sizes)) if sizes.size else 0.0
    text = f"the largest weight is {largest:.3g} in units of the membrane, the median {median:.3g}"
    if median and largest > OUTLIER * median:
        return f"{text}: few large weights set the scale of all"
    least = float(population.thresholds.min(initial=np.inf))
    return f"{text}, the threshold {least:.3g}"


def _listed(names: list[str]) -> str:
    """The first of them, and how many more."""
    first = shown(names[0])
    return first if len(names) == 1 else f"{first} (and {len(names) - 1} more)"
