"""Bounds what membranes of a population come to, against what 16 bits hold."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ....targets.reckon import neuron
from ...ir.quantized import ShiftedProjection
from ...ir.stages import Headroom
from ..shared.headroom import up_and_down
from .gates import CLOSES, OPENS
from .quantized_network import QuantizedNetwork


def headroom(network: QuantizedNetwork, population: str) -> Headroom:
    """What all sources together bring to a neuron in one step; proven where no run can saturate its membrane."""
    up, down = up_and_down(network, population, _sent)
    past, _ = unproven(network, population)
    return Headroom(
        arriving=np.maximum(up, down).astype(np.float64), limit=neuron.HIGH, past_limit=past, proven=past == 0
    )


def unproven(network: QuantizedNetwork, population: str) -> tuple[int, float]:
    """Neurons whose membranes may saturate if every source spikes in every step, and the furthest that one comes to."""
    params = network.population(population).params
    up, down = up_and_down(network, population, _sent)
    held = np.zeros(up.size)
    if network.population(population).core_params.get("gated"):
        params = _of_steps(network, population)
        held = up_and_down(network, population, lambda p: (p.code << p.shift) * (p.pre == CLOSES))[1]
    highest, lowest = neuron.reach(params, up[:, None], down[:, None])
    furthest = np.maximum(highest, lowest + held[:, None] - 1)[:, 0] + np.abs(params["start"])
    past = furthest > neuron.HIGH
    return int(past.sum()), float(furthest[past].max(initial=0.0))


def not_held(network: QuantizedNetwork, population: str) -> int:
    """Neurons that could fire before the last tick of a step if every source spiked in every step."""
    params = network.population(population).params
    up, down = up_and_down(network, population, _sent)
    _, held = up_and_down(network, population, lambda p: (p.code << p.shift) * (p.pre == CLOSES))
    highest, _ = neuron.reach(_of_steps(network, population), up[:, None], down[:, None])
    return int((highest[:, 0] + np.abs(params["start"]) - held >= params["threshold"]).sum())


def _of_steps(network: QuantizedNetwork, population: str) -> Mapping[str, np.ndarray]:
    """The neurons of a gate as if a step were one tick, in units of what arrives."""
    found = network.population(population)
    one = np.exp2(found.params["fraction_bits"])
    kept, ticks = found.params["alpha"] / one, found.core_params["ticks"]
    threshold = found.params["threshold"] / kept ** (ticks - 1)
    return {**found.params, "alpha": kept**ticks * one, "threshold": threshold}


def _sent(p: ShiftedProjection) -> np.ndarray:
    """What spikes bring in a step; what a gate takes off for a while is no part of it."""
    return (p.code << p.shift) * (p.pre not in (CLOSES, OPENS))
