"""Runs one population teacher forced, on rasters of its sources: in the chip's integers, and in float for its
ranges.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ....targets.arrays import NUMPY
from ....targets.xylo import neuron as chip_neuron
from ....targets.xylo.model import XyloChip
from ...ir.network import Network
from .decays import Decays
from .lower import CLOCK, Lowered
from .quantized_network import QuantizedNetwork
from .ranges import Ranges
from .relays import relay_name
from .scale import Scales

MARGIN = 1.25
Rasters = Mapping[str, np.ndarray]
"""Input or population -> (T, B, ...) what it sends at float steps."""


def flat(raster: np.ndarray) -> np.ndarray:
    """Flatten a raster (T, B, ...) to (T, B, n) float64."""
    return np.asarray(raster, dtype=np.float64).reshape(*raster.shape[:2], -1)


def _sent(rasters: Rasters, source: str) -> np.ndarray:
    """(T, B, n); the clock spikes in every step."""
    if source == CLOCK:
        return np.ones((*flat(next(iter(rasters.values()))).shape[:2], 1))
    return flat(rasters[source])


def _delay(lowered: Lowered, network: Network, chip: XyloChip, source: str, relays: int, post: str) -> int:
    """Float steps from a spike of the source until it acts on `post`."""
    if source in network.inputs:
        return relays + chip.latency.input_to_neuron - lowered.lag[post]
    return relays + chip.latency.neuron_to_neuron + lowered.lag.get(source, 0) - lowered.lag[post]


def _late(raster: np.ndarray, steps: int) -> np.ndarray:
    moved = np.zeros_like(raster)
    if steps < raster.shape[0]:
        moved[max(steps, 0) :] = raster[: raster.shape[0] - max(steps, 0)]
    return moved


def run_teacher_forced(
    quantized: QuantizedNetwork,
    lowered: Lowered,
    network: Network,
    chip: XyloChip,
    name: str,
    rasters: Rasters,
) -> tuple[np.ndarray, np.ndarray]:
    """Run one population in integers, its sources replaced by the given rasters: (T, B, n) int64 spikes and
    membranes at float steps."""
    population = quantized.population(name)
    first = flat(next(iter(rasters.values())))
    arriving = np.zeros((2, *first.shape[:2], population.size))
    for source, relays in sorted(_seen(lowered, name)):
        raster = _late(_sent(rasters, source), _delay(lowered, network, chip, source, relays, name))
        for p in quantized.projections:
            if (p.pre, p.post) == (relay_name(source, relays), name):
                cols = lowered.relayed[source, relays][p.cols] if relays else p.cols
                dense = np.zeros((raster.shape[2], population.size))
                np.add.at(dense, (cols, p.rows), p.code * float(1 << p.shift))
                arriving[p.receptor] += raster @ dense
    return _scan(arriving.astype(np.int64), population.params)


def _seen(lowered: Lowered, name: str) -> set[tuple[str, int]]:
    links = lowered.into(name)
    return {(link.source, link.relays) for link in links} | {
        (link.source, link.relays + 1) for link in links if link.twice.any()
    }


def _scan(arriving: np.ndarray, params: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    arithmetic = chip_neuron.arithmetic(NUMPY)
    p = tuple(params[key] for key in chip_neuron.PARAMETERS)
    low, high = chip_neuron.LOW, chip_neuron.HIGH
    zero = np.zeros(arriving.shape[2:], dtype=arriving.dtype)
    state = (zero, zero, zero)
    spikes, membranes = np.zeros_like(arriving[0]), np.zeros_like(arriving[0])
    for t, (x, y) in enumerate(zip(*arriving, strict=True)):
        entered = (np.clip(state[0] + x, low, high), np.clip(state[1] + y, low, high), state[2])
        state, spikes[t], _ = arithmetic.step(p, entered, zero)
        membranes[t] = state[2]
    return spikes, membranes


def measured_ranges(
    lowered: Lowered, network: Network, chip: XyloChip, name: str, decay: Decays, rasters: Rasters
) -> Ranges:
    """Measure the largest synapse and lowest membrane (largest of either sign where it is read) in float, 1/4 more
    for what other stimuli do."""
    neuron = network.populations[name].neuron
    first = flat(next(iter(rasters.values())))
    x = np.zeros((*first.shape[:2], neuron.beta.size))
    for link in lowered.into(name):
        sent = _sent(rasters, link.source)
        dense = np.zeros((sent.shape[2], neuron.beta.size))
        dense[link.cols, link.rows] = link.weights
        delay = _delay(lowered, network, chip, link.source, link.relays, name)
        x += _late(sent, delay) @ dense
    spikes = flat(rasters[name]) if name in rasters and neuron.theta is not None else np.zeros_like(x)
    kept = np.where(decay.cancelled, 1.0, decay.alpha)
    current, membrane = np.zeros(x.shape[1:]), np.zeros(x.shape[1:])
    largest = np.zeros(2)
    for t in range(x.shape[0]):
        entered = np.where(decay.cancelled, 0.0, current) + x[t]
        current = kept * entered
        membrane = decay.beta * membrane + current + lowered.constants[name]
        below = np.abs(membrane) if neuron.theta is None else -membrane
        twice = np.where(decay.cancelled, 2.0, 1.0)
        largest = np.maximum(largest, [np.abs(entered * twice).max(initial=0.0), below.max(initial=0.0)])
        if neuron.theta is not None:
            membrane = membrane - spikes[t] * neuron.theta
    return Ranges(MARGIN * float(largest[0]), MARGIN * float(largest[1]))


def spike_error(expected: np.ndarray, found: np.ndarray) -> float:
    """Compare spike counts: 1 - F1 = |difference| / (spikes of both), 0..1; 0 where both are silent."""
    total = float(expected.sum() + found.sum())
    return float(np.abs(expected - found).sum()) / total if total else 0.0


def membrane_error(expected: np.ndarray, found: np.ndarray, scales: Scales, name: str) -> float:
    """Compare membranes: RMS difference over RMS of the float membrane. found: in the chip's steps."""
    size = float(np.sqrt((expected**2).mean()))
    return float(np.sqrt(((found / scales.units[name] - expected) ** 2).mean())) / size if size else 0.0
