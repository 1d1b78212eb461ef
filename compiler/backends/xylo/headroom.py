"""Bounds what can arrive at the synapses of a population at once, against what they hold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....sim.diagnostic import Diagnostic, note
from ....targets.xylo import neuron
from ...ir.made_names import place_of
from .quantized_network import QuantizedNetwork


def arriving(network: QuantizedNetwork, name: str) -> tuple[np.ndarray, int]:
    """Bound the synapses of a population from above: (n,) largest magnitude if every source spikes once in every
    step for ever, and the largest value that a synapse holds; of two synapses that of the one that holds more."""
    population = network.population(name)
    up, down = np.zeros((2, population.size)), np.zeros((2, population.size))
    for p in network.projections:
        if p.post == name and not p.alias:
            weight = p.code * (1 << p.shift)
            up[p.receptor] += np.bincount(p.rows, np.maximum(weight, 0), population.size)
            down[p.receptor] += np.bincount(p.rows, np.maximum(-weight, 0), population.size)
    # x = kept (x + w) has its rest at w kept / (1 - kept); with what arrives on top, w 2**dash.
    codes = np.stack([population.params["dash_syn"], population.params["dash_syn2"]])
    return (np.maximum(up, down) * np.exp2(codes.astype(np.float64))).max(axis=0), neuron.HIGH


def past_range(network: QuantizedNetwork, names: Sequence[str]) -> list[Diagnostic]:
    """Note each population that can pass its range in this way (SPK1022)."""
    notes: list[Diagnostic] = []
    for name in sorted(names):
        largest, limit = arriving(network, name)
        past = int((largest > limit).sum())
        if past:
            message = (
                f"the synapses onto one neuron of {name} can add up to {largest.max():.0f} (limit {limit}, passed by "
                f"{past} of {largest.size} neurons) if every source spikes in every step; a saturation that "
                "happens is counted, and is the warning SPK4213"
            )
            notes.append(note("SPK1022", message, where=place_of(name)))
    return notes
