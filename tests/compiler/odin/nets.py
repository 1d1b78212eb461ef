"""Chips with small crossbars, so that little is much, and float networks for them."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
from spikec.compiler.backends.odin.configuration import configuration
from spikec.compiler.backends.odin.place import place
from spikec.compiler.backends.odin.quantize import Quantized, quantize
from spikec.compiler.ir.network import Network
from spikec.compiler.options import Options
from spikec.targets.configuration import Symbols
from spikec.targets.machines.crossbar_events import EventMachine
from spikec.targets.odin.model import OdinChip

from ...shipped import revision
from ..ranc.nets import any_network, fire, layers
from ..xylo.nets import network

__all__ = ["any_network", "chip", "fire", "layers", "leaky", "made", "network", "quantized"]


def chip(name: str, *, neurons: int = 256, rows: int = 256, chips: int = 64) -> OdinChip:
    base = revision(name)
    capacity = msgspec.structs.replace(base.capacity, neurons=neurons, rows=rows, chips=chips)
    return msgspec.structs.replace(base, capacity=capacity)


def leaky(net: Network, seed: int) -> Network:
    """Half of the populations keep only a part of their membrane, all reset to zero."""
    random = np.random.default_rng(seed)
    populations = {
        name: replace(
            p,
            neuron=replace(
                p.neuron,
                reset="to_value",
                beta=np.full(p.size, random.choice([1.0, 0.8])),
                v_start=np.full(p.size, random.choice([0.0, 0.3])),
            ),
        )
        for name, p in net.populations.items()
    }
    return replace(net, populations=populations)


def quantized(net: Network, on: OdinChip, chips: int = 1) -> Quantized:
    return quantize(net, on, Options(chips=chips))


def made(found: Quantized, on: OdinChip, chips: int = 1) -> tuple[EventMachine, Symbols]:
    placed = place(found.network, on, chips)
    return configuration(found.network, placed.placement, on)
