"""Bounds what arrives at the membranes of a population in a chip step, against the 32 bits that hold it."""

from __future__ import annotations

import numpy as np

from ...ir.stages import Headroom
from .quantize import Quantized
from .scale import ROOM


def headroom(quantized: Quantized, population: str) -> Headroom:
    """What all sources together bring to a neuron in one chip step, at the stage that they reach; proven where that
    stays below half of what a membrane holds: what it keeps from before is held at the other half from below."""
    network, first = quantized.network, quantized.stages[population][0]
    wide = quantized.form.bits if quantized.form.wide else 0
    up, down = np.zeros(first.size), np.zeros(first.size)
    reach = {first.name: 0, f"high@0:{first.name}": wide, f"low@0:{first.name}": 0}
    for p in network.projections:
        if p.post in reach and p.pre not in reach:
            weight = (p.code << reach[p.post]).astype(np.float64)
            up += np.bincount(p.rows, np.maximum(weight, 0), first.size)
            down += np.bincount(p.rows, np.maximum(-weight, 0), first.size)
    arriving = np.maximum(up, down)
    past = int((arriving > ROOM).sum())
    return Headroom(arriving=arriving, limit=int(ROOM), past_limit=past, proven=past == 0)
