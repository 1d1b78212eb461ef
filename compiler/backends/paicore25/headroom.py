"""Bounds what arrives at membranes in a chip step, against the 32 bits that hold them."""

from __future__ import annotations

import numpy as np

from ...ir.stages import Headroom
from ..shared.headroom import up_and_down
from .quantized_network import QuantizedNetwork
from .scale import ROOM


def headroom(network: QuantizedNetwork, population: str) -> Headroom:
    """What all sources together bring to a neuron in one chip step; proven where that stays below half of what a
    membrane holds, as what it keeps from before is held at the other half from below."""
    arriving = _arriving(network, population)
    past = int((arriving > ROOM).sum())
    return Headroom(arriving=arriving, limit=int(ROOM), past_limit=past, proven=past == 0)


def _arriving(network: QuantizedNetwork, name: str) -> np.ndarray:
    stage = network.population(name)
    if not stage.core_params["adds_potentials"]:
        return np.maximum(*up_and_down(network, name, lambda p: p.code)).astype(np.float64)
    total = np.zeros(stage.size)
    for p in network.projections:
        if p.post == name:
            total += _shown(network, p.pre)
    return total


def _shown(network: QuantizedNetwork, name: str) -> np.ndarray:
    """(n,) the largest potential that a stage sends, if every source spikes in every step; with its constant."""
    stage = network.population(name)
    params, arriving = stage.params, _arriving(network, name)
    if stage.role == "part":
        return np.ldexp(arriving, params["leak_tau"])
    shift, shares = -params["leak_tau"], params["leak_multi_mode"] == 1
    kept = np.where(shares, 1.0 - 2.0**-shift, 2.0**-shift)
    kept = np.where(shares & (shift == 0), 0.0, kept)
    with np.errstate(divide="ignore", invalid="ignore"):
        most = (arriving + np.abs(params["leak_v"])) / (1.0 - kept)
    return np.where(np.isfinite(most), np.minimum(most, 2.0**31), 2.0**31)
